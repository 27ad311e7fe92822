internal import Files

/// Reads `tokenizer.json`, the file of Hugging Face `tokenizers`, as far as a BERT tokenizer needs
/// it; any other component is refused by name.
///
/// The rest of `truncation`, and `padding`, are left aside: they are habits of one use of the file, and
/// who encodes says how long. `decoder` does not bear on ids.
struct TokenizerJSON {
  let path: String
  /// At which end long texts are cut, where the file says it.
  let truncationSide: String?
  private(set) var tokens: [String] = []
  /// The ids that stand around texts as the post-processor has them, by the tokens that it names.
  private var frameIds: [(token: String, ids: [Int])] = []
  private(set) var settings = TokenizerSettings()

  /// - Throws: `FileError` if it is not JSON, `TextError` if it is not a BERT tokenizer.
  init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    guard let root = try StrictJSON.parse(bytes, path: path).object else {
      throw TextError(path, "is not a JSON object; save the tokenizer again with transformers")
    }
    truncationSide = root["truncation"]?.object?["direction"]?.string
    func component(_ name: String, _ types: String...) throws -> ComponentJSON {
      try ComponentJSON(root, name, only: types, path: path)
    }
    try readModel(try Self.untypedModel(root, path) ?? component("model", WordPiece.Settings.type))
    try readAddedTokens(root["added_tokens"])
    settings.normalizer = try BertNormalizer.Settings(
      try component("normalizer", BertNormalizer.Settings.type))
    _ = try component("pre_tokenizer", BertPreTokenizer.type)
    // What stands around texts then depends on the version of transformers, and on the class.
    let processor = root["post_processor"]
    if processor == nil || processor == .null {
      throw failure(
        "post_processor is \(processor == nil ? "missing" : "null"), and not every version of "
          + "transformers puts [CLS] and [SEP] around texts then; where the model learnt with them, "
          + "remove tokenizer.json if vocab.txt is there, or save the tokenizer again with "
          + "BertTokenizer of transformers 5")
    }
    let frame = try component("post_processor", "TemplateProcessing", "BertProcessing")
    (settings.specialTokens.classifier, settings.specialTokens.separator) =
      try BertPostProcessor.tokens(frame)
    frameIds = BertPostProcessor.identifiers(frame)
  }

  /// Refuses a post-processor whose ids are not those of the tokens that it names: where the file is taken as it
  /// is, they are what stands around texts.
  ///
  /// - Throws: `TextError` naming the first.
  func checkFrame() throws {
    for (token, ids) in frameIds {
      let own = tokens.lastIndex(of: token)
      guard ids != own.map({ [$0] }) else { continue }
      throw failure(
        "post_processor gives '\(printable(token))' the id "
          + "\(ids.isEmpty ? "none" : ids.map { "\($0)" }.joined(separator: ", ")), the vocabulary "
          + "\(own.map { "\($0)" } ?? "none"); make the two agree: save the tokenizer again with transformers"
      )
    }
  }

  private func failure(_ what: String) -> TextError { TextError(path, what) }

  private mutating func readModel(_ model: ComponentJSON) throws {
    guard let vocabulary = model.object["vocab"]?.object else {
      throw model.failure(".vocab must be an object of tokens and ids; correct it")
    }
    // Ids may have gaps, but not so that a few tokens ask for any amount of memory.
    let limit = 2 * vocabulary.members.count + 65_536
    var list: [String?] = []
    for (token, value) in vocabulary.members {
      guard let id = value.integer, (0..<limit).contains(id),
        id >= list.count || list[id] == nil
      else {
        throw model.failure(
          ".vocab: the id of '\(printable(token))' must be an integer from 0 to \(limit - 1) "
            + "that no other token has; save the tokenizer again with transformers")
      }
      if id >= list.count { list += repeatElement(nil, count: id + 1 - list.count) }
      list[id] = token
    }
    tokens = list.map { $0 ?? "" }
    if let token = model.object["unk_token"]?.string { settings.specialTokens.unknown = token }
    settings.model = WordPiece.Settings(model)
  }

  /// The model of a file made before tokenizers 0.9, which names no type; one with these keys is read
  /// as WordPiece there too.
  private static func untypedModel(_ root: JSONObject, _ path: String) -> ComponentJSON? {
    let keys = ["vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word"]
    guard let model = root["model"]?.object, model["type"] == nil, model["merges"] == nil,
      keys.allSatisfy({ model[$0] != nil })
    else { return nil }
    return ComponentJSON(path: path, name: "model", object: model)
  }

  private mutating func readAddedTokens(_ value: JSONValue?) throws {
    let pieceCount = tokens.count
    for element in value?.array ?? [] {
      guard let object = element.object, let id = object["id"]?.integer,
        let content = object["content"]?.string, !content.isEmpty
      else { throw failure("added_tokens: each needs an id and a content; correct it") }
      let json = ComponentJSON(
        path: path, name: "added_tokens '\(printable(content))'", object: object)
      if id == tokens.count { tokens.append(content) }
      guard tokens.indices.contains(id) else {
        throw json.failure(": the id \(id) leaves a gap after \(tokens.count - 1); correct it")
      }
      settings.addedTokens.append(
        AddedToken(
          id: Int32(id), content: content,
          isSingleWord: try json.boolean("single_word"),
          stripsLeft: try json.boolean("lstrip"),
          stripsRight: try json.boolean("rstrip"),
          isNormalized: try json.boolean("normalized"),
          isSpecial: try json.boolean("special")))
    }
    settings.addedVocabularySize = tokens.count - pieceCount
  }
}

/// One part of `tokenizer.json`, with the name that errors give it.
struct ComponentJSON {
  let path: String
  let name: String
  let object: JSONObject

  /// The component of a tokenizer that must be of a given type.
  ///
  /// - Throws: `TextError` if it is missing or of another type.
  init(_ root: JSONObject, _ name: String, only types: [String], path: String) throws {
    let object = root[name]?.object
    let type = object?["type"]?.string
    guard let object, let type, types.contains(type) else {
      throw TextError(
        path,
        "\(name) is \(type.map { "'\(printable($0))'" } ?? "missing"); only "
          + "\(types.joined(separator: " or ")) is supported: use a BERT WordPiece tokenizer")
    }
    self.init(path: path, name: name, object: object)
  }

  init(path: String, name: String, object: JSONObject) {
    self.path = path
    self.name = name
    self.object = object
  }

  /// An error about the component.
  func failure(_ what: String) -> TextError { TextError(path, name + what) }

  /// - Throws: `TextError` if there is no such truth value.
  func boolean(_ key: String) throws -> Bool {
    guard let value = object[key]?.boolean else {
      throw failure(".\(key) must be true or false; correct it")
    }
    return value
  }
}
