internal import Files

/// A list of names that a table holds in one cell: as JSON writes it, `["a", "b"]`, or as Python shows a
/// list of strings, `['a', 'b']`, or numpy an array, `['a' 'b']` or `[0 2]`, which is what pandas and
/// `datasets` put there.
enum WrittenList {
  /// The names of a list; nil for what is none.
  static func names(in text: String) -> [String]? {
    let text = trimmed(text)
    guard text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") else {
      return nil
    }
    if let list = (try? StrictJSON.parse(Array(text.utf8), path: "cell"))?.array {
      let names = list.compactMap(ObjectRows.scalar)
      return names.count == list.count ? names : nil
    }
    return python(text) ?? numbers(text)
  }

  /// Numbers between spaces; nil for anything else.
  private static func numbers(_ text: String) -> [String]? {
    let words = text.dropFirst().dropLast().split(whereSeparator: \.isWhitespace)
    guard !words.isEmpty, words.allSatisfy({ DecimalNumber.digits(of: String($0)) != nil }) else {
      return nil
    }
    // A whole number among fractions is `1.` there.
    return words.map { String($0.hasSuffix(".") ? $0.dropLast() : $0) }
  }

  /// Whether a text begins as a list or a set of strings does.
  static func isPart(_ text: String) -> Bool {
    let start = trimmed(text).filter { !$0.isWhitespace }.prefix(2)
    return ["['", "[\"", "('", "(\"", "{'", "{\"", "[["].contains(String(start))
  }

  /// Whether a label has the one bracket of a list and lacks the other.
  static func isHalf(_ label: String) -> Bool {
    label.hasPrefix("[") && !label.contains("]") || label.hasSuffix("]") && !label.contains("[")
  }

  /// A text without white space around it.
  static func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// Strings in single or double quotation marks between commas or spaces; nil for anything else, escapes
  /// other than of marks and backslashes included.
  private static func python(_ text: String) -> [String]? {
    var rest = text.unicodeScalars.dropFirst().dropLast()
    var names: [String] = []
    while true {
      rest = rest.drop { $0.properties.isWhitespace }
      guard let mark = rest.popFirst(), mark == "'" || mark == "\"" else { return nil }
      var name = String.UnicodeScalarView()
      var isClosed = false
      while !isClosed, let scalar = rest.popFirst() {
        switch scalar {
        case mark: isClosed = true
        case "\\":
          guard let escaped = rest.popFirst(), ["'", "\"", "\\"].contains(escaped) else {
            return nil
          }
          name.append(escaped)
        default: name.append(scalar)
        }
      }
      guard isClosed else { return nil }
      names.append(String(name))
      let isParted = rest.first?.properties.isWhitespace == true
      rest = rest.drop { $0.properties.isWhitespace }
      guard let next = rest.first else { return names }
      guard next == "," || isParted && (next == "'" || next == "\"") else { return nil }
      if next == "," { rest = rest.dropFirst() }
    }
  }
}
