internal import Artifacts
internal import Foundation

/// Numbers as a page shows them: with a real minus, and a narrow space before a unit.
enum Quantity {
  private static let space = "\u{202F}"

  /// What stands where there is no number.
  static let nothing = "–"

  /// `0.8591`, `12.3`, `14,350,248`.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : signed("\(value)") }
    if value == value.rounded(), let whole = Int(exactly: value) {
      return abs(value) < 10_000 ? signed("\(whole)") : count(value)
    }
    if abs(value) < 1e-3 { return signed(String(format: "%.2e", value)) }
    return signed(String(format: abs(value) < 10 ? "%.4f" : "%.1f", value))
  }

  /// A metric: a share in percent, any other to three places.
  static func score(_ value: Double, isShare: Bool) -> String {
    guard value.isFinite else { return number(value) }
    return isShare ? percent(value) : signed(String(format: "%.3f", value))
  }

  /// `0.8591` as `85.9 %`.
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return nothing }
    return signed(String(format: "%.1f", share * 100)) + space + "%"
  }

  /// A difference of two metrics: `+7.1` points, `+0.071`.
  static func difference(_ value: Double, isShare: Bool) -> String {
    guard value.isFinite else { return nothing }
    return signed(String(format: isShare ? "%+.1f" : "%+.3f", isShare ? value * 100 : value))
  }

  /// The end of an interval, without a unit: `81.7`, `0.458`.
  static func bound(_ value: Double, isShare: Bool) -> String {
    guard value.isFinite else { return nothing }
    return signed(String(format: isShare ? "%.1f" : "%.3f", isShare ? value * 100 : value))
  }

  /// `6.93` as `6.9`.
  static func oneDecimal(_ value: Double) -> String {
    value.isFinite ? signed(String(format: "%.1f", value)) : nothing
  }

  /// `14,350,248`; of what is no whole number the nearest.
  static func count(_ value: Double) -> String {
    guard let whole = Int(exactly: value.rounded()) else { return nothing }
    return signed(whole.grouped)
  }

  /// `13.2 M` for 13,208,690.
  static func millions(_ value: Double) -> String {
    guard value.isFinite else { return nothing }
    let millions = value / 1e6
    return String(format: millions < 10 ? "%.2f" : "%.1f", millions) + space + "M"
  }

  /// `8.31 ms`.
  static func milliseconds(_ value: Double) -> String {
    guard value.isFinite else { return nothing }
    return String(format: value < 10 ? "%.2f" : "%.1f", value) + space + "ms"
  }

  /// `2.8 ×`.
  static func times(_ ratio: Double) -> String {
    guard ratio.isFinite else { return nothing }
    return String(format: ratio < 10 ? "%.1f" : "%.0f", ratio) + space + "×"
  }

  /// As a terminal takes it, with spaces at which no line breaks.
  static func duration(_ seconds: Double) -> String {
    seconds.duration.replacing(" ", with: "\u{A0}")
  }

  /// A number at an axis.
  static func tick(_ value: Double) -> String {
    if abs(value) >= 10_000, abs(value) < 1e9, value == value.rounded() { return count(value) }
    return signed(String(format: "%g", value))
  }

  /// `2026-11-28T16:40:37Z` as `2026-11-28 16:40 UTC`; any other text as it is.
  static func moment(_ time: String) -> String {
    let letters = Array(time)
    guard letters.count == 20, letters[10] == "T", letters[19] == "Z" else { return time }
    return String(letters[..<10]) + " " + String(letters[11..<16]) + " UTC"
  }

  private static func signed(_ text: String) -> String { text.replacing("-", with: "\u{2212}") }
}
