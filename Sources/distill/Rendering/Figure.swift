import Artifacts
import Foundation

/// Numbers as people read them.
enum Figure {
  /// `0.8591`, `12.3`, `14,350,248`.
  static func text(_ value: Double) -> String {
    if !value.isFinite { return "-" }
    if value == value.rounded(), abs(value) < 1e15 {
      return abs(value) < 10_000 ? String(Int(value)) : grouped(Int(value))
    }
    if abs(value) < 1e-3 { return String(format: "%.2e", value) }
    return abs(value) < 10 ? String(format: "%.4f", value) : String(format: "%.1f", value)
  }

  /// `1 stage`, `2 stages`.
  static func stages(_ count: Int) -> String { count == 1 ? "1 stage" : "\(count) stages" }

  /// `0.8591` as `85.9 %`.
  static func percent(_ share: Double) -> String {
    share.isFinite ? String(format: "%.1f %%", share * 100) : "-"
  }

  /// `0.0712` as `+7.1`.
  static func points(_ difference: Double) -> String {
    difference.isFinite ? String(format: "%+.1f", difference * 100) : "-"
  }

  /// `0.0712` as `+0.071`.
  static func difference(_ difference: Double) -> String {
    difference.isFinite ? String(format: "%+.3f", difference) : "-"
  }

  /// `6.93` as `6.9`.
  static func oneDecimal(_ value: Double) -> String {
    value.isFinite ? String(format: "%.1f", value) : "-"
  }

  /// `12 s`, `3 min 05 s`, `2 h 10 min`.
  static func duration(_ seconds: Double) -> String { seconds.duration }

  /// `14,350,248`.
  static func grouped(_ value: Int) -> String { value.grouped }
}
