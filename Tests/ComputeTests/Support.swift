import Compute
import TestSupport

/// Lengths around the vector width, the panel width and the tile size.
let awkwardSizes = [1, 3, 16, 17, 64, 65]

extension Matrix {
  /// A matrix of arbitrary numbers in -scale..<scale, as a view with gaps between its rows if
  /// `strided`; the gaps hold NaN, which no function may read into a result.
  init(_ rows: Int, _ columns: Int, _ seed: UInt64, scale: Double = 1, strided: Bool = false) {
    var numbers = ArbitraryNumbers(seed)
    let wide = Matrix(rows: rows, columns: strided ? columns + 5 : columns)
    wide.fill(.nan)
    self = wide.columns(strided ? 2..<columns + 2 : 0..<columns)
    assign(numbers.floats(rows * columns, scale: scale))
  }

  /// The elements in double precision.
  var reference: Reference { Reference(rows: rows, columns: columns, values()) }

  /// Of queries, keys and values side by side, the queries.
  var queries: Matrix { columns(0..<columns / 3) }

  /// The keys and values.
  var keysValues: Matrix { columns(columns / 3..<columns) }

  /// A copy of its own.
  var copy: Matrix { Matrix(rows: rows, columns: columns, values: values()) }
}

/// Runs `body` at 1, 2 and 4 threads and tells whether the bits of what it returns are the same.
func isSameAtAnyThreadCount(_ body: (ComputeContext) -> [Float]) -> Bool {
  let results = [1, 2, 4].map { body(ComputeContext(threads: $0)).map(\.bitPattern) }
  return results.allSatisfy { $0 == results[0] }
}
