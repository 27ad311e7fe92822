internal import CKernels

extension ComputeContext {
  /// y = x W^T + b.
  ///
  /// - Parameters:
  ///   - x: `[N, in]`.
  ///   - weight: `[out, in]`.
  ///   - bias: `[1, out]`, or nil.
  ///   - y: `[N, out]`, overwritten.
  public func linear(_ x: Operand, _ weight: Weight, bias: Matrix?, into y: Matrix) {
    checkForward(x, weight, bias, rows: y.rows, columns: y.columns)
    noteProduct(.forward, rows: x.rows, weight)
    let w = weight.matrix
    if y.columns <= Self.fewColumns, case .fp32(let x) = x {
      parallel(x.rows, by: rowsPerTile(x.columns)) { rows in
        unsafe ck_row_products(
          rows.count, y.columns, x.columns, x.row(rows.lowerBound), x.stride, w.base, w.stride,
          bias?.base, y.row(rows.lowerBound), y.stride)
      }
      return
    }
    let right = rightOperand(weight, for: .forward, of: x)
    forEachTile(right.backend, rows: y.rows, columns: y.columns) { rows, columns, thread in
      unsafe multiplyTile(
        rows, columns, x, right, bias: bias, into: y.row(rows.lowerBound) + columns.lowerBound,
        stride: y.stride, thread: thread)
    }
  }

  /// y = f(x W^T + b).
  ///
  /// - Parameters:
  ///   - x: `[N, in]`.
  ///   - weight: `[out, in]`.
  ///   - bias: `[1, out]`.
  ///   - function: f.
  ///   - sum: `[N, out]`, receives x W^T + b for the backward pass; nil if there is none.
  ///   - y: `[N, out]`, overwritten; of the same precision as `sum`.
  public func linear(
    _ x: Operand, _ weight: Weight, bias: Matrix, then function: PointwiseFunction,
    keeping sum: Operand?, into y: Operand
  ) {
    checkForward(x, weight, bias, rows: y.rows, columns: y.columns)
    noteProduct(.forward, rows: x.rows, weight)
    precondition(
      sum.map { $0.rows == y.rows && $0.columns == y.columns && $0.precision == y.precision }
        ?? true, "the sums of \(y.rows) x \(y.columns)")
    let right = rightOperand(weight, for: .forward, of: x)
    let kernel = unsafe function.forward(y.precision)
    reserveTiles(y, right.backend)
    forEachTile(right.backend, rows: y.rows, columns: y.columns) { rows, columns, thread in
      let (tile, stride) = unsafe tile(of: y, rows, columns, thread: thread)
      unsafe multiplyTile(
        rows, columns, x, right, into: tile, stride: stride, thread: thread)
      for row in rows {
        unsafe kernel(
          columns.count, tile + (row - rows.lowerBound) * stride, bias.base + columns.lowerBound,
          sum?.target(row, columns.lowerBound) ?? .nowhere, y.target(row, columns.lowerBound))
      }
    }
  }

  /// dx = dy W, or dx += dy W.
  ///
  /// - Parameters:
  ///   - dy: `[N, out]`.
  ///   - weight: `[out, in]`.
  ///   - dx: `[N, in]`.
  ///   - accumulating: whether dx is added to or overwritten.
  public func inputGradient(
    _ dy: Operand, _ weight: Weight, into dx: Matrix, accumulating: Bool = false
  ) {
    checkBackward(dy, weight, rows: dx.rows, columns: dx.columns)
    noteProduct(.inputGradient, rows: dy.rows, weight)
    let right = rightOperand(weight, for: .inputGradient, of: dy)
    forEachTile(right.backend, rows: dx.rows, columns: dx.columns) { rows, columns, thread in
      unsafe multiplyTile(
        rows, columns, dy, right, into: dx.row(rows.lowerBound) + columns.lowerBound,
        stride: dx.stride, accumulating: accumulating, thread: thread)
    }
  }

  /// dx = (dy W) f'(sum): the input's gradient of a layer whose input is f(sum).
  ///
  /// - Parameters:
  ///   - dy: `[N, out]`.
  ///   - weight: `[out, in]`.
  ///   - function: f.
  ///   - sum: `[N, in]`, of the forward pass.
  ///   - dx: `[N, in]`, overwritten; of the precision of `sum`.
  public func inputGradient(
    _ dy: Operand, _ weight: Weight, through function: PointwiseFunction, of sum: Operand,
    into dx: Operand
  ) {
    checkBackward(dy, weight, rows: dx.rows, columns: dx.columns)
    noteProduct(.inputGradient, rows: dy.rows, weight)
    precondition(
      sum.rows == dx.rows && sum.columns == dx.columns && sum.precision == dx.precision,
      "the sums of \(dx.rows) x \(dx.columns)")
    let right = rightOperand(weight, for: .inputGradient, of: dy)
    let kernel = unsafe function.backward(dx.precision)
    reserveTiles(dx, right.backend)
    forEachTile(right.backend, rows: dx.rows, columns: dx.columns) { rows, columns, thread in
      let (tile, stride) = unsafe tile(of: dx, rows, columns, thread: thread)
      unsafe multiplyTile(
        rows, columns, dy, right, into: tile, stride: stride, thread: thread)
      for row in rows {
        unsafe kernel(
          columns.count, tile + (row - rows.lowerBound) * stride,
          sum.source(row, columns.lowerBound), dx.target(row, columns.lowerBound))
      }
    }
  }

