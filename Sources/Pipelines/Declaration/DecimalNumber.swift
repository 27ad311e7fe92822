/// Numbers as people write them in a pipeline file and on the command line.
enum DecimalNumber {
  /// A finite decimal number: digits with an optional fraction and exponent.
  ///
  /// No hexadecimal, no `.nan`, no `inf`, no separators.
  static func real(_ text: String) -> Double? {
    let characters = Array(text.utf8)
    var position = 0
    func digits() -> Int {
      let start = position
      while position < characters.count, (48...57).contains(characters[position]) { position += 1 }
      return position - start
    }
    func skip(_ letters: [Character]) -> Bool {
      guard position < characters.count,
        letters.contains(Character(UnicodeScalar(characters[position])))
      else { return false }
      position += 1
      return true
    }
    _ = skip(["+", "-"])
    var count = digits()
    if skip(["."]) { count += digits() }
    guard count > 0 else { return nil }
    if skip(["e", "E"]) {
      _ = skip(["+", "-"])
      guard digits() > 0 else { return nil }
    }
    guard position == characters.count, let value = Double(text), value.isFinite else { return nil }
    return value
  }

  /// Whether it is written in digits alone with a needless zero before them, such as `0100`: to readers of
  /// YAML 1.1 that is octal, another number.
  static func hasLeadingZero(_ text: String) -> Bool {
    let digits = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
    return digits.count > 1 && digits.first == UInt8(ascii: "0")
      && digits.allSatisfy { (48...57).contains($0) }
  }

  /// A decimal whole number; `1e3` is one, `1.5` is not.
  static func integer(_ text: String) -> Int? {
    if let value = Int(text) { return value }
    guard text.contains(where: { $0 == "e" || $0 == "E" }), let value = real(text) else {
      return nil
    }
    // Beyond 2^53 the exponent form does not name one integer.
    guard abs(value) <= 9_007_199_254_740_992 else { return nil }
    return Int(exactly: value)
  }
}
