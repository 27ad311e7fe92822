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
  private func forEachTile(
    rows: Int, columns: Int, _ body: (_ rows: Range<Int>, _ columns: Range<Int>) -> Void
  ) {
    guard rows > 0, columns > 0 else { return }
    let tileRows = tileExtent(rows, largest: 512)
    let rowTiles = (rows + tileRows - 1) / tileRows
    let tileColumns =
      rowTiles >= 8 ? columns : tileExtent(columns, largest: max(64, columns * rowTiles / 8))
    let columnTiles = (columns + tileColumns - 1) / tileColumns
    parallel(rowTiles * columnTiles) { tile in
      let row = tile / columnTiles * tileRows
      let column = tile % columnTiles * tileColumns
      body(row..<min(rows, row + tileRows), column..<min(columns, column + tileColumns))
    }
  }

  /// An extent of at least 64, a multiple of 64 (unless all fits one tile), about an eighth.
  private func tileExtent(_ count: Int, largest: Int) -> Int {
    guard count > 64 else { return count }
    let eighth = (count + 7) / 8
    return max(64, (min(eighth, largest) + 63) / 64 * 64)
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
