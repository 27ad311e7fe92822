import Foundation

extension Double {
  /// `0.8591` as `85.9 %`.
  package var percent: String { String(format: "%.1f %%", self * 100) }
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
