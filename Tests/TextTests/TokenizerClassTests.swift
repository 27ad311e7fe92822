import Files
import Foundation
import TestSupport
import Testing
import Text

/// What a tokenizer's class, and the names of its inputs, decide beside its components.
struct TokenizerClassTests {
  /// A folder with the exported files of the fixture tokenizer, without `vocab.txt`; `replaced` changes its
  /// `tokenizer.json`, and `configuration` is its `tokenizer_config.json`.
  private func open<R>(
    _ configuration: String, replacing replaced: (old: String, new: String) = ("", ""),
    _ body: (String) throws -> R
  ) throws -> R {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    return try withTemporaryFolder { folder in
      for (name, bytes) in try tokenizer.exportedFiles() where name == "tokenizer.json" {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(replaced.old) || replaced.old.isEmpty)
        _ = try write(
          replaced.old.isEmpty ? text : text.replacing(replaced.old, with: replaced.new), folder,
          name)
      }
      _ = try write(configuration, folder, "tokenizer_config.json")
      return try body(folder)
    }
  }

  @Test(arguments: [
    ("{}", true), (#"{"tokenizer_class": "BertTokenizerFast"}"#, true),
    (#"{"tokenizer_class": "DistilBertTokenizer"}"#, false),
    (#"{"tokenizer_class": "DistilBertTokenizerFast"}"#, false),
    (#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, false),
    (
      #"""
      {"tokenizer_class": "DistilBertTokenizer",
       "model_input_names": ["input_ids", "token_type_ids", "attention_mask"]}
      """#, true
    ),
    (#"{"model_input_names": ["input_ids", "attention_mask"]}"#, false),
    (#"{"model_input_names": []}"#, false),
  ])
  func `a model is told of segments where the names of inputs say so, or else the class`(
    configuration: String, hasSegments: Bool
  ) throws {
    let usual = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    try open(configuration) { folder in
      let tokenizer = try Tokenizer(folder: folder)
      #expect(tokenizer.settings.hasSegments == hasSegments)
      // Ids are the same, and so is what was made of them.
      #expect(tokenizer.digest == usual.digest)
      #expect(tokenizer.encode("hello", "world").types == [0, 0, 0, 1, 1])
      let stored = String(decoding: try JSONEncoder().encode(tokenizer.settings), as: UTF8.self)
      #expect(stored.contains("token_type_ids") == !hasSegments)
      let again = try JSONDecoder().decode(TokenizerSettings.self, from: Data(stored.utf8))
      #expect(again == tokenizer.settings)
      // An export says it again.
      try withTemporaryFolder { exported in
        for (name, bytes) in try tokenizer.exportedFiles() {
          _ = try write(String(decoding: bytes, as: UTF8.self), exported, name)
        }
        #expect(try Tokenizer(folder: exported).settings.hasSegments == hasSegments)
      }
    }
  }

  @Test func `names of inputs that are no list are refused`() throws {
    let refusal = try open(#"{"model_input_names": null}"#) { folder in
      message { _ = try Tokenizer(folder: folder) }.replacing(folder + "/", with: "")
    }
    #expect(
      refusal
        == "tokenizer_config.json: model_input_names is null, expected an array of names; correct or "
        + "remove it")
  }

  @Test(arguments: [
    ("\"clean_text\":true", "\"clean_text\":false", "takes true for normalizer.clean_text"),
    (
      "\"max_input_chars_per_word\":100", "\"max_input_chars_per_word\":10",
      "takes 100 for model.max_input_chars_per_word, tokenizer.json says '10'; write 100 there"
    ),
    (
      "\"continuing_subword_prefix\":\"##\"", "\"continuing_subword_prefix\":\"@@\"",
      "takes ## for model.continuing_subword_prefix, tokenizer.json says '@@'; write ## there"
    ),
  ])
  func `settings that a class replaces by its own are refused, and kept under one that does not`(
    old: String, new: String, words: String
  ) throws {
    for name in ["BertTokenizer", "DistilBertTokenizerFast"] {
      let configuration = "{\"tokenizer_class\": \"\(name)\"}"
      let refusal = try open(configuration, replacing: (old, new)) { folder in
        message { _ = try Tokenizer(folder: folder) }.replacing(folder + "/", with: "")
      }
      #expect(refusal.hasPrefix("tokenizer_config.json: \(name) \(words)"), "\(refusal)")
    }
    for name in ["PreTrainedTokenizerFast", "TokenizersBackend", "ConvBertTokenizer"] {
      let configuration = "{\"tokenizer_class\": \"\(name)\"}"
      let accepted = try open(configuration, replacing: (old, new)) { folder in
        message { _ = try Tokenizer(folder: folder) }
      }
      #expect(accepted == "")
    }
  }

  @Test func `a folder that cuts special tokens in texts is refused, and the cure works`() throws {
    let refusal = try open(#"{"split_special_tokens": true}"#) { folder in
      message { _ = try Tokenizer(folder: folder) }
    }
    #expect(refusal.contains("split_special_tokens is true") && refusal.contains("set it to false"))
    try open(#"{"split_special_tokens": false}"#) { _ = try Tokenizer(folder: $0) }
  }

  @Test func `a vocabulary of half a million tokens is read, and one beyond all bounds refused`()
    throws
  {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    // 5 MB that mostly share their beginnings, as in LaBSE.
    let tokens = special + (0..<500_000).map { "t\(1_000_000_000 + $0)" }
    let tokenizer = try Tokenizer(tokens: tokens, settings: TokenizerSettings())
    #expect(tokenizer.encode("t1000000000 t1000499999 u").ids == [2, 5, 500_004, 1, 3])
    // 4.3 MB in which no two tokens share more than their beginnings: the table of edges grows.
    let end = String(repeating: "ab", count: 500)
    let words = (0..<4_300).map { "w\($0).\(end)" }
    let vocabulary = try Vocabulary(special + words)
    for place in [0, 1, 2_999, 4_299] {
      #expect(vocabulary.identifier(of: words[place]) == Int32(place + 5))
    }
    #expect(vocabulary.identifier(of: words[7] + "a") == nil)
    #expect(
      message { _ = try Vocabulary([String(repeating: "a", count: 1 << 24)], source: "v") }
        == "v: has 16777216 bytes of tokens, more than the 16777214 allowed; use a model of a smaller "
        + "vocabulary, or remove the lines that are no tokens of it")
    #expect(
      message {
        _ = try Vocabulary([String](repeating: "a", count: (1 << 22) + 1), source: "v")
      }.hasPrefix("v: has 4194305 tokens, more than the 4194304 allowed; use a model of a smaller"))
  }
}
