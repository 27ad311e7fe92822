import Foundation

extension Double {
  /// `0.8591` as `85.9 %`.
  package var percent: String { String(format: "%.1f %%", self * 100) }
}

extension Double {
  /// Seconds as `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
  package var duration: String {
    guard (0..<1e15).contains(self), let whole = Int(exactly: rounded()) else { return "-" }
    if self < 10 { return String(format: "%.1f s", self) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min " + String(format: "%02d s", whole % 60) }
    return "\(whole / 3600) h " + String(format: "%02d min", whole % 3600 / 60)
  }
}

extension Int {
  /// A number of bytes, as `1.9 GB` (thousands, as disks are sold).
  package var byteSize: String {
    switch self {
    case ..<1_000: "\(self) bytes"
    case ..<1_000_000: String(format: "%.1f kB", Double(self) / 1e3)
    case ..<1_000_000_000: String(format: "%.1f MB", Double(self) / 1e6)
    default: String(format: "%.1f GB", Double(self) / 1e9)
    }
  }

  /// `1234567` as `1,234,567`.
  package var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}
