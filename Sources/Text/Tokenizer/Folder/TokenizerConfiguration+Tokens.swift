internal import Files

extension TokenizerConfiguration {
  /// Takes the special and the added tokens that the files name into settings and vocabulary.
  ///
  /// As transformers does: the added tokens in the order of their ids, then the special tokens by
  /// name, then the additional ones. One that the vocabulary lacks is appended to it; one that is an
  /// added token already keeps its flags. Where `tokenizer.json` is taken as it is, `[CLS]` and `[SEP]` are
  /// those of its own post-processor and `[UNK]` that of its model, whatever `cls_token`, `sep_token` and
  /// `unk_token` say; where it is not, those keys say it alone.
  ///
  /// - Throws: `TextError` naming the file and the key of what is no token.
  func readTokens(
    into settings: inout TokenizerSettings, _ vocabulary: inout [String], besidesJSON: Bool
  ) throws {
    let takesJSON = besidesJSON && takesJSONAsItIs
    if !takesJSON {
      settings.specialTokens.unknown = SpecialTokens().unknown
      try checkNulls()
    }
    var book = TokenBook(settings, vocabulary)
    for (id, value, place) in try listedTokens() { try book.list(value, id: id, place) }
    for (key, place) in Self.named {
      guard let (value, path) = value(of: key) else { continue }
      let isInMap = path != self.path && value.object != nil
      let token = try Self.token(value, isSpecial: isInMap ? true : nil, "\(path): \(key)")
      let isOfJSON = ["cls_token", "sep_token", "unk_token"].contains(key) && takesJSON
      if let place, !isOfJSON {
        settings.specialTokens[keyPath: place] = token.content
      }
      book.name(token)
    }
    for (value, place) in furtherTokens() {
      book.name(try Self.token(value, isSpecial: true, place))
    }
    settings.addedTokens = book.added
    settings.addedVocabularySize += book.vocabulary.count - vocabulary.count
    vocabulary = book.vocabulary
  }

  /// Refuses a folder that says there is no token where this version has one: transformers puts `[UNK]` around texts
  /// then, which no model has learnt with, or finds none where a text spells it.
  ///
  /// - Throws: `TextError` naming the file and the key.
  private func checkNulls() throws {
    for key in ["unk_token", "cls_token", "sep_token", "pad_token", "mask_token"]
    where value(of: key) == nil {
      for (members, path) in [(root, path)] + (specialTokens.map { [($0.members, $0.path)] } ?? [])
      where members[key] == .null {
        let effect =
          switch key {
          case "unk_token": "knows no other words than those of the vocabulary"
          case "cls_token", "sep_token": "puts the unknown token beside texts"
          default: "cuts that token in a text like any word"
          }
        throw TextError(
          path,
          "\(key) is null, for which transformers \(effect); name the token, or take the key out where it is the usual one"
        )
      }
    }
  }

  private static var named: [(String, WritableKeyPath<SpecialTokens, String>?)] {
    [
      ("bos_token", nil), ("eos_token", nil), ("unk_token", \.unknown),
      ("sep_token", \.separator), ("pad_token", \.padding), ("cls_token", \.classifier),
      ("mask_token", \.mask),
    ]
  }

  /// The special tokens besides those that have a use here, each with its place, as transformers 5 takes
  /// them: under other names that end in `_token`, which stand for `model_specific_special_tokens`, and in
  /// lists, of which `extra_special_tokens` stands for `additional_special_tokens`.
  private func furtherTokens() -> [(value: JSONValue, place: String)] {
    let map = specialTokens ?? (path: "", members: JSONObject())
    let (additional, extra) = ("additional_special_tokens", "extra_special_tokens")
    var named = Self.otherTokens(root).map { ($0.value, "\(path): \($0.key)") }
    named += Self.namedTokens(root[extra]).map { ($0, "\(path): \(extra)") }
    if named.isEmpty {
      let specific = "model_specific_special_tokens"
      let own = (root[specific]?.array ?? []) + Self.namedTokens(root[specific])
      named = own.map { ($0, "\(path): \(specific)") }
    }
    named += Self.otherTokens(map.members).map { ($0.value, "\(map.path): \($0.key)") }
    named += Self.namedTokens(map.members[extra]).map { ($0, "\(map.path): \(extra)") }
    let key = root[extra]?.array?.isEmpty == false ? extra : additional
    var listed = (root[key]?.array ?? []).map { ($0, "\(path): \(key)") }
    listed += (map.members[extra]?.array ?? []).map { ($0, "\(map.path): \(extra)") }
    // An empty list stands for another one too, an object does not.
    let stands = [root, map.members].contains { $0[extra].map { $0.object == nil } ?? false }
    if listed.isEmpty, !stands {
      listed = (map.members[additional]?.array ?? []).map { ($0, "\(map.path): \(additional)") }
    }
    return named + listed
  }

  /// The members whose names end in `_token` and that are tokens, those with a use here left out.
  private static func otherTokens(_ members: JSONObject) -> [(key: String, value: JSONValue)] {
    let known = Set(named.map(\.0))
    var found: [(key: String, value: JSONValue)] = []
    for (key, value) in members.members where key.hasSuffix("_token") && !known.contains(key) {
      guard value.string?.isEmpty == false || value.object?["content"] != nil else { continue }
      found.append((key, value))
    }
    return found
  }

