internal import Files

/// Reads `tokenizer_config.json` as transformers writes it.
struct TokenizerConfiguration {
  let path: String
  private let root: JSONObject

  /// - Throws: `FileError` if it is not JSON, `TextError` if it is not an object.
  init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    guard let root = try StrictJSON.parse(bytes, path: path).object else {
      throw TextError(path, "is not a JSON object; save the tokenizer again with transformers")
    }
    self.root = root
  }

  /// `model_max_length`; nil where it is missing or the huge number that means "not known".
  func modelMaxLength() throws -> Int? {
    guard let value = root["model_max_length"], value != .null else { return nil }
    guard let length = value.real, length >= 1 else {
      throw TextError(path, "model_max_length must be a positive number; correct or remove it")
    }
    return length > 1e9 ? nil : Int(length)
  }

  /// Settings for a folder that has `vocab.txt` and no `tokenizer.json`.
  ///
  /// Keys that are missing have the values transformers gives them. Added tokens beyond the tokens
  /// of `vocab.txt`, which `vocabulary` holds, are appended to it.
  func settings(extending vocabulary: inout [String]) throws -> TokenizerSettings {
    if let name = root["tokenizer_class"]?.string,
      !["Bert", "DistilBert", "Electra", "PreTrained", "Tokenizers"].contains(where: name.hasPrefix)
    {
      throw TextError(
        path, "tokenizer_class is '\(printable(name))'; use a BERT WordPiece tokenizer")
    }
    var settings = TokenizerSettings()
    settings.normalizer.doLowerCase = try boolean("do_lower_case") ?? true
    settings.normalizer.stripAccents = try boolean("strip_accents")
    settings.normalizer.tokenizeChineseChars = try boolean("tokenize_chinese_chars") ?? true
    settings.modelMaxLength = try modelMaxLength()
    try readSpecialTokens(into: &settings)

    let pieceCount = vocabulary.count
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in vocabulary.enumerated() { ids[Array(token.utf8)] = id }
    let added = (root["added_tokens_decoder"]?.object?.members ?? []).compactMap { member in
      Int(member.name).map { (id: $0, value: member.value) }
    }
    for (id, value) in added.sorted(by: { $0.id < $1.id }) {
      guard let token = addedToken(value, id: id) else {
        throw TextError(path, "added_tokens_decoder: \(id) has no content; correct it")
      }
      if id == vocabulary.count { vocabulary.append(token.content) }
      settings.addedTokens.append(token)
    }
    for key in ["additional_special_tokens", "extra_special_tokens"] {
      for value in root[key]?.array ?? [] {
        guard let content = (value.string ?? value.object?["content"]?.string),
          let id = ids[Array(content.utf8)]
        else {
          throw TextError(
            path, "\(key): a token is not in vocab.txt; save the tokenizer again with transformers")
        }
        if !settings.addedTokens.contains(where: { $0.id == id }) {
          settings.addedTokens.append(AddedToken(id: Int32(id), content: content))
        }
      }
    }
    settings.addedVocabularySize = vocabulary.count - pieceCount
    return settings
  }

  /// Overwrites the special tokens that the file names.
  ///
  /// Those that a post-processor or the model already named must agree.
  func readSpecialTokens(into settings: inout TokenizerSettings) throws {
    let places: [(String, WritableKeyPath<SpecialTokens, String>)] = [
      ("unk_token", \.unknown), ("sep_token", \.separator), ("pad_token", \.padding),
      ("cls_token", \.classifier), ("mask_token", \.mask),
    ]
    for (key, place) in places {
      guard let value = root[key], value != .null else { continue }
      guard let content = value.string ?? value.object?["content"]?.string else {
        throw TextError(path, "\(key) must be a token; correct it")
      }
      settings.specialTokens[keyPath: place] = content
    }
  }

  /// Refuses a file that contradicts `tokenizer.json`: other programs would heed the one or the
  /// other.
  func check(against settings: TokenizerSettings) throws {
    let lowercase = try boolean("do_lower_case")
    let ideographs = try boolean("tokenize_chinese_chars")
    let accents = try boolean("strip_accents")
    let isContradicted =
      lowercase.map { $0 != settings.normalizer.doLowerCase } == true
      ? "do_lower_case"
      : ideographs.map { $0 != settings.normalizer.tokenizeChineseChars } == true
        ? "tokenize_chinese_chars"
        : accents.map { $0 != settings.normalizer.stripsAccents } == true ? "strip_accents" : nil
    guard let key = isContradicted else { return }
    throw TextError(
      path, "\(key) contradicts the normalizer of tokenizer.json; make the two files agree")
  }

  private func boolean(_ key: String) throws -> Bool? {
    guard let value = root[key], value != .null else { return nil }
    guard let boolean = value.boolean else {
      throw TextError(path, "\(key) must be true, false or null; correct it")
    }
    return boolean
  }

  private func addedToken(_ value: JSONValue, id: Int) -> AddedToken? {
    guard let object = value.object, let content = object["content"]?.string, !content.isEmpty,
      let id = Int32(exactly: id)
    else { return nil }
    func flag(_ key: String) -> Bool { object[key]?.boolean ?? false }
    return AddedToken(
      id: id, content: content, isSingleWord: flag("single_word"), stripsLeft: flag("lstrip"),
      stripsRight: flag("rstrip"), isNormalized: flag("normalized"), isSpecial: flag("special"))
  }
}
