extension Augmenter {
  /// The words of rows that the contextual source may be asked about, those that are there most often
  /// first, with how often; equally many by their letters.
  ///
  /// - Parameter rows: The rows.
  /// - Returns: Words in small letters.
  public func frequencies(in rows: ArraySlice<AugmentationRow>) -> [(word: String, count: Int)] {
    var counts: [String: Int] = [:]
    for row in rows {
      let sides =
        [(row.first, row.rewritingFirst)] + (row.second.map { [($0, row.rewritingSecond)] } ?? [])
      for side in sides {
        guard let text = rewritable(side.0, side.1) else { continue }
        for word in text.eligible where isContextual(word, of: text.sentence) {
          counts[text.sentence.words[word].lowercased(), default: 0] += 1
        }
      }
    }
    return counts.sorted { $0.value > $1.value || $0.value == $1.value && $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }
}
