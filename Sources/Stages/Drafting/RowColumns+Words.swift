internal import Files
internal import Text

extension RowColumns {
  /// Refuses a table that has a word and its tag in each row: no row of it is a text of its own.
  ///
  /// - Throws: `TextError` naming the two columns that say so.
  func refuseWords() throws {
    let lower = glimpse.columns.map { $0.lowercased() }
    let besides = ["tag", "ner_tag", "ner", "pos", "sentence #", "sentence_id", "sent_id"]
    guard hints.textColumn == nil, hints.columns.isEmpty,
      let word = lower.firstIndex(where: { (["word", "token"] + UsualColumns.words).contains($0) }),
      let other = lower.firstIndex(where: besides.contains),
      glimpse.values(of: word).allSatisfy({ $0.string?.contains(" ") == false })
    else { return }
    throw TextError(
      "\(glimpse.path):1",
      "has a word in each row, by its columns \(shown(word)) and \(shown(other)); write it as .conll, a line for "
        + "each word with its tag and a blank line between sentences, or name the text with --text-column"
    )
  }
}
