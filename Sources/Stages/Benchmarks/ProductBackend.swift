import Compute

/// A library that computes products, with a context that goes through it alone.
struct ProductBackend {
  /// Its name and version.
  let name: String
  /// Where its products are computed.
  let context: ComputeContext

  /// Every library there is for a precision.
  ///
  /// - Throws: `StageError` on a precision that is not to be had.
  static func all(threads: Int?, precision: String) throws -> [ProductBackend] {
    let context = try BenchmarkLimits.context(threads: threads, precision: precision)
    return [ProductBackend(name: ComputeContext.backend, context: context)]
  }
}
