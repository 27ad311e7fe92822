import Files
import Foundation
import TestSupport
import Testing
import Text

struct TokenizerTests {
  @Test(arguments: 0..<12)
  func `ids of the torture set are those of Hugging Face`(_ index: Int) throws {
    let lines = try fixtureLines("torture.jsonl")
    let texts = lines[0].object?["texts"]?.array ?? []
    let expected = try #require(lines[index + 1].object)
    let settings = allSettings[index]
    #expect(expected["do_lower_case"]?.boolean == settings.normalizer.doLowerCase)
    #expect(expected["strip_accents"]?.boolean == settings.normalizer.stripAccents)
    #expect(expected["tokenize_chinese_chars"]?.boolean == settings.normalizer.tokenizeChineseChars)
    var tokenizer = try Tokenizer(tokens: fixtureTokens(), settings: settings)
    #expect(texts.count == 32)
    for (text, ids) in zip(texts, expected["ids"]?.array ?? []) {
      #expect(tokenizer.encode(text.string ?? "").ids == ids.ids, "\(text)")
    }
    tokenizer.splitsSpecialTokens = true
    let special = try #require(texts.first { $0.string?.hasPrefix("Special") == true }?.string)
    #expect(tokenizer.encode(special).ids == expected["split"]?.ids)
  }