  /// The tokens of an object, which names them for one model's own use.
  private static func namedTokens(_ value: JSONValue?) -> [JSONValue] {
    value?.object?.members.map(\.value) ?? []
  }

  /// The value of a key and its file; what `special_tokens_map.json` says counts first.
  private func value(of key: String) -> (JSONValue, path: String)? {
    if let specialTokens, let value = specialTokens.members[key], value != .null {
      return (value, specialTokens.path)
    }
    return root[key].flatMap { $0 == .null ? nil : ($0, path) }
  }

  /// The added tokens with the ids that the files give them, in that order.
  private func listedTokens() throws -> [(id: Int, token: AddedToken, place: String)] {
    var listed: [(id: Int, token: AddedToken, place: String)] = []
    for (name, value) in root["added_tokens_decoder"]?.object?.members ?? [] {
      let place = "\(path): added_tokens_decoder"
      guard let id = Int(name) else {
        throw TextError(place, "'\(printable(name))' is no id; correct it")
      }
      listed.append((id, try Self.token(value, isSpecial: nil, "\(place) \(id)"), place))
    }
    if let addedTokens {
      let named = try namedContents()
      let special = named.union(SpecialTokens().all.map { Array($0.utf8) })
      for (content, value) in addedTokens.members.members {
        guard let id = value.integer, !content.isEmpty else {
          throw TextError(addedTokens.path, "'\(printable(content))' has no id; correct it")
        }
        // transformers looks for those that nobody names in the normal form of texts.
        let token = AddedToken(
          id: 0, content: content, isNormalized: !named.contains(Array(content.utf8)),
          isSpecial: special.contains(Array(content.utf8)))
        listed.append((id, token, addedTokens.path))
      }
    }
    return listed.sorted { $0.id < $1.id }
  }

  /// The texts of the tokens that transformers takes for special where `added_tokens.json` lists them, since the
  /// other files name them.
  private func namedContents() throws -> Set<[UInt8]> {
    var contents: Set<[UInt8]> = []
    for (key, _) in Self.named {
      guard let (value, path) = value(of: key) else { continue }
      contents.insert(Array(try Self.token(value, isSpecial: true, "\(path): \(key)").content.utf8))
    }
    // Those that special_tokens_map.json calls additional are not among them there either.
    let extra = ["additional_special_tokens", "extra_special_tokens"].map { root[$0] }
    for list in extra + [specialTokens?.members["extra_special_tokens"]] {
      for value in list?.array ?? [] {
        let content = value.string ?? value.object?["content"]?.string ?? ""
        contents.insert(Array(content.utf8))
      }
    }
    return contents
  }

  /// A token as a text or as an object with its flags; what the flags leave out is as transformers
  /// takes it.
  private static func token(
    _ value: JSONValue, isSpecial: Bool?, _ place: String
  ) throws -> AddedToken {
    let object = value.object
    guard let content = value.string ?? object?["content"]?.string, !content.isEmpty else {
      throw TextError(place, "is no token; save the tokenizer again with transformers")
    }
    func flag(_ key: String) -> Bool { object?[key]?.boolean ?? false }
    let special = isSpecial ?? (object == nil || flag("special"))
    return AddedToken(
      id: 0, content: content, isSingleWord: flag("single_word"), stripsLeft: flag("lstrip"),
      stripsRight: flag("rstrip"), isNormalized: object?["normalized"]?.boolean ?? !special,
      isSpecial: special)
  }
}

/// Added tokens and a vocabulary that grows with them.
private struct TokenBook {
  private(set) var vocabulary: [String]
  private(set) var added: [AddedToken]
  /// Where in `added` the token with an id is.
  private var places: [Int32: Int] = [:]
  private lazy var ids: [[UInt8]: Int] = {
    var ids: [[UInt8]: Int] = [:]
    for (id, token) in vocabulary.enumerated() where !token.isEmpty { ids[Array(token.utf8)] = id }
    return ids
  }()

  init(_ settings: TokenizerSettings, _ vocabulary: [String]) {
    added = settings.addedTokens
    for (place, token) in added.enumerated() { places[token.id] = place }
    self.vocabulary = vocabulary
  }

  /// Takes a token that a file lists with its id, whose flags count.
  ///
  /// - Throws: `TextError` where it would not get that id.
  mutating func list(_ token: AddedToken, id: Int, _ place: String) throws {
    let known = identifier(of: token) ?? vocabulary.count
    guard known == id else {
      throw TextError(
        place,
        "the token '\(printable(token.content))' has the id \(id), "
          + (known < vocabulary.count
            ? "the vocabulary says \(known)" : "but the next that is free is \(known)")
          + "; make the two agree: save the tokenizer again with transformers")
    }
    take(token, at: known)
  }

  /// Takes a special token that a file names, where it is no added token yet.
  mutating func name(_ token: AddedToken) {
    let id = identifier(of: token) ?? vocabulary.count
    guard places[Int32(clamping: id)] == nil else { return }
    var token = token
    token.isSpecial = true
    take(token, at: id)
  }

  private mutating func identifier(of token: AddedToken) -> Int? { ids[Array(token.content.utf8)] }

  private mutating func take(_ token: AddedToken, at id: Int) {
    if id == vocabulary.count {
      ids[Array(token.content.utf8)] = id
      vocabulary.append(token.content)
    }
    var token = token
    token.id = Int32(clamping: id)
    if let place = places[token.id] {
      added[place] = token
    } else {
      places[token.id] = added.count
      added.append(token)
    }
  }
}
