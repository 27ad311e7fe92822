import Files
import TestSupport
import Testing
import Text

/// Folders as old versions of the Hugging Face libraries wrote them, or with quirks that they accept.
struct OldTokenizerFilesTests {
  private static let tokens = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "##s", "world", "good",
  ]

  /// Opens a folder with these files.
  private func open<R>(_ files: [String: String], _ body: (Tokenizer) throws -> R) throws -> R {
    try withTemporaryFolder { folder in
      for (name, text) in files { _ = try write(text, folder, name) }
      return try body(try Tokenizer(folder: folder))
    }
  }

  /// The tokenizer of the files that one is exported to.
  private func exported(_ tokenizer: Tokenizer) throws -> Tokenizer {
    try withTemporaryFolder { folder in
      for (name, bytes) in try tokenizer.exportedFiles() {
        try AtomicFile.write(bytes, to: "\(folder)/\(name)")
      }
      return try Tokenizer(folder: folder)
    }
  }

  private func refusal(_ files: [String: String]) throws -> String {
    try withTemporaryFolder { folder in
      for (name, text) in files { _ = try write(text, folder, name) }
      return message { _ = try Tokenizer(folder: folder) }.replacing(folder + "/", with: "")
    }
  }

  private func lines(_ tokens: [String]) -> String { tokens.map { $0 + "\n" }.joined() }

  /// A `tokenizer.json` of these ids; `model` begins its model.
  private func json(
    _ ids: [(String, Int)], model: String = #""type": "WordPiece", "#, added: String = "",
    unknown: String = "[UNK]"
  ) -> String {
    let vocabulary = ids.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
    return """
      {"added_tokens": [\(added)], "normalizer": {"type": "BertNormalizer", "clean_text": true,
       "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
       "pre_tokenizer": {"type": "BertPreTokenizer"},
       "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
       "model": {\(model)"unk_token": "\(unknown)", "continuing_subword_prefix": "##",
       "max_input_chars_per_word": 100, "vocab": {\(vocabulary)}}}
      """
  }

  /// Special tokens as `added_tokens` of that file has them, their ids from 0.
  private func listed(_ tokens: some Sequence<String>) -> String {
    tokens.enumerated().map { id, token in
      """
      {"id": \(id), "content": "\(token)", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true}
      """
    }.joined(separator: ", ")
  }

  private var ids: [(String, Int)] { Self.tokens.enumerated().map { ($1, $0) } }

  @Test func `a vocabulary with a repeated token takes the later id`() throws {
    let tokens = Self.tokens + ["hello", "end"]
    try open(["vocab.txt": lines(tokens)]) { tokenizer in
      #expect(tokenizer.encode("hello end hellos").ids == [2, 9, 10, 9, 6, 3])
      #expect(tokenizer.token(5) == "hello" && tokenizer.token(9) == "hello")
      let ids = try exported(tokenizer).encode("hello end").ids
      #expect(ids == [2, 9, 10, 3])
    }
  }

  @Test func `blank lines at the end of a vocabulary are no tokens, those within keep their ids`()
    throws
  {
    let digest = try open(["vocab.txt": lines(Self.tokens)]) { $0.digest }
    #expect(try open(["vocab.txt": lines(Self.tokens) + "\n\n"]) { $0.digest } == digest)
    let gapped = Self.tokens.prefix(7) + ["", ""] + Self.tokens.suffix(2)
    try open(["vocab.txt": lines(Array(gapped))]) { tokenizer in
      #expect(tokenizer.encode("hello world").ids == [2, 5, 9, 3])
    }
  }

  @Test func `what transformers reads in a way that no model has learnt is refused`() throws {
    let vocabulary = ["vocab.txt": lines(Self.tokens)]
    func said(_ configuration: String, _ files: [String: String]) throws -> String {
      try refusal(files.merging(["tokenizer_config.json": configuration]) { $1 })
    }
    for key in ["cls_token", "sep_token"] {
      #expect(
        try said("{\"do_lower_case\": true, \"\(key)\": null}", vocabulary)
          == "tokenizer_config.json: \(key) is null, for which transformers puts the unknown token beside texts; "
          + "name the token, or take the key out where it is the usual one")
    }
    #expect(
      try said(
        #"{"do_lower_case": true}"#,
        vocabulary.merging(["special_tokens_map.json": #"{"sep_token": null}"#]) { $1 }
      ).hasPrefix("special_tokens_map.json: sep_token is null"))
    #expect(
      try said(#"{"do_lower_case": true, "mask_token": null}"#, vocabulary).hasPrefix(
        "tokenizer_config.json: mask_token is null, for which transformers cuts that token in a text"
      ))
    for cure in ["", #", "sep_token": "[SEP]""#] {
      #expect(try said("{\"do_lower_case\": true\(cure)}", vocabulary) == "")
    }
    let forgetful = #"{"do_lower_case": false, "tokenizer_class": "DPRContextEncoderTokenizer"}"#
    #expect(
      try said(forgetful, vocabulary)
        == "tokenizer_config.json: DPRContextEncoderTokenizer of transformers 5 reads lower case whatever "
        + "do_lower_case says; write BertTokenizer for tokenizer_class to keep capitals, or set do_lower_case to "
        + "true")
    for cure in [("DPRContextEncoder", "Bert"), ("false", "true")] {
      #expect(try said(forgetful.replacing(cure.0, with: cure.1), vocabulary) == "")
    }
    let odd = json(ids).replacing(#"["[SEP]", 3]"#, with: #"["[SEP]", 4]"#)
    #expect(
      try said(#"{"tokenizer_class": "PreTrainedTokenizerFast"}"#, ["tokenizer.json": odd])
        == "tokenizer.json: post_processor gives '[SEP]' the id 4, the vocabulary 3; make the two agree: save the "
        + "tokenizer again with transformers")
    #expect(try said(#"{"do_lower_case": true}"#, ["tokenizer.json": odd]) == "")
  }

  @Test func `a file made before tokenizers 0.9 names no type of model`() throws {
    let digest = try open(["tokenizer.json": json(ids)]) { $0.digest }
    #expect(try open(["tokenizer.json": json(ids, model: "")]) { $0.digest } == digest)
    #expect(
      try refusal(["tokenizer.json": json(ids, model: #""merges": [], "#)])
        .hasPrefix("tokenizer.json: model is missing; only WordPiece is supported"))
  }

  @Test func `ids with gaps are kept, and exported with their gaps`() throws {
    let gapped = ids.dropLast(2) + [("world", 11), ("good", 14)]
    try open(["tokenizer.json": json(Array(gapped))]) { tokenizer in
      #expect(tokenizer.encode("good hello world").ids == [2, 14, 5, 11, 3])
      #expect(tokenizer.vocabularySize == 15)
      let digest = try exported(tokenizer).digest
      #expect(digest == tokenizer.digest)
    }
    let far = Array(ids.dropLast() + [("good", 1 << 30)])
    #expect(
      try refusal(["tokenizer.json": json(far)]).contains("the id of 'good' must be an integer"))
  }

  @Test func `tokens of added_tokens.json and special_tokens_map.json are found in text`() throws {
    let files = [
      "vocab.txt": lines(Self.tokens), "tokenizer_config.json": #"{"do_lower_case": true}"#,
      "added_tokens.json": #"{"[WORLD]": 9, "Big": 10}"#,
      "special_tokens_map.json":
        #"{"additional_special_tokens": ["[WORLD]", "[X]", "good"], "cls_token": "[CLS]"}"#,
    ]
    try open(files) { tokenizer in
      // What is no special token is looked for in the text's normal form.
      #expect(tokenizer.encode("hello[WORLD] big [X]good").ids == [2, 5, 9, 10, 11, 8, 3])
      #expect(
        tokenizer.specialIds.isSuperset(of: [11, 8]) && !tokenizer.specialIds.contains(10))
    }
    var listed = files
    listed["tokenizer_config.json"] = #"{"do_lower_case": true, "added_tokens_decoder": {}}"#
    try open(listed) { tokenizer in
      #expect(tokenizer.vocabularySize == Self.tokens.count)
    }
    var other = files
    other["added_tokens.json"] = #"{"[WORLD]": 12}"#
    #expect(
      try refusal(other)
        == "added_tokens.json: the token '[WORLD]' has the id 12, but the next that is free is 9; "
        + "make the two agree: save the tokenizer again with transformers")
  }

  @Test func `special tokens of special_tokens_map.json have its names and flags`() throws {
    let tokens = ["<p>", "<u>", "<c>", "<s>", "<m>", "hello"]
    let map = """
      {"pad_token": "<p>", "unk_token": "<u>", "cls_token": "<c>", "sep_token": "<s>",
       "mask_token": {"content": "<m>", "lstrip": true, "rstrip": false, "normalized": false,
       "single_word": false}}
      """
    let files = [
      "vocab.txt": lines(tokens), "special_tokens_map.json": map,
      "tokenizer_config.json": "{}",
    ]
    try open(files) { tokenizer in
      #expect(tokenizer.encode("hello   <m>hello").ids == [2, 5, 4, 5, 3])
      #expect(tokenizer.settings.addedTokens.first { $0.id == 4 }?.stripsLeft == true)
    }
  }

  @Test(arguments: ["BertJapaneseTokenizer", "BertGenerationTokenizer", "BertweetTokenizer"])
  func `a class that only begins like BERT's is refused by its name, whichever file names it`(
    name: String
  ) throws {
    let stated = "{\"tokenizer_class\": \"\(name)\"}"
    for (file, other) in [
      ("tokenizer_config.json", "tokenizer.json"), ("config.json", "tokenizer.json"),
      ("tokenizer_config.json", "vocab.txt"), ("config.json", "vocab.txt"),
    ] {
      let content = other == "vocab.txt" ? lines(Self.tokens) : json(ids)
      let text = try refusal([file: stated, other: content])
      #expect(text.hasPrefix("\(file): tokenizer_class is '\(name)', which cuts text"), "\(text)")
    }
    for accepted in ["BertTokenizerFast", "PreTrainedTokenizerFast", "DistilBertTokenizer"] {
      try open([
        "vocab.txt": lines(Self.tokens),
        "tokenizer_config.json": "{\"tokenizer_class\": \"\(accepted)\"}",
      ]) { #expect($0.vocabularySize == Self.tokens.count) }
    }
  }

  @Test func `a token whose whitespace the one before took along is not found again`() throws {
    func token(_ id: Int, _ content: String, _ left: Bool, _ right: Bool) -> String {
      """
      {"id": \(id), "content": "\(content)", "single_word": false, "lstrip": \(left),
       "rstrip": \(right), "normalized": false, "special": false}
      """
    }
    let added = [token(9, "@", false, true), token(10, " ", true, false)].joined(separator: ",")
    try open(["tokenizer.json": json(ids, added: added)]) { tokenizer in
      #expect(tokenizer.encode("@    hello").ids == [2, 9, 5, 3])
      #expect(tokenizer.encode("@ ").ids == [2, 9, 3])
      #expect(tokenizer.encode("hello  @").ids == [2, 5, 10, 10, 9, 3])
    }
  }

  @Test func `added tokens take time by the length of the text alone`() throws {
    let content = String(repeating: "a", count: 500)
    var settings = TokenizerSettings()
    settings.addedTokens = [
      AddedToken(id: 9, content: content + "b"),
      AddedToken(id: 10, content: " ", stripsLeft: true, stripsRight: true),
    ]
    settings.addedVocabularySize = 2
    let tokenizer = try Tokenizer(tokens: Self.tokens + [content + "b", " "], settings: settings)
    // In a time that grows with the square of it this would take hours.
    let spaces = String(repeating: " ", count: 100_000)
    #expect(tokenizer.tokenize(spaces + "hello").last == 5)
    #expect(tokenizer.tokenize(String(repeating: "a", count: 5_000)) == [1])
    settings.addedTokens[0].content = content + content + content
    #expect(
      message {
        _ = try Tokenizer(
          tokens: Self.tokens + [settings.addedTokens[0].content, " "], settings: settings)
      }.contains("has 1500 bytes, more than the 1024 allowed"))
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `folders as old versions left them give the ids that transformers gives`() throws {
    let texts = [
      "hello world", "Hello[WORLD] big  [X]good", "[CLS] worlds [cls] [MASK]!", "good  <m> [WORLD]",
      "[world]Big BIG bigs",
    ]
    let vocabulary = Self.tokens + ["!", "[", "]", "x", "big", "cls", "end", "<", ">", "m"]
    let count = vocabulary.count
    let flagged = """
      {"content": "[WORLD]", "single_word": false, "lstrip": true, "rstrip": true,
       "normalized": true, "special": false}
      """
    let folders: [String: [String: String]] = [
      "plain": [:],
      "repeated": ["vocab.txt": lines(vocabulary + ["hello"])],
      "blank": [
        "vocab.txt": lines(Array(vocabulary.prefix(6)) + [""] + vocabulary.dropFirst(6)) + "\n"
      ],
      "untyped": [
        "tokenizer.json": json(vocabulary.enumerated().map { ($1, $0) }, model: "")
      ],
      "gaps": ["tokenizer.json": json(vocabulary.enumerated().map { ($1, $0 < 9 ? $0 : $0 + 4) })],
      "added": [
        "added_tokens.json": "{\"[WORLD]\": \(count), \"Big\": \(count + 1)}",
        "special_tokens_map.json": #"{"additional_special_tokens": ["[WORLD]", "[X]"]}"#,
      ],
      "map": [
        "special_tokens_map.json": """
        {"mask_token": {"content": "<m>", "lstrip": true, "rstrip": false, "normalized": false,
         "single_word": false}, "additional_special_tokens": ["[WORLD]"]}
        """
      ],
      "named": [
        "tokenizer_config.json": """
        {"do_lower_case": true, "bos_token": "[X]", "mask_token": {"__type": "AddedToken",
         "content": "<m>", "lstrip": true, "normalized": false, "rstrip": false,
         "single_word": false}, "additional_special_tokens": ["[WORLD]"]}
        """
      ],
      "listed": [
        "tokenizer_config.json": """
        {"do_lower_case": true, "added_tokens_decoder": {"\(count)": \(flagged)}}
        """,
        "added_tokens.json": "{\"Big\": \(count)}",
      ],
      "both": [
        "tokenizer.json": json(vocabulary.enumerated().map { ($1, $0) }),
        "added_tokens.json": "{\"[WORLD]\": \(count)}",
      ],
      "otherwise": [
        "tokenizer_config.json": """
        {"do_lower_case": true, "entity_token": "[WORLD]",
         "model_specific_special_tokens": {"some_token": "[X]"}}
        """
      ],
      "specific": [
        "tokenizer_config.json": """
        {"do_lower_case": true, "model_specific_special_tokens": {"some_token": "[X]"}}
        """
      ],
      "late": [
        "tokenizer_config.json":
          #"{"do_lower_case": true, "extra_special_tokens": ["[WORLD]"]}"#,
        "special_tokens_map.json":
          #"{"additional_special_tokens": ["big"], "some_token": "good"}"#,
      ],
      "joined": [
        "tokenizer_config.json":
          #"{"do_lower_case": true, "extra_special_tokens": ["[WORLD]", "[X]"]}"#,
        "special_tokens_map.json": #"{"extra_special_tokens": ["good"]}"#,
      ],
      "either": [
        "tokenizer_config.json":
          #"{"do_lower_case": true, "additional_special_tokens": ["good"]}"#,
        "special_tokens_map.json": #"{"additional_special_tokens": ["big"]}"#,
      ],
      "instead": [
        "tokenizer_config.json": """
        {"do_lower_case": true, "additional_special_tokens": ["good"],
         "extra_special_tokens": ["big"]}
        """
      ],
      // A blank line at the end of vocab.txt is a token for what is added behind it.
      "ended": [
        "vocab.txt": lines(vocabulary) + "\n",
        "tokenizer_config.json":
          #"{"do_lower_case": true, "additional_special_tokens": ["[WORLD]"]}"#,
      ],
      "endedTwice": [
        "vocab.txt": lines(vocabulary) + "\n\n", "added_tokens.json": "{\"[WORLD]\": \(count + 1)}",
      ],
      "endedAndListed": [
        "vocab.txt": lines(vocabulary) + "\n",
        "tokenizer_config.json": """
        {"do_lower_case": true, "added_tokens_decoder": {"\(count + 1)": \(flagged)}}
        """,
      ],
      // Special tokens of added_tokens.json that nothing else names.
      "special": [
        "added_tokens.json": "{"
          + Self.tokens.prefix(5).enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ", ")
          + "}"
      ],
      "otherUnknown": [
        "tokenizer.json": json(vocabulary.enumerated().map { ($1, $0) }, unknown: "good")
      ],
      "ownUnknown": [
        "tokenizer.json": json(
          vocabulary.enumerated().map { ($1, $0) }, added: listed(Self.tokens.prefix(5)),
          unknown: "good"),
        "tokenizer_config.json": """
        {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "pad_token": "[PAD]",
         "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
        """,
      ],
      "frame": [
        "tokenizer.json": json(
          vocabulary.enumerated().map { ($1, $0) }, added: listed(Self.tokens.prefix(5))),
        "tokenizer_config.json": """
        {"tokenizer_class": "PreTrainedTokenizerFast", "cls_token": "hello", "sep_token": "good",
         "unk_token": "[UNK]", "pad_token": "[PAD]"}
        """,
      ],
    ]
    try withTemporaryFolder { root in
      for (name, files) in folders {
        let usual = [
          "config.json": #"{"model_type": "bert"}"#,
          "tokenizer_config.json": #"{"do_lower_case": true}"#, "vocab.txt": lines(vocabulary),
        ]
        try ensureDirectory("\(root)/\(name)")
        let own = files["tokenizer.json"] == nil ? usual : usual.filter { $0.key != "vocab.txt" }
        for (file, text) in own.merging(files, uniquingKeysWith: { $1 }) {
          _ = try write(text, "\(root)/\(name)", file)
        }
      }
      let told = try StrictJSON.parse(
        Array(try PythonOracle.run("folder_ids.py", [root] + texts).utf8), path: "oracle")
      for (name, value) in try #require(told.object).members {
        let expected = (value.array ?? []).map(\.ids)
        let read = message {
          let tokenizer = try Tokenizer(folder: "\(root)/\(name)")
          #expect(texts.map { tokenizer.encode($0).ids } == expected, "\(name)")
          let again = try exported(tokenizer)
          #expect(texts.map { again.encode($0).ids } == expected, "\(name), exported")
        }
        #expect(read == "", "\(name)")
      }
    }
  }
}
