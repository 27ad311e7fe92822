internal import CKernels

extension ComputeContext {
  /// Elements of one tile of element-wise work.
  static let blockSize = 16_384

  /// Runs `body(offset, count)` over the elements of matrices of one shape, given the views'
  /// strides: flat blocks if all are contiguous, else row by row.
  func forEachRun(
    _ matrices: [Matrix], _ body: (_ row: Int, _ column: Int, _ count: Int) -> Void
  ) {
    let first = matrices[0]
    for other in matrices.dropFirst() {
      precondition(
        first.hasShape(of: other),
        "shapes differ: \(first.rows) x \(first.columns), \(other.rows) x \(other.columns)")
    }
    if matrices.allSatisfy(\.isContiguous) {
      parallel(first.count, by: Self.blockSize) { body(0, $0.lowerBound, $0.count) }
    } else {
      parallel(first.rows, by: max(1, Self.blockSize / max(1, first.columns))) { rows in
        for row in rows { body(row, 0, first.columns) }
      }
    }
  }

  /// y += scale * x.
  public func add(_ x: Matrix, into y: Matrix, scale: Float = 1) {
    forEachRun([x, y]) { row, column, count in
      unsafe ck_add(count, scale, x.row(row) + column, y.row(row) + column)
    }
  }

  /// x *= factor.
  public func scale(_ x: Matrix, by factor: Float) {
    forEachRun([x]) { row, column, count in
      unsafe ck_scale(count, factor, x.row(row) + column)
    }
  }

  /// y = tanh(x); `y` may be `x`.
  public func tanh(_ x: Matrix, into y: Matrix) {
    forEachRun([x, y]) { row, column, count in
      unsafe ck_tanh(
        count, x.row(row) + column, nil, .nowhere, Operand.fp32(y).target(row, column))
    }
  }

  /// dx = dy (1 - y^2), from the result `y`; `dx` may be `dy`.
  public func tanhBackward(_ dy: Matrix, _ y: Matrix, into dx: Matrix) {
    forEachRun([dy, y, dx]) { row, column, count in
      unsafe ck_tanh_backward(
        count, dy.row(row) + column, Operand.fp32(y).source(row, column),
        Operand.fp32(dx).target(row, column))
    }
  }
}
