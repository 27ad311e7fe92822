/// The first column of a sentence's lines, where it numbers the words as CoNLL-U does: 1, 2, 3 and so on, between
/// them ranges (`1-2`: a token that is written as one and is several words) and decimals (`3.1`: an empty
/// node), which by Universal Dependencies' definition are no words.
struct WordNumbering {
  /// How many words have a number.
  private(set) var words = 0
  /// Whether there are numbers, ranges and decimals alone.
  private(set) var isOfNumbers = true
  /// Whether the numbers are 1, 2, 3 and so on, of two words or more.
  var isPlain: Bool { isOfNumbers && isInOrder && words > 1 }
  /// Whether they begin again with 1, as if a blank line were missing.
  private(set) var restarts = false
  private var isInOrder = true

  /// Looks at the fields of the column, in order.
  init(_ fields: some Sequence<String>) {
    for field in fields where !Self.isOfNoWord(field) {
      guard Self.isNumber(field.utf8[...]) else {
        isOfNumbers = false
        return
      }
      words += 1
      isInOrder = isInOrder && field == "\(words)"
      restarts = restarts || words > 1 && field == "1"
    }
  }

  /// Whether a field is a range or a decimal.
  static func isOfNoWord(_ field: String) -> Bool {
    let parts = field.utf8.split(omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
    }
    return parts.count == 2 && parts.allSatisfy(isNumber)
  }

  private static func isNumber(_ text: Substring.UTF8View) -> Bool {
    !text.isEmpty && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
