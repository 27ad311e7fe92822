internal import CKernels
internal import COpenBLAS

extension ComputeContext {
  /// c = scale * op(a) op(b), plus c if `accumulating`.
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
    forEachTile(rows: c.rows, columns: c.columns) { rows, columns in
      multiplyTile(
        rows, columns, depth: depth, a, transposingA, b, transposingB, into: c, scale: scale,
        accumulating: accumulating)
    }
  }

  /// y = x W^T + b.
  ///
  /// - Parameters:
  ///   - x: `[N, in]`.
  ///   - weight: `[out, in]`.
  ///   - bias: `[1, out]`, or nil.
  ///   - y: `[N, out]`, overwritten.
  public func linear(_ x: Matrix, weight: Matrix, bias: Matrix?, into y: Matrix) {
    precondition(
      x.columns == weight.columns && y.rows == x.rows && y.columns == weight.rows,
      "linear layer \(weight.rows) x \(weight.columns) on \(x.rows) x \(x.columns)"
        + " into \(y.rows) x \(y.columns)")
    precondition(bias.map { $0.count == y.columns } ?? true, "bias of \(y.columns) outputs")
    noteProduct(rows: y.rows, columns: y.columns, depth: x.columns, transposingB: true)
    if y.columns <= Self.fewColumns {
      parallel(x.rows, by: rowsPerTile(x.columns)) { rows in
        unsafe ck_row_products(
          rows.count, y.columns, x.columns, x.row(rows.lowerBound), x.stride, weight.base,
          weight.stride, bias?.base, y.row(rows.lowerBound), y.stride)
      }
      return
    }
    forEachTile(rows: y.rows, columns: y.columns) { rows, columns in
      if let bias {
        for row in rows {
          unsafe (y.row(row) + columns.lowerBound).update(
            from: bias.base + columns.lowerBound, count: columns.count)
        }
      }
      multiplyTile(
        rows, columns, depth: x.columns, x, false, weight, true, into: y, scale: 1,
        accumulating: bias != nil)
    }
  }

  /// The gradients of `linear`.
  ///
  /// - Parameters:
  ///   - dy: `[N, out]`.
  ///   - x: `[N, in]`.
  ///   - weight: `[out, in]`.
  ///   - dx: `[N, in]`, dy W; nil if not wanted.
  ///   - accumulatingInput: whether dx is added to or overwritten.
  ///   - dw: `[out, in]`, dy^T x is added.
  ///   - db: `[1, out]`, the column sums of dy are added; or nil.
  public func linearBackward(
    _ dy: Matrix, x: Matrix, weight: Matrix, intoInput dx: Matrix?,
    accumulatingInput: Bool = false, weightGradient dw: Matrix, biasGradient db: Matrix?
  ) {
    if let dx { multiply(dy, weight, into: dx, accumulating: accumulatingInput) }
    multiply(dy, x, into: dw, transposingA: true, accumulating: true)
    if let db { addColumnSums(dy, into: db) }
  }

  /// sums += the sums over the rows of `x`: `[N, C]` into `[1, C]`.
  public func addColumnSums(_ x: Matrix, into sums: Matrix) {
    precondition(sums.count == x.columns, "column sums of \(x.columns) columns")
    parallel(x.columns, by: 64) { columns in
      unsafe ck_add_column_sums(
        x.rows, columns.count, x.base + columns.lowerBound, x.stride,
        sums.base + columns.lowerBound)
    }
  }

  // MARK: Tiles

  /// Outputs up to this many columns are computed by our own kernel.
  private static let fewColumns = 16

  /// Cuts an output into tiles that depend on its shape alone.
  ///
  /// Every tile packs its operands anew, so tiles are as tall as leaves enough of them to share
  /// out; columns are cut only where the rows are few.
  private func forEachTile(
    rows: Int, columns: Int, _ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    guard rows > 0, columns > 0 else { return }
    let rowTiles = rows < 384 ? 1 : max(min(8, rows / 384 * 2), rows / 1024 * 2)
    let columnTiles = rowTiles > 1 ? 1 : min(4, max(1, columns / 128))
    parallel(rowTiles * columnTiles) { tile in
      body(
        slice(tile / columnTiles, of: rowTiles, count: rows),
        slice(tile % columnTiles, of: columnTiles, count: columns))
    }
  }

  /// One of nearly equal slices that begin at multiples of 16, the height of OpenBLAS's panels.
  private func slice(_ index: Int, of slices: Int, count: Int) -> Range<Int> {
    func start(_ index: Int) -> Int {
      index == slices ? count : index * count / slices / 16 * 16
    }
    return start(index)..<start(index + 1)
  }

  /// One tile of c = scale * op(a) op(b) (+ c), the reduction undivided.
  private func multiplyTile(
    _ rows: Range<Int>, _ columns: Range<Int>, depth: Int, _ a: Matrix, _ transposingA: Bool,
    _ b: Matrix, _ transposingB: Bool, into c: Matrix, scale: Float, accumulating: Bool
  ) {
    let left = unsafe a.base + rows.lowerBound * (transposingA ? 1 : a.stride)
    let right = unsafe b.base + columns.lowerBound * (transposingB ? b.stride : 1)
    unsafe cblas_sgemm(
      CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans,
      transposingB ? CblasTrans : CblasNoTrans, Int32(rows.count), Int32(columns.count),
      Int32(depth), scale, left, Int32(max(1, a.stride)), right, Int32(max(1, b.stride)),
      accumulating ? 1 : 0, c.row(rows.lowerBound) + columns.lowerBound, Int32(max(1, c.stride)))
  }
}
