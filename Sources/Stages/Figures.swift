import Foundation

extension Double {
  /// `0.8591` as `85.9 %`.
  var percent: String { String(format: "%.1f %%", self * 100) }
}
