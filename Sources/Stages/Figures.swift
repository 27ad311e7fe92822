import Foundation

extension Double {
  /// `0.8591` as `85.9 %`.
  var percent: String { String(format: "%.1f %%", self * 100) }
}

extension Int {
  /// `1234567` as `1,234,567`.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }
}
