import Compute
import Stages

/// Checks what every benchmark is asked for.
enum BenchmarkLimits {
  /// Refuses a number out of its range.
  ///
  /// - Throws: `StageError` naming the option.
  static func check(_ option: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw StageError.usage(
        option, "\(value) is out of range",
        cure: "give a number from \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// A context of so many threads, all cores if `nil`, and the precision that a name means here.
  ///
  /// - Throws: `StageError` naming the option, `MemoryShortage` where products find no room.
  static func context(threads: Int?, precision: String) throws -> ComputeContext {
    if let threads { try check("--threads", threads, 1...1024) }
    guard precision == "auto" || Precision(rawValue: precision) != nil else {
      throw StageError.usage(
        "--precision", "'\(precision)' is no precision", cure: "take auto, fp32 or bf16")
    }
    try ComputeContext.requireRoom(threads: threads)
    return ComputeContext(
      threads: threads, precision: try PrecisionField.resolve(precision).precision)
  }
}
