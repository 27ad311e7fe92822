/// The first column of a sentence's lines, where it numbers the words as CoNLL-U does: 1, 2, 3 and so on, between
/// them ranges (`1-2`: a token that is written as one and is several words) and decimals (`3.1`: an empty
/// node), which by Universal Dependencies' definition are no words.
struct WordNumbering {
  /// How many words are numbered; 0 where the column is something else.
  let words: Int

  /// Looks at the fields of the column, in order.
  init(_ fields: some Sequence<String>) {
    var words = 0
    for field in fields where !Self.isOfNoWord(field) {
      words += 1
      guard field == "\(words)" else {
        self.words = 0
        return
      }
    }
    self.words = words
  }

  /// Whether a field is a range or a decimal.
  static func isOfNoWord(_ field: String) -> Bool {
    let parts = field.utf8.split(omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
    return parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      }
  }
}
