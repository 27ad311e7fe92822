import Files
import TestSupport
import Testing
import Text

struct TokenizerFolderTests {
  /// A folder with the exported files of the fixture tokenizer, changed by `edit`.
  private func withExport<R>(
    _ edit: (_ name: String, _ text: String) -> String?, _ body: (String) throws -> R
  ) throws -> R {
    let tokenizer = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    return try withTemporaryFolder { folder in
      for (name, bytes) in try tokenizer.exportedFiles() {
        guard let text = edit(name, String(decoding: bytes, as: UTF8.self)) else { continue }
        _ = try write(text, folder, name)
      }
      return try body(folder)
    }
  }

  private func replacing(_ old: String, _ new: String, in file: String) -> (String, String) ->
    String?
  {
    { name, text in
      if name == file { #expect(text.contains(old)) }
      return name == file ? text.replacing(old, with: new) : text
    }
  }

  private func refusal(_ edit: (String, String) -> String?) throws -> String {
    try withExport(edit) { folder in
      message { _ = try Tokenizer(folder: folder) }.replacing(folder + "/", with: "")
    }
  }

  @Test func `either file makes the same tokenizer`() throws {
    let digest = try Tokenizer(folder: Fixtures.path("text/tokenizer")).digest
    for missing in ["vocab.txt", "tokenizer.json", ""] {
      let edit = { (name: String, text: String) in name == missing ? nil : text }
      try withExport(edit) { folder in
        let tokenizer = try Tokenizer(folder: folder)
        #expect(tokenizer.digest == digest)
        #expect(tokenizer.settings.modelMaxLength == 64)
      }
    }
  }

  @Test func `carriage returns do not belong to tokens`() throws {
    let digest = try Tokenizer(folder: Fixtures.path("text/tokenizer")).digest
    let edit = { (name: String, text: String) -> String? in
      if name == "tokenizer.json" { return nil }
      return name == "vocab.txt" ? String(text.replacing("\n", with: "\r\n").dropLast(1)) : text
    }
    let other = try withExport(edit) { try Tokenizer(folder: $0).digest }
    #expect(other == digest)
  }

  @Test func `files that contradict each other are refused`() throws {
    #expect(
      try refusal(replacing("world", "monde", in: "vocab.txt"))
        .hasSuffix(
          "is 'monde', tokenizer.json says 'world'; remove the file that is not the model's"))
    #expect(
      try refusal { name, text in name == "vocab.txt" ? text + "extra\n" : text }
        .hasPrefix("vocab.txt: has "))
    #expect(
      try refusal(
        replacing("\"do_lower_case\":true", "\"do_lower_case\":false", in: "tokenizer_config.json"))
        == "tokenizer_config.json: do_lower_case contradicts the normalizer of tokenizer.json; make "
        + "the two files agree")
  }

  @Test func `a vocabulary alone is that of an uncased model, if it has no capitals`() throws {
    let tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##s"]
    try withTemporaryFolder { folder in
      let lines = tokens.joined(separator: "\n")
      _ = try write(lines, folder, "vocab.txt")
      let alone = try Tokenizer(folder: folder)
      #expect(alone.encode("Hellos").ids == [2, 5, 6, 3])
      _ = try write(#"{"do_lower_case": true}"#, folder, "tokenizer_config.json")
      #expect(try Tokenizer(folder: folder).digest == alone.digest)
    }
    try withTemporaryFolder { folder in
      _ = try write((tokens + ["Hello"]).joined(separator: "\n"), folder, "vocab.txt")
      #expect(
        message { _ = try Tokenizer(folder: folder) }
          .hasPrefix(
            "\(folder)/tokenizer_config.json: is needed beside a vocab.txt with capital letters"))
    }
  }

  @Test func `missing files are named with the cure`() throws {
    try withTemporaryFolder { folder in
      #expect(message { _ = try Tokenizer(folder: folder) }.contains("neither tokenizer.json nor"))
    }
  }

  @Test(arguments: [
    ("\"BertNormalizer\"", "\"NFC\"", "normalizer is 'NFC'; only BertNormalizer is supported"),
    (
      "\"BertPreTokenizer\"", "\"Metaspace\"", "pre_tokenizer is 'Metaspace'; only BertPreTokenizer"
    ),
    ("{\"type\":\"WordPiece\",\"unk", "{\"type\":\"BPE\",\"unk", "model is 'BPE'; only WordPiece"),
    ("\"TemplateProcessing\"", "\"ByteLevel\"", "post_processor is 'ByteLevel'; only Template"),
    ("\"type_id\":1", "\"type_id\":2", "post_processor: only the template [CLS] A [SEP]"),
    ("\"[MASK]\":4", "\"[MASK]\":5", "model.vocab: the id of "),
    ("\"[MASK]\":4", "\"[MASK]\":4.0", "model.vocab: the id of '[MASK]' must be an integer"),
    ("\"clean_text\":true", "\"clean_text\":1", "normalizer.clean_text must be true or false"),
    ("\"id\":4,", "\"id\":5,", "the added token '[MASK]' has the id 5, the vocabulary says 4"),
    ("\"version\"", "\"model\"", "the key \"model\" occurs twice in one object"),
  ])
  func `other tokenizers are refused by the name of the component`(
    _ old: String, _ new: String, _ reason: String
  ) throws {
    let message = try refusal(replacing(old, new, in: "tokenizer.json"))
    #expect(message.hasPrefix("tokenizer.json: "))
    #expect(message.contains(reason), "\(message)")
    #expect(!message.contains("\n"))
  }

  /// The `post_processor` of the fixture's file made null, with or without a `vocab.txt` beside it.
  private func withoutProcessor<R>(
    vocabulary: Bool, _ body: (String) throws -> R
  ) throws -> R {
    try withExport(
      { name, text in
        guard name == "tokenizer.json" else {
          return name == "vocab.txt" && !vocabulary ? nil : text
        }
        guard let json = try? StrictJSON.parse(Array(text.utf8), path: name).object else {
          return text
        }
        let changed = json.members.map {
          (name: $0.name, value: $0.name == "post_processor" ? JSONValue.null : $0.value)
        }
        return (try? JSONValue.object(JSONObject(changed)).encoded())
          .map { String(decoding: $0, as: UTF8.self) }
      }, body)
  }

  @Test func `a file without post_processor is refused, and the vocabulary alone is read`() throws {
    let usual = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    try withoutProcessor(vocabulary: true) { folder in
      let text = message { _ = try Tokenizer(folder: folder) }
      #expect(
        text.contains("/tokenizer.json: post_processor is null, and not every version")
          && text.contains(
            "; where the model learnt with them, remove tokenizer.json if vocab.txt is there"),
        "\(text)")
      try removeFile("\(folder)/tokenizer.json")
      #expect(try Tokenizer(folder: folder).digest == usual.digest)
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `a file without post_processor that transformers saves again is read as it reads it`() throws
  {
    let usual = try Tokenizer(folder: Fixtures.path("text/tokenizer"))
    try withoutProcessor(vocabulary: false) { folder in
      let script =
        "from transformers import BertTokenizer as B; B.from_pretrained('.').save_pretrained('.')"
      let outcome = try Program.run(
        PythonOracle.interpreter ?? "python3", ["-c", script], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let again = try Tokenizer(folder: folder)
      for text in ["hello world", "Hello, worlds!", ""] {
        #expect(again.encode(text).ids == usual.encode(text).ids, "\(text)")
      }
    }
  }

  @Test func `vocabularies that cannot be right are refused`() throws {
    let tokens = try fixtureTokens()
    func refusal(_ tokens: [String]) -> String {
      message { _ = try Tokenizer(tokens: tokens, settings: TokenizerSettings(), source: "v") }
    }
    #expect(refusal([]) == "v: holds no token")
    #expect(
      refusal(tokens.filter { $0 != "[SEP]" })
        .hasPrefix("v: the special token '[SEP]' is not in the vocabulary; "))
    // Two spellings that Swift compares equal are two tokens.
    #expect(refusal(tokens + ["e\u{301}\u{301}", "\u{E9}\u{301}"]) == "")
  }
}
