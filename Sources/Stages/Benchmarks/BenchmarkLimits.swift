import Compute

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
  /// - Throws: `StageError` naming the option.
  static func context(threads: Int?, precision: String) throws -> ComputeContext {
    if let threads { try check("--threads", threads, 1...1024) }
    guard ["auto", "fp32"].contains(precision) else {
      throw StageError.usage(
        "--precision", "'\(precision)' is not a precision of this build", cure: "take auto or fp32")
    }
    return ComputeContext(threads: threads)
  }
}

extension ComputeContext {
  /// The name of the precision that products are computed in.
  var precisionName: String { "fp32" }
}
