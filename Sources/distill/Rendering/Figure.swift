import Artifacts
import Foundation
import Stages

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

  /// A value of a metric: `85.9 %` of one that is a share of a whole, and as `text` has it of any other,
  /// and of what another program has recorded in percent under the same name.
  ///
  /// - Parameters:
  ///   - name: Its name, as `student.test_accuracy`, `best_f1` or `dev_person_f1`.
  ///   - value: Its value.
  /// - Returns: The value in the one notation that its metric has everywhere.
  static func measure(_ name: String, _ value: Double) -> String {
    isShare(name) && abs(value) <= 1 ? percent(value) : text(value)
  }

  /// Whether the metric of a name is a share of a whole.
  static func isShare(_ name: String) -> Bool {
    var metric = name[...]
    if let dot = metric.lastIndex(of: ".") { metric = metric[metric.index(after: dot)...] }
    for prefix in ["teacher_", "best_"] where metric.hasPrefix(prefix) {
      metric = metric.dropFirst(prefix.count)
    }
    // The longer names of splits first.
    let splits = EvaluateStage.splits.map { $0 + "_" }.sorted { $0.count > $1.count }
    let split = splits.first { metric.hasPrefix($0) }
    if let split { metric = metric.dropFirst(split.count) }
    for end in ["_lower", "_upper"] where metric.hasSuffix(end) {
      metric = metric.dropLast(end.count)
    }
    return EvaluateStage.shares.contains(String(metric))
      || split != nil && ["_f1", "_precision", "_recall"].contains { metric.hasSuffix($0) }
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
