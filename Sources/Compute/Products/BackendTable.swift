/// Which library computes which fp32 product, from measurements by `Tests/Benchmarks`.
///
/// bf16 products are oneDNN's alone. In fp32 a choice by timing at run time would change bits from
/// run to run, so it is a table, by processor and purpose.
enum BackendTable {
  /// Layers with fewer outputs or inputs than this are OpenBLAS's, and so are sums over fewer rows.
  static let leastSize = 16

  /// Whether oneDNN is to compute an fp32 product of this kind.
  ///
  /// `distill bench products --threads 1` on a Zen 4 core (AVX-512), 2048 rows, GFLOP/s of OpenBLAS
  /// 0.3.21 and of oneDNN 2.6.3, forward, input and weight gradient: 768 -> 3072 96 / 106, 100 / 110,
  /// 100 / 105; 3072 -> 768 94 / 110, 98 / 112, 95 / 101; 312 -> 312 97 / 106, 99 / 109, 100 / 111;
  /// 312 -> 1200 102 / 112, 98 / 109, 96 / 105; 1200 -> 312 98 / 108, 103 / 111, 95 / 111. Elsewhere
  /// OpenBLAS is kept until it is measured.
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