  @Test func `ids spell the words that they were made of`() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    let texts = try fixtureLines("torture.jsonl")[0].object?["texts"]?.array ?? []
    var spelt = 0
    for text in texts.compactMap(\.string) {
      let words = tokenizer.basicTokens(text)
      let ids = words.map { tokenizer.pieces(of: $0) }
      let unknown = [tokenizer.unknownId]
      let expected = zip(words, ids).map { $1 == unknown ? "[UNK]" : $0 }
      #expect(
        tokenizer.words(of: [tokenizer.classifierId] + ids.flatMap(\.self)) == expected, "\(text)")
      spelt += ids.count { $0.count > 1 }
    }
    #expect(spelt > 20)
  }

  @Test func `pairs are truncated as Hugging Face truncates them`() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    let lines = try fixtureLines("pairs.jsonl")
    #expect(lines.count == 7 * 7 * 11)
    for line in lines {
      let row = try #require(line.array)
      let whole = tokenizer.encode(row[0].string ?? "", row[1].string)
      let encoding = tokenizer.encode(row[0].string ?? "", row[1].string, maxLength: row[2].integer)
      #expect(encoding.ids == row[3].ids, "\(row)")
      #expect(encoding.types == row[4].ids, "\(row)")
      #expect(encoding.truncatedCount == whole.ids.count - encoding.ids.count)
    }
  }

  @Test func `single texts lose their end and an empty pair is none`() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    let (hello, world) = (
      try #require(tokenizer.vocabulary.identifier(of: "hello")),
      try #require(tokenizer.vocabulary.identifier(of: "world"))
    )
    let encoding = tokenizer.encode("hello world hello", maxLength: 4)
    #expect(
      encoding == Encoding(ids: [2, hello, world, 3], truncatedCount: 1))
    #expect(tokenizer.encode("hello", "").ids == [2, hello, 3])
    #expect(tokenizer.encode("", "hello").ids == [2, 3, hello, 3])
    #expect(tokenizer.encode("", "hello").types == [0, 0, 1, 1])
    #expect(tokenizer.encode("hello world", maxLength: 2).ids == [2, 3])
  }

  @Test func `marks are ordered across a control character that vanishes between them`() throws {
    // U+1B44 is of class 9, U+302E of class 224.
    let tokenizer = try Tokenizer(tokens: fixtureTokens(), settings: TokenizerSettings())
    let words = tokenizer.basicTokens("a\u{302E}\u{7}\u{1B44}b")
    #expect(words.map { Array($0.unicodeScalars) } == [["a", "\u{1B44}", "\u{302E}", "b"]])
  }

  @Test func `added tokens of every kind are found where Hugging Face finds them`() throws {
    try withTemporaryFolder { folder in
      _ = try write(try Fixtures.text("text/added_tokens.json"), folder, "tokenizer.json")
      var tokenizer = try Tokenizer(folder: folder)
      let lines = try fixtureLines("added_tokens.jsonl")
      #expect(lines.count == 600)
      for isSplit in [false, true] {
        tokenizer.splitsSpecialTokens = isSplit
        for line in lines {
          let row = try #require(line.array)
          let ids = tokenizer.encode(row[0].string ?? "").ids
          #expect(ids == row[isSplit ? 2 : 1].ids, "\(row[0])")
        }
      }
    }
  }

  @Test func `words and their pieces make up the ids`() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    let text = "The unaffable teacher's caf\u{E9}, don't! \u{4ECA}\u{5929}"
    let words = tokenizer.basicTokens(text)
    #expect(
      words == [
        "the", "unaffable", "teacher", "'", "s", "cafe", ",", "don", "'", "t", "!", "\u{4ECA}",
        "\u{5929}",
      ])
    #expect(words.flatMap { tokenizer.pieces(of: $0) } == tokenizer.tokenize(text))
    let spelt = tokenizer.pieces(of: "unaffable").compactMap { tokenizer.token($0) }
    #expect(spelt == ["un", "##aff", "##able"])
    #expect(
      tokenizer.pieces(of: "unaffable").map { tokenizer.continuesWord($0) } == [false, true, true])
    // The mark and the prefix's last sign are one character to Swift.
    let mark = try #require(tokenizer.vocabulary.identifier(of: "##\u{302E}"))
    #expect(tokenizer.continuesWord(mark))
    #expect(tokenizer.pieces(of: "\u{10FFFF}") == [tokenizer.unknownId])
    #expect(tokenizer.token(Int32(tokenizer.vocabularySize)) == nil)
    #expect(tokenizer.token(-1) == nil)
  }

  @Test func `special ids are those of the special tokens`() throws {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    #expect(tokenizer.paddingId == 0)
    #expect(tokenizer.unknownId == 1)
    #expect(tokenizer.classifierId == 2)
    #expect(tokenizer.separatorId == 3)
    #expect(tokenizer.maskId == 4)
    #expect(tokenizer.specialIds == [0, 1, 2, 3, 4])
    #expect(tokenizer.settings.modelMaxLength == 64)
  }

  @Test func `the digest follows whatever decides the ids and nothing else`() throws {
    let tokens = try fixtureTokens()
    let digests = try allSettings.map { try Tokenizer(tokens: tokens, settings: $0).digest }
    // Not given and given as it follows are the same: twelve settings, eight tokenizers.
    #expect(Set(digests).count == 8)
    var settings = TokenizerSettings()
    let digest = try Tokenizer(tokens: tokens, settings: settings).digest
    settings.modelMaxLength = 128
    #expect(try Tokenizer(tokens: tokens, settings: settings).digest == digest)
    settings.model.maxInputCharsPerWord = 99
    #expect(try Tokenizer(tokens: tokens, settings: settings).digest != digest)
    #expect(
      try Tokenizer(tokens: tokens + ["zz"], settings: TokenizerSettings()).digest != digest)
  }

  @Test func `settings survive being stored`() throws {
    try withTemporaryFolder { folder in
      _ = try write(try Fixtures.text("text/added_tokens.json"), folder, "tokenizer.json")
      let tokenizer = try Tokenizer(folder: folder)
      #expect(tokenizer.settings.addedTokens.count == 11)
      #expect(tokenizer.settings.addedVocabularySize == 5)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      let again = try Tokenizer(
        tokens: tokenizer.vocabulary.tokens, settings: tokenizer.settings)
      #expect(again.digest == tokenizer.digest)
      let stored = String(decoding: try encoder.encode(tokenizer.settings), as: UTF8.self)
      #expect(
        stored.replacing(/.*"clean_text"/, with: "\"clean_text\"") == """
          "clean_text":true,"cls_token":"[CLS]","continuing_subword_prefix":"##",\
          "do_lower_case":true,"mask_token":"[MASK]","max_input_chars_per_word":100,\
          "pad_token":"[PAD]","sep_token":"[SEP]","tokenize_chinese_chars":true,"unk_token":"[UNK]"}
          """)
      #expect(
        try JSONDecoder().decode(TokenizerSettings.self, from: Data(stored.utf8))
          == tokenizer.settings)
      #expect(again.tokenize("x Alphabet beta") == tokenizer.tokenize("x Alphabet beta"))
    }
  }
}
