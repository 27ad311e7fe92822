/// Decimal numbers as tables write them: `.9`, `1.`, `+2` and `1e-3` too.
public enum DecimalNumber {
  /// The digits of a field that holds one, without the white space around it; nil for anything else.
  public static func digits(of text: String) -> Substring? {
    let form = /\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*/
    return text.wholeMatch(of: form)?.1
  }

  /// The number; nil for what is none, or not finite.
  static func value(of text: String) -> Double? {
    guard let number = digits(of: text).flatMap({ Double($0) }), number.isFinite else { return nil }
    return number
  }
}
