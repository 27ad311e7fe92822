internal import Files

extension TokenizerSettings {
  /// The settings with their added tokens complete and in the order of their ids.
  ///
  /// `special` are the five special tokens with their ids.
  ///
  /// - Returns: The settings, `addedTokens` never empty.
  /// - Throws: `TextError` where a value makes no sense for the vocabulary.
  func validated(
    _ vocabulary: Vocabulary, special: [AddedToken], source: String
  ) throws -> TokenizerSettings {
    let limit = model.maxInputCharsPerWord
    guard limit > 0 else {
      throw TextError(source, "max_input_chars_per_word is \(limit); it must be > 0")
    }
    if let modelMaxLength, modelMaxLength < 3 {
      throw TextError(source, "model_max_length is \(modelMaxLength); it must be at least 3")
    }
    guard (0..<vocabulary.count).contains(addedVocabularySize) else {
      throw TextError(
        source,
        "added_vocabulary_size is \(addedVocabularySize) of \(vocabulary.count) tokens; it must "
          + "leave some for the pieces")
    }
    for token in addedTokens {
      let id = vocabulary.identifier(of: token.content)
      guard id == token.id else {
        throw TextError(
          source,
          "the added token '\(printable(token.content))' has the id \(token.id), the vocabulary "
            + "says \(id.map { "\($0)" } ?? "none"); make the two agree")
      }
    }
    var result = self
    let known = Set(addedTokens.map(\.id))
    guard known.count == addedTokens.count else {
      throw TextError(source, "an added token is listed twice; remove one of the two")
    }
    var missing = special.filter { !known.contains($0.id) }
    // Two roles may share a token.
    missing = missing.enumerated().filter { index, token in
      missing.firstIndex { $0.id == token.id } == index
    }.map(\.element)
    result.addedTokens = (addedTokens + missing).sorted { $0.id < $1.id }
    return result
  }
}
