extension ComputeContext {
  /// c = scale * op(a) op(b), plus c if `accumulating`, in fp32.
  ///
  /// - Parameters:
  ///   - a: `[M, K]`, or `[K, M]` if transposed.
  ///   - b: `[K, N]`, or `[N, K]` if transposed.
  ///   - c: `[M, N]`; must not overlap `a` or `b`.
  ///   - transposingA: whether op(a) is the transpose.
  ///   - transposingB: whether op(b) is the transpose.
  ///   - scale: a factor of the product.
  ///   - accumulating: whether the product is added to `c` or replaces it.
  public func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, transposingA: Bool = false,
    transposingB: Bool = false, scale: Float = 1, accumulating: Bool = false
  ) {
    let depth = transposingA ? a.rows : a.columns
    precondition(
      (transposingA ? a.columns : a.rows) == c.rows
        && (transposingB ? b.rows : b.columns) == c.columns
        && (transposingB ? b.columns : b.rows) == depth,
      "product of \(a.rows) x \(a.columns) and \(b.rows) x \(b.columns)"
        + " into \(c.rows) x \(c.columns)")
    noteProduct(
      rows: c.rows, columns: c.columns, depth: depth, transposingA: transposingA,
      transposingB: transposingB)
    forEachTile(Tiling(rows: c.rows, columns: c.columns)) { rows, columns, _ in
      let shape = ProductShape(
        rows: rows.count, depth: depth, columns: columns.count, leftStride: a.stride,
        transposesLeft: transposingA, rightStride: b.stride, transposesRight: transposingB,
        resultStride: c.stride, precision: .fp32, isAccumulating: accumulating)
      unsafe openBLAS.multiply(
        shape, scale: scale, a.base + rows.lowerBound * (transposingA ? 1 : a.stride),
        b.base + columns.lowerBound * (transposingB ? b.stride : 1),
        into: c.row(rows.lowerBound) + columns.lowerBound)
    }
  }
}
