internal import Files
internal import Text

extension RowColumns {
  /// Refuses a table that has a word and its tag in each row: no row of it is a text of its own.
  ///
  /// - Throws: `TextError` naming the two columns that say so.
  static func refuseWords(_ glimpse: RowGlimpse, _ hints: RowsHints) throws {
    let lower = glimpse.columns.map { $0.lowercased() }
    let besides = ["tag", "ner_tag", "ner", "pos", "sentence #", "sentence_id", "sent_id"]
    guard hints.textColumn == nil, hints.columns.isEmpty,
      let word = lower.firstIndex(where: { ["word", "words", "token", "tokens"].contains($0) }),
      let other = lower.firstIndex(where: besides.contains),
      glimpse.values(of: word).allSatisfy({ $0.string?.contains(" ") == false })
    else { return }
    let (wordName, otherName) = (shown(glimpse, word), shown(glimpse, other))
    throw TextError(
      "\(glimpse.path):1",
      "has a word in each row, by its columns \(wordName) and \(otherName); write it as .conll, a line for "
        + "each word with its tag and a blank line between sentences, or name the text with --text-column"
    )
  }

  private static func shown(_ glimpse: RowGlimpse, _ column: Int) -> String {
    "'\(printable(String(glimpse.columns[column].prefix(60))))'"
  }
}
