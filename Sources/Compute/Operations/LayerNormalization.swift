internal import CKernels

extension ComputeContext {
  /// sum = dropout(x) + residual, y = (sum - mean) / sqrt(variance + epsilon) * weight + bias, per
  /// row; the variance is the biased one (Ba, Kiros and Hinton 2016).
  ///
  /// - Parameters:
  ///   - x: `[N, C]`.
  ///   - residual: `[N, C]`, or nil.
  ///   - dropout: of `x`, or nil.
  ///   - weight: `[1, C]`.
  ///   - bias: `[1, C]`.
  ///   - epsilon: added to the variance.
  ///   - sum: `[N, C]`, kept for the backward pass; may be `x` or `residual`.
  ///   - mean: `[1, N]`, kept for the backward pass.
  ///   - inverseDeviation: `[1, N]`, kept for the backward pass.
  ///   - y: `[N, C]`; may be `sum` if there is no backward pass.
  ///   - operand: receives y for the products that read it; nil if none does.
  public func residualLayerNorm(
    _ x: Matrix, residual: Matrix?, dropout: Dropout?, weight: Matrix, bias: Matrix,
    epsilon: Float, sum: Matrix, mean: Matrix, inverseDeviation: Matrix, into y: Matrix,
    operand: Operand? = nil
  ) {
    let rows = x.rows
    let columns = x.columns
    precondition(
      y.hasShape(of: x) && sum.hasShape(of: x) && residual?.hasShape(of: x) ?? true,
      "layer norm between matrices of different shapes")
    precondition(operand?.hasShape(of: y) ?? true, "an operand of another shape")
    precondition(weight.count == columns && bias.count == columns, "layer norm of \(columns)")
    precondition(
      mean.rows == 1 && inverseDeviation.rows == 1 && mean.columns == rows
        && inverseDeviation.columns == rows, "layer norm statistics of \(rows) rows")
    precondition(dropout.map { $0.rows.places.count == rows } ?? true, "dropout of \(rows) rows")
    reserveScratch(columns)
    let size = rowsPerTile(columns)
    parallel((rows + size - 1) / size) { tile, thread in
      for row in tile * size..<min(rows, (tile + 1) * size) {
        let factors = unsafe dropoutFactors(dropout, row: row, columns: columns, thread: thread)
        unsafe ck_residual_layer_norm(
          columns, x.row(row), factors, residual?.row(row), weight.base, bias.base, epsilon,
          sum.row(row), mean.base + row, inverseDeviation.base + row,
          ck_target(y, operand, row: row))
      }
    }
  }

  /// The gradient of the layer norm above with respect to `sum`, weight and bias.
  ///
  /// With h = (sum - mean) inverseDeviation and g = dy * weight:
  /// dsum = inverseDeviation (g - mean(g) - h mean(g h)).
  ///
  /// - Parameters:
  ///   - dy: `[N, C]`.
  ///   - sum: `[N, C]`, of the forward pass.
  ///   - mean: `[1, N]`, of the forward pass.
  ///   - inverseDeviation: `[1, N]`, of the forward pass.
  ///   - weight: `[1, C]`.
  ///   - dsum: `[N, C]`, overwritten; may be `dy`.
  ///   - weightGradient: `[1, C]`, added to.
  ///   - biasGradient: `[1, C]`, added to.
  ///   - dropout: the mask behind which `dx` lies, or nil.
  ///   - dx: `[N, C]`, receives dropout(dsum), the gradient of x in the forward pass; nil if not
  ///     wanted. May be `dsum` where nothing is dropped.
  public func layerNormBackward(
    _ dy: Matrix, sum: Matrix, mean: Matrix, inverseDeviation: Matrix, weight: Matrix,
    into dsum: Matrix, weightGradient: Matrix, biasGradient: Matrix, dropout: Dropout? = nil,
    dx: Operand? = nil
  ) {
    let rows = dy.rows
    let columns = dy.columns
    precondition(
      sum.hasShape(of: dy) && dsum.hasShape(of: dy),
      "layer norm between matrices of different shapes")
    precondition(
      weight.count == columns && weightGradient.count == columns && biasGradient.count == columns,
      "layer norm of \(columns)")
    precondition(
      mean.count == rows && inverseDeviation.count == rows, "layer norm statistics of \(rows) rows")
    precondition(dx?.hasShape(of: dy) ?? true, "a gradient of another shape")
    precondition(dropout.map { $0.rows.places.count == rows } ?? true, "dropout of \(rows) rows")
    reserveScratch(columns)
    // Each tile of rows sums its share of the parameters' gradients; the shares are added in order.
    let size = 64
    let tiles = (rows + size - 1) / size
    let shares = unsafe sharedScratch(2 * tiles * columns)
    unsafe shares.update(repeating: 0, count: 2 * tiles * columns)
    parallel(tiles) { tile, thread in
      let share = unsafe shares + 2 * tile * columns
      for row in tile * size..<min(rows, (tile + 1) * size) {
        let factors = unsafe dropoutFactors(dropout, row: row, columns: columns, thread: thread)
        unsafe ck_layer_norm_backward(
          columns, dy.row(row), sum.row(row), mean.base[row], inverseDeviation.base[row],
          weight.base, dsum.row(row), share, share + columns, factors, dx?.target(row) ?? .nowhere)
      }
    }
    unsafe ck_add_column_sums(tiles, columns, shares, 2 * columns, weightGradient.base)
    unsafe ck_add_column_sums(tiles, columns, shares + columns, 2 * columns, biasGradient.base)
  }
}
