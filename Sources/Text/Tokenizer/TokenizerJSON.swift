internal import Files

/// Reads `tokenizer.json`, the file of Hugging Face `tokenizers`, as far as a BERT tokenizer needs
/// it; any other component is refused by name.
///
/// `truncation` and `padding` are left aside: they are habits of one use of the file, and who
/// encodes says how long. `decoder` does not bear on ids.
struct TokenizerJSON {
  let path: String
  private(set) var tokens: [String] = []
  private(set) var settings = TokenizerSettings()

  /// - Throws: `FileError` if it is not JSON, `TextError` if it is not a BERT tokenizer.
  init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    guard let root = try StrictJSON.parse(bytes, path: path).object else {
      throw TextError(path, "is not a JSON object; save the tokenizer again with transformers")
    }
    try readModel(try component(root, "model", only: "WordPiece"))
    try readAddedTokens(root["added_tokens"])
    let normalizer = try component(root, "normalizer", only: "BertNormalizer")
    settings.cleanText = try boolean(normalizer, "clean_text", of: "normalizer")
    settings.tokenizeChineseChars = try boolean(
      normalizer, "handle_chinese_chars", of: "normalizer")
    settings.doLowerCase = try boolean(normalizer, "lowercase", of: "normalizer")
    if let strips = normalizer["strip_accents"], strips != .null {
      settings.stripAccents = try boolean(normalizer, "strip_accents", of: "normalizer")
    }
    _ = try component(root, "pre_tokenizer", only: "BertPreTokenizer")
    try readPostProcessor(root)
  }

  private func failure(_ what: String) -> TextError { TextError(path, what) }

  private func component(_ root: JSONObject, _ name: String, only: String...) throws -> JSONObject {
    let object = root[name]?.object
    let type = object?["type"]?.string
    guard let object, let type, only.contains(type) else {
      throw failure(
        "\(name) is \(type.map { "'\(printable($0))'" } ?? "missing"); only "
          + "\(only.joined(separator: " or ")) is supported: use a BERT WordPiece tokenizer")
    }
    return object
  }

  private func boolean(_ object: JSONObject, _ key: String, of name: String) throws -> Bool {
    guard let value = object[key]?.boolean else {
      throw failure("\(name).\(key) must be true or false; correct it")
    }
    return value
  }

  private mutating func readModel(_ model: JSONObject) throws {
    guard let vocabulary = model["vocab"]?.object else {
      throw failure("model.vocab must be an object of tokens and ids; correct it")
    }
    var list = [String?](repeating: nil, count: vocabulary.members.count)
    for (token, value) in vocabulary.members {
      guard let id = value.integer, list.indices.contains(id), list[id] == nil else {
        throw failure(
          "model.vocab: the id of '\(printable(token))' must be an integer from 0 to "
            + "\(list.count - 1) that no other token has; ids without gaps are needed")
      }
      list[id] = token
    }
    tokens = list.compactMap { $0 }
    if let token = model["unk_token"]?.string { settings.unknownToken = token }
    if let prefix = model["continuing_subword_prefix"]?.string {
      settings.continuingPrefix = prefix
    }
    if let limit = model["max_input_chars_per_word"]?.integer {
      settings.maxInputCharsPerWord = limit
    }
  }

  private mutating func readAddedTokens(_ value: JSONValue?) throws {
    let pieceCount = tokens.count
    for element in value?.array ?? [] {
      guard let object = element.object, let id = object["id"]?.integer,
        let content = object["content"]?.string, !content.isEmpty
      else { throw failure("added_tokens: each needs an id and a content; correct it") }
      let name = "added_tokens '\(printable(content))'"
      if id == tokens.count { tokens.append(content) }
      guard tokens.indices.contains(id) else {
        throw failure("\(name): the id \(id) leaves a gap after \(tokens.count - 1); correct it")
      }
      settings.addedTokens.append(
        AddedToken(
          id: Int32(id), content: content,
          isSingleWord: try boolean(object, "single_word", of: name),
          stripsLeft: try boolean(object, "lstrip", of: name),
          stripsRight: try boolean(object, "rstrip", of: name),
          isNormalized: try boolean(object, "normalized", of: name),
          isSpecial: try boolean(object, "special", of: name)))
    }
    settings.addedVocabularySize = tokens.count - pieceCount
  }

  /// Accepts `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]` with types 0 and 1, however written.
  private mutating func readPostProcessor(_ root: JSONObject) throws {
    let processor = try component(
      root, "post_processor", only: "TemplateProcessing", "BertProcessing")
    if processor["type"]?.string == "BertProcessing" {
      guard let classifier = processor["cls"]?.array?.first?.string,
        let separator = processor["sep"]?.array?.first?.string
      else {
        throw failure("post_processor: cls and sep must be pairs of token and id; correct it")
      }
      settings.classifierToken = classifier
      settings.separatorToken = separator
      return
    }
    let single = template(processor["single"])
    guard single.count == 3, single[1] == "$A:0", single[0].hasSuffix(":0"),
      single[2].hasSuffix(":0"),
      template(processor["pair"]) == single + ["$B:1", single[2].dropLast() + "1"]
    else {
      throw failure(
        "post_processor: only the template [CLS] A [SEP] with a second text B [SEP] of type 1 is "
          + "supported; use a BERT WordPiece tokenizer")
    }
    settings.classifierToken = String(single[0].dropLast(2))
    settings.separatorToken = String(single[2].dropLast(2))
  }

  /// A template as `token:type` and `$sequence:type`.
  private func template(_ value: JSONValue?) -> [String] {
    (value?.array ?? []).map { element in
      let (isText, part) =
        element.object?["Sequence"]?.object.map { (true, $0) }
        ?? (false, element.object?["SpecialToken"]?.object ?? JSONObject())
      let type = part["type_id"]?.integer.map { "\($0)" } ?? "?"
      return (isText ? "$" : "") + "\(part["id"]?.string ?? "?"):\(type)"
    }
  }
}
