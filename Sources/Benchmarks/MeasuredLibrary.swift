import Compute
import Stages

/// A library that computes products, with a context that goes through it alone.
struct MeasuredLibrary {
  /// Its name.
  let name: String
  /// Where its products are computed.
  let context: ComputeContext

  /// Every library there is for a precision.
  ///
  /// - Throws: `StageError` on a precision that is not to be had.
  static func all(threads: Int?, precision: String) throws -> [MeasuredLibrary] {
    let context = try BenchmarkLimits.context(threads: threads, precision: precision)
    return ProductLibrary.allCases.filter { $0.precisions.contains(context.precision) }.map {
      MeasuredLibrary(
        name: $0.rawValue,
        context: ComputeContext(
          threads: context.threads, precision: context.precision, library: $0))
    }
  }
}