  /// dW += dy^T x and db += the column sums of dy.
  ///
  /// - Parameters:
  ///   - dy: `[N, out]`.
  ///   - x: `[N, in]`, of the precision of `dy`.
  ///   - dw: `[out, in]`.
  ///   - db: `[1, out]`, or nil.
  public func weightGradient(_ dy: Operand, _ x: Operand, into dw: Matrix, bias db: Matrix?) {
    precondition(
      dy.rows == x.rows && dw.rows == dy.columns && dw.columns == x.columns
        && dy.precision == x.precision,
      "weight gradient \(dw.rows) x \(dw.columns) of \(dy.rows) x \(dy.columns)"
        + " and \(x.rows) x \(x.columns)")
    noteProduct(.weightGradient, rows: dy.rows, Weight(dw))
    let depth = dy.rows
    let backend = backend(
      for: .weightGradient, rows: dw.rows, depth: depth, columns: dw.columns,
      precision: dy.precision)
    let tiling =
      backend.library == .oneDNN
      ? Tiling(halving: dw.rows, dw.columns)
      : Tiling(rows: dw.rows, columns: dw.columns)
    guard depth > 0 else { return }
    forEachTile(tiling) { rows, columns, thread in
      let shape = ProductShape(
        rows: rows.count, depth: depth, columns: columns.count, leftStride: dy.stride,
        transposesLeft: true, rightStride: x.stride, resultStride: dw.stride,
        precision: dy.precision, isAccumulating: true)
      unsafe backend.multiply(
        shape, dy.address(0, rows.lowerBound), x.address(0, columns.lowerBound), bias: nil,
        into: dw.row(rows.lowerBound) + columns.lowerBound, thread: thread)
    }
    if let db { addColumnSums(dy, into: db) }
  }

  /// sums += the sums over the rows of `x`: `[N, C]` into `[1, C]`.
  public func addColumnSums(_ x: Operand, into sums: Matrix) {
    precondition(sums.count == x.columns, "column sums of \(x.columns) columns")
    parallel(x.columns, by: 64) { columns in
      switch x {
      case .fp32(let x):
        unsafe ck_add_column_sums(
          x.rows, columns.count, x.base + columns.lowerBound, x.stride,
          sums.base + columns.lowerBound)
      case .bf16(let x):
        unsafe ck_add_column_sums_bf16(
          x.rows, columns.count, x.row(0) + columns.lowerBound, x.stride,
          sums.base + columns.lowerBound)
      }
    }
  }

  // MARK: Tiles

  /// A layer of up to this many outputs is computed by a kernel of its own.
  public static let fewColumns = 16

  private func checkForward(
    _ x: Operand, _ weight: Weight, _ bias: Matrix?, rows: Int, columns: Int
  ) {
    let w = weight.matrix
    precondition(
      x.columns == w.columns && rows == x.rows && columns == w.rows,
      "linear layer \(w.rows) x \(w.columns) on \(x.rows) x \(x.columns) into \(rows) x \(columns)")
    precondition(bias.map { $0.count == columns } ?? true, "bias of \(columns) outputs")
  }

  private func checkBackward(_ dy: Operand, _ weight: Weight, rows: Int, columns: Int) {
    let w = weight.matrix
    precondition(
      dy.columns == w.rows && rows == dy.rows && columns == w.columns,
      "gradient of linear layer \(w.rows) x \(w.columns): \(dy.rows) x \(dy.columns)"
        + " into \(rows) x \(columns)")
  }

  /// One tile of c = x op(W) + bias, or c += x op(W), the reduction undivided.
  private func multiplyTile(
    _ rows: Range<Int>, _ columns: Range<Int>, _ x: Operand, _ right: RightOperand,
    bias: Matrix? = nil, into c: UnsafeMutablePointer<Float>, stride: Int,
    accumulating: Bool = false, thread: Int
  ) {
    let shape = ProductShape(
      rows: rows.count, depth: x.columns, columns: columns.count, leftStride: x.stride,
      rightStride: right.stride, transposesRight: right.isTransposed, resultStride: stride,
      precision: x.precision,
      isPacked: right.isPacked, isAccumulating: accumulating, hasBias: bias != nil)
    // Only fp32 weights are cut by columns, packed ones between panels of all their depth.
    let perColumn = right.isPacked ? x.columns : right.isTransposed ? right.stride : 1
    let skipped = columns.lowerBound * perColumn * MemoryLayout<Float>.stride
    unsafe right.backend.multiply(
      shape, x.address(rows.lowerBound, 0),
      right.base + skipped,
      bias: bias.map { unsafe UnsafePointer($0.base + columns.lowerBound) }, into: c, thread: thread
    )
  }

  /// Where a tile's sums go before the function: into the result itself if that is fp32, else into
  /// the thread's own memory.
  private func tile(
    of result: Operand, _ rows: Range<Int>, _ columns: Range<Int>, thread: Int
  ) -> (UnsafeMutablePointer<Float>, stride: Int) {
    switch result {
    case .fp32(let matrix):
      return unsafe (matrix.row(rows.lowerBound) + columns.lowerBound, matrix.stride)
    case .bf16: return unsafe (scratch(of: thread), columns.count)
    }
  }

  private func reserveTiles(_ result: Operand, _ backend: any ProductBackend) {
    if case .bf16 = result {
      reserveScratch(
        Tiling(backend, rows: result.rows, columns: result.columns).tallest * result.columns)
    }
  }

  private func forEachTile(
    _ backend: any ProductBackend, rows: Int, columns: Int,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ thread: Int) -> Void
  ) {
    forEachTile(Tiling(backend, rows: rows, columns: columns), body)
  }
}
