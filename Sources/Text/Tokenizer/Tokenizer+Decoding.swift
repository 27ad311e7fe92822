extension Tokenizer {
  /// The words that ids spell, as `basicTokens` cuts them: a piece that begins one opens it, those that continue
  /// it are put behind; special tokens are left out, but the one for what no piece spells.
  ///
  /// - Parameter ids: Ids of the vocabulary.
  /// - Returns: The words in their normal form, in order.
  public func words(of ids: some Sequence<Int32>) -> [String] {
    // A mark that begins a piece is one character with the prefix's end.
    let prefix = settings.model.continuingPrefix.unicodeScalars
    var words: [String] = []
    for id in ids where id == unknownId || !specialIds.contains(id) {
      guard let token = token(id) else { continue }
      if continuesWord(id), !words.isEmpty {
        words[words.count - 1] += String(token.unicodeScalars.dropFirst(prefix.count))
      } else {
        words.append(token)
      }
    }
    return words
  }
}
