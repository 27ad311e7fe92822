internal import Files

extension Tokenizer {
  /// Reads the tokenizer of a model folder.
  ///
  /// `tokenizer.json` is the truth where it exists; `vocab.txt` beside it must then agree. Otherwise
  /// `vocab.txt` is read with `tokenizer_config.json`. Without the latter, as in the published
  /// TinyBERT folders, the model reads lower case if its vocabulary knows nothing else; a vocabulary
  /// with capitals is refused, since nobody can tell whether the model was trained on them. Tokens
  /// that `special_tokens_map.json` and `added_tokens.json` name count where `tokenizer_config.json`
  /// does not list them.
  ///
  /// - Throws: `FileError` if a file is missing or unreadable, `TextError` if it is not the
  ///   tokenizer of a BERT model or two files contradict each other.
  public init(folder: String) throws {
    let vocabularyPath = "\(folder)/vocab.txt"
    let jsonPath = "\(folder)/tokenizer.json"
    let configuration = try TokenizerConfiguration(folder: folder)
    try configuration.checkClass()
    var tokens: [String]
    var settings: TokenizerSettings
    let source: String
    var endsBlank = false
    if fileExists(jsonPath) {
      let json = try TokenizerJSON(
        BoundedReader.bytes(at: jsonPath, limit: TokenizerConfiguration.fileLimit), path: jsonPath)
      (tokens, settings, source) = (json.tokens, json.settings, jsonPath)
      try configuration.check(against: settings)
      if configuration.takesJSONAsItIs { try json.checkFrame() }
      try configuration.checkTruncation((jsonPath, json.truncationSide))
      if fileExists(vocabularyPath) {
        let pieces = tokens.dropLast(settings.addedVocabularySize)
        try Self.check(
          try Self.readVocabulary(vocabularyPath).tokens, vocabularyPath, equals: pieces)
      }
    } else {
      try configuration.checkTruncation()
      guard fileExists(vocabularyPath) else {
        throw FileError(
          .missing, path: folder,
          detail: "holds neither tokenizer.json nor vocab.txt; name a folder with a BERT tokenizer")
      }
      ((tokens, endsBlank), source) = (try Self.readVocabulary(vocabularyPath), vocabularyPath)
      guard configuration.isThere || !Self.hasCapitals(tokens) else {
        throw FileError(
          .missing, path: configuration.path,
          detail: "is needed beside a vocab.txt with capital letters; write "
            + "{\"do_lower_case\": false} for a cased model, {\"do_lower_case\": true} for an "
            + "uncased one")
      }
      settings = try configuration.settings()
    }
    try configuration.checkSplitting()
    let besidesJSON = source == jsonPath
    try configuration.checkCase(besidesJSON: besidesJSON)
    // A blank line at the end is a token for transformers where others are added behind it; where none
    // are, or their ids leave no room for it, it is none.
    let pieces = (settings: settings, tokens: tokens)
    var isDone = false
    if endsBlank {
      tokens.append("")
      let size = tokens.count
      isDone =
        (try? configuration.readTokens(into: &settings, &tokens, besidesJSON: besidesJSON)) != nil
        && tokens.count > size
    }
    if !isDone {
      (settings, tokens) = pieces
      try configuration.readTokens(into: &settings, &tokens, besidesJSON: besidesJSON)
    }
    settings.modelMaxLength = try configuration.modelMaxLength()
    settings.hasSegments = try configuration.hasSegments()
    try self.init(tokens: tokens, settings: settings, source: source)
  }

  /// Whether the vocabulary has a capital letter outside special tokens such as `[CLS]`.
  private static func hasCapitals(_ tokens: [String]) -> Bool {
    tokens.contains { token in
      !(token.hasPrefix("[") && token.hasSuffix("]"))
        && token.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
  }

  /// One token a line, its id the number of the line from 0; blank lines at the end are none, and told of.
  private static func readVocabulary(_ path: String) throws -> (tokens: [String], endsBlank: Bool) {
    let reader = try LineReader(path, lineLimit: 1 << 16)
    var tokens: [String] = []
    while let (_, text) = try reader.next() { tokens.append(text) }
    let endsBlank = tokens.last?.isEmpty == true
    while tokens.last?.isEmpty == true { tokens.removeLast() }
    return (tokens, endsBlank)
  }

  /// An id that `tokenizer.json` gives to no token may have any line.
  private static func check(
    _ tokens: [String], _ path: String, equals expected: ArraySlice<String>
  ) throws {
    for (index, (token, wanted)) in zip(tokens, expected).enumerated()
    where !wanted.isEmpty && !token.utf8.elementsEqual(wanted.utf8) {
      throw TextError(
        path, line: index + 1,
        "is '\(printable(token))', tokenizer.json says '\(printable(wanted))'; "
          + "remove the file that is not the model's")
    }
    guard tokens.count == (expected.lastIndex { !$0.isEmpty } ?? -1) + 1 else {
      throw TextError(
        path,
        "has \(tokens.count) tokens, tokenizer.json has \(expected.count); "
          + "remove the file that is not the model's")
    }
  }
}
