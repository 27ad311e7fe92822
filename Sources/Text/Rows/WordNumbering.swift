/// The first column of a sentence's lines, where it numbers the words as CoNLL-U does: 1, 2, 3 and so on, between
/// them ranges (`1-2`, before word 1: a token that is written as one and is several words) and decimals (`3.1`,
/// after word 3: an empty node), which by Universal Dependencies' definition are no words.
struct WordNumbering {
  /// How many words have a number.
  private(set) var words = 0
  /// Whether there are numbers alone, and ranges and decimals in their places among them.
  private(set) var isOfNumbers = true
  /// Whether the numbers are 1, 2, 3 and so on, of two words or more.
  var isPlain: Bool { isOfNumbers && isInOrder && words > 1 }
  /// Whether they begin again with 1, as if a blank line were missing.
  private(set) var restarts = false
  private var isInOrder = true

  /// Looks at the fields of the column, in order.
  init(_ fields: some Sequence<String>) {
    var last = "0"
    // The word that a range announces.
    var awaited: Substring?
    for field in fields {
      if let (first, second) = Self.range(field) {
        guard second > first else {
          isOfNumbers = false
          return
        }
        awaited = field.prefix { $0 != "-" }
      } else if let owner = Self.decimal(field) {
        guard owner == last else {
          isOfNumbers = false
          return
        }
      } else {
        guard Self.isNumber(field.utf8[...]), awaited.map({ $0 == field }) ?? true else {
          isOfNumbers = false
          return
        }
        awaited = nil
        words += 1
        isInOrder = isInOrder && field == "\(words)"
        restarts = restarts || field == "1" && !["0", "1"].contains(last)
        last = field
      }
    }
  }

  /// Whether a field is a range or a decimal.
  static func isOfNoWord(_ field: String) -> Bool {
    range(field) != nil || decimal(field) != nil
  }

  /// The ends of a range.
  private static func range(_ field: String) -> (Int, Int)? {
    numbers(field, apart: UInt8(ascii: "-")).flatMap { first, second in
      guard let first = Int(first), let second = Int(second) else { return nil }
      return (first, second)
    }
  }

  /// The word after which an empty node stands.
  private static func decimal(_ field: String) -> String? {
    numbers(field, apart: UInt8(ascii: "."))?.0
  }

  private static func numbers(_ field: String, apart mark: UInt8) -> (String, String)? {
    let parts = field.utf8.split(separator: mark, omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isNumber), let first = parts.first,
      let last = parts.last
    else { return nil }
    return (String(Substring(first)), String(Substring(last)))
  }

  private static func isNumber(_ text: Substring.UTF8View) -> Bool {
    !text.isEmpty && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
