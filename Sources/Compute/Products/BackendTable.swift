/// Which library computes which fp32 product of a layer, from measurements by `Tests/Benchmarks`.
///
/// bf16 products are oneDNN's alone. In fp32 a choice by timing at run time would change bits from
/// run to run, so it is a table, by processor and purpose. Forward and for the gradient of the input
/// it names only who keeps this: **a row's result does not depend on which other rows are in its
/// product**, however few. oneDNN does with AVX-512; see ``OwnBackend`` for the rest.
enum BackendTable {
  /// Layers with fewer outputs or inputs than this are not oneDNN's, nor sums over fewer rows.
  static let leastSize = 16
  /// With AVX2 oneDNN computes gradients of weights whose shorter side is below this.
  static let shortSide = 384

  /// The library for an fp32 product.
  ///
  /// `distill bench products --threads 1` on a Zen 4 core (AVX-512), 2048 rows, GFLOP/s of OpenBLAS
  /// 0.3.21 and of oneDNN 2.6.3, forward, input and weight gradient: 768 -> 3072 96 / 106, 100 / 110,
  /// 100 / 105; 3072 -> 768 94 / 110, 98 / 112, 95 / 101; 312 -> 312 97 / 106, 99 / 109, 100 / 111;
  /// 312 -> 1200 102 / 112, 98 / 109, 96 / 105; 1200 -> 312 98 / 108, 103 / 111, 95 / 111.
  ///
  /// Weight gradients with AVX2, OpenBLAS and oneDNN: on Zen 3 (2 threads, 4096 rows) 312 -> 1200
  /// 144 / 170; on a Xeon that was told to have AVX2 only (GFLOP/s of a thread's own time, 2048 rows)
  /// 312 -> 312 67 / 71, 312 -> 1200 64 / 71, 1200 -> 312 68 / 66, 384 -> 1536 65 / 55, 768 -> 768
  /// 72 / 65, 3072 -> 768 70 / 50.
  static func library(
    for purpose: ProductPurpose, rows: Int, depth: Int, columns: Int, hasAVX512: Bool,
    hasOneDNN: Bool
  ) -> ProductLibrary {
    switch purpose {
    // Whatever the number of rows.
    case .forward, .inputGradient:
      return hasOneDNN && hasAVX512 && min(depth, columns) >= leastSize ? .oneDNN : .own
    case .weightGradient:
      let isFast = hasAVX512 || min(rows, columns) < shortSide
      return hasOneDNN && isFast && min(rows, depth, columns) >= leastSize ? .oneDNN : .openBLAS
    }
  }
}

extension ComputeContext {
  /// The library for a product: `rows` x `depth` by `depth` x `columns`.
  func backend(
    for purpose: ProductPurpose, rows: Int, depth: Int, columns: Int, precision: Precision
  ) -> any ProductBackend {
    let chosen =
      precision == .bf16
      ? .oneDNN
      : library
        ?? BackendTable.library(
          for: purpose, rows: rows, depth: depth, columns: columns,
          hasAVX512: ComputeContext.hasAVX512, hasOneDNN: oneDNN != nil)
    switch chosen {
    case .own where purpose != .weightGradient: return own
    case .own, .openBLAS: return openBLAS
    case .oneDNN:
      guard let oneDNN else { preconditionFailure("a product by oneDNN, which is not there") }
      return oneDNN
    }
  }
}
