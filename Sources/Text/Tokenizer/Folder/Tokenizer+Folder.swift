internal import Files

extension Tokenizer {
  /// The largest tokenizer file read.
  private static let fileLimit = 64 << 20

  /// Reads the tokenizer of a model folder.
  ///
  /// `tokenizer.json` is the truth where it exists; `vocab.txt` beside it must then agree. Otherwise
  /// `vocab.txt` is read with `tokenizer_config.json`. Without the latter, as in the published
  /// TinyBERT folders, the model reads lower case if its vocabulary knows nothing else; a vocabulary
  /// with capitals is refused, since nobody can tell whether the model was trained on them.
  ///
  /// - Throws: `FileError` if a file is missing or unreadable, `TextError` if it is not the
  ///   tokenizer of a BERT model or two files contradict each other.
  public init(folder: String) throws {
    let configurationPath = "\(folder)/tokenizer_config.json"
    let vocabularyPath = "\(folder)/vocab.txt"
    let jsonPath = "\(folder)/tokenizer.json"
    let configuration =
      fileExists(configurationPath)
      ? try TokenizerConfiguration(
        BoundedReader.bytes(at: configurationPath, limit: Self.fileLimit), path: configurationPath)
      : nil
    if fileExists(jsonPath) {
      let json = try TokenizerJSON(
        BoundedReader.bytes(at: jsonPath, limit: Self.fileLimit), path: jsonPath)
      var settings = json.settings
      try configuration?.check(against: settings)
      try configuration?.readSpecialTokens(into: &settings)
      settings.modelMaxLength = try configuration?.modelMaxLength()
      if fileExists(vocabularyPath) {
        let pieces = json.tokens.dropLast(settings.addedVocabularySize)
        try Self.check(try Self.readVocabulary(vocabularyPath), vocabularyPath, equals: pieces)
      }
      try self.init(tokens: json.tokens, settings: settings, source: jsonPath)
      return
    }
    guard fileExists(vocabularyPath) else {
      throw FileError(
        .missing, path: folder,
        detail: "holds neither tokenizer.json nor vocab.txt; name a folder with a BERT tokenizer")
    }
    var tokens = try Self.readVocabulary(vocabularyPath)
    guard let configuration = try configuration ?? Self.uncasedConfiguration(of: tokens) else {
      throw FileError(
        .missing, path: configurationPath,
        detail: "is needed beside a vocab.txt with capital letters; write "
          + "{\"do_lower_case\": false} for a cased model, {\"do_lower_case\": true} for an uncased one"
      )
    }
    let settings = try configuration.settings(extending: &tokens)
    try self.init(tokens: tokens, settings: settings, source: vocabularyPath)
  }

  /// The configuration of an uncased model, if the vocabulary has no capital letter outside special
  /// tokens such as `[CLS]`.
  private static func uncasedConfiguration(of tokens: [String]) throws -> TokenizerConfiguration? {
    let hasCapitals = tokens.contains { token in
      !(token.hasPrefix("[") && token.hasSuffix("]"))
        && token.utf8.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
    }
    let text = #"{"do_lower_case": true}"#
    return hasCapitals
      ? nil : try TokenizerConfiguration(Array(text.utf8), path: "tokenizer_config.json")
  }

  /// One token a line, its id the number of the line from 0.
  private static func readVocabulary(_ path: String) throws -> [String] {
    let reader = try LineReader(path, lineLimit: 1 << 16)
    var tokens: [String] = []
    while let (_, text) = try reader.next() { tokens.append(text) }
    return tokens
  }

  private static func check(
    _ tokens: [String], _ path: String, equals expected: ArraySlice<String>
  ) throws {
    for (index, (token, wanted)) in zip(tokens, expected).enumerated()
    where !token.utf8.elementsEqual(wanted.utf8) {
      throw TextError(
        path, line: index + 1,
        "is '\(printable(token))', tokenizer.json says '\(printable(wanted))'; "
          + "remove the file that is not the model's")
    }
    guard tokens.count == expected.count else {
      throw TextError(
        path,
        "has \(tokens.count) tokens, tokenizer.json has \(expected.count); "
          + "remove the file that is not the model's")
    }
  }
}
