/// Which library computes which fp32 product, from measurements by `Tests/Benchmarks`.
///
/// bf16 products are oneDNN's alone. In fp32 a choice by timing at run time would change bits from
/// run to run, so it is a table, by processor and purpose.
enum BackendTable {
  /// Layers with fewer outputs or inputs than this are OpenBLAS's, and so are sums over fewer rows.
  static let leastSize = 16

  /// Whether oneDNN is to compute an fp32 product of this kind.
  ///
  /// Measured on one Zen 4 core (AVX-512) with 256 rows a call, GFLOP/s of OpenBLAS 0.3.21 and of
  /// oneDNN 2.6.3 with packed weights: 768 x 3072 99 / 105, 3072 x 768 99 / 113, 312 x 312 88 / 110,
  /// 312 x 1200 92 / 112, 1200 x 312 92 / 108; weight gradients over 2048 rows 312 x 312 86 / 107,
  /// 1200 x 312 88 / 103, 3072 x 768 98 / 107. Elsewhere OpenBLAS is kept until it is measured.
  static func prefersOneDNN(
    _ purpose: ProductPurpose, rows: Int, depth: Int, columns: Int, hasAVX512: Bool
  ) -> Bool {
    guard hasAVX512 else { return false }
    switch purpose {
    // Whatever the number of rows: a row's result then does not depend on what else is in the batch.
    case .forward, .inputGradient: return depth >= leastSize && columns >= leastSize
    case .weightGradient: return min(rows, depth, columns) >= leastSize
    }
  }
}

extension ComputeContext {
  /// The library for a product: `rows` x `depth` by `depth` x `columns`.
  func backend(
    for purpose: ProductPurpose, rows: Int, depth: Int, columns: Int, precision: Precision
  ) -> any ProductBackend {
    guard let oneDNN else {
      precondition(precision == .fp32, "bf16 operands without a library that multiplies them")
      return openBLAS
    }
    let prefersOneDNN =
      library == .oneDNN
      || BackendTable.prefersOneDNN(
        purpose, rows: rows, depth: depth, columns: columns,
        hasAVX512: ComputeContext.hasAVX512)
    return precision == .bf16 || prefersOneDNN ? oneDNN : openBLAS
  }
}
