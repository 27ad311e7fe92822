/// Numbers of a drawing.
enum Coordinate {
  /// A place to a tenth of a unit, in as few letters as that takes.
  static func text(_ value: Double) -> String {
    guard let tenths = Int(exactly: (min(max(value, -1e6), 1e6) * 10).rounded()) else { return "0" }
    let (whole, part) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + "\(whole)" + (part == 0 ? "" : ".\(part)")
  }
}
