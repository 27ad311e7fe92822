/// Spans of time and amounts of memory as people write them.
public enum WrittenAmount {
  /// Reads `90s`, `30m`, `12h`, `30d`, `4w`.
  ///
  /// - Returns: Seconds; nil where it is none of these.
  public static func seconds(_ text: String) -> Double? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
    guard let last = text.last, let factor = units[last], let number = Double(text.dropLast()),
      (0...1e11).contains(number * factor)
    else { return nil }
    return number * factor
  }

  /// Reads `500MB`, `10GB`, `1.5TiB`, and bytes without a unit.
  ///
  /// - Returns: Bytes; nil where it is none of these.
  public static func bytes(_ text: String) -> Int? {
    let folded = text.lowercased()
    let units: [(name: String, bytes: Double)] = [
      ("kib", 1_024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
      ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1), ("", 1),
    ]
    for unit in units where folded.hasSuffix(unit.name) {
      let digits = folded.dropLast(unit.name.count).filter { $0 != " " }
      guard let number = Double(digits), (0...1e18).contains(number * unit.bytes) else {
        return nil
      }
      return Int(exactly: (number * unit.bytes).rounded())
    }
    return nil
  }
}
