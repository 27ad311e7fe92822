internal import CKernels

extension ComputeContext {
  /// The least length that a row is divided by, as in PyTorch.
  private static let leastLength = 1e-12

  /// y = x / |x|, each row by its own length; a row of zeros stays.
  ///
  /// - Parameters:
  ///   - x: `[B, C]`.
  ///   - y: `[B, C]`; may be `x`.
  ///   - lengths: `[B, 1]`: |x|, for the way back.
  public func normalizeRows(_ x: Matrix, into y: Matrix, lengths: Matrix) {
    precondition(
      x.hasShape(of: y) && lengths.hasShape(rows: x.rows, columns: 1), "normalising \(x.rows) rows")
    parallel(x.rows, by: rowsPerTile(x.columns)) { rows in
      for row in rows {
        let length = unsafe max(
          ck_sum_of_squares(x.columns, x.row(row)).squareRoot(), Self.leastLength)
        unsafe lengths.row(row).pointee = Float(length)
        unsafe y.row(row).update(from: x.row(row), count: x.columns)
        unsafe ck_scale(x.columns, Float(1 / length), y.row(row))
      }
    }
  }

  /// dx = (dy - y (y, dy)) / |x|, (y, dy) being the inner product, from the result `y`.
  ///
  /// - Parameters:
  ///   - dy: `[B, C]`.
  ///   - y: `[B, C]`, rows of length 1.
  ///   - lengths: `[B, 1]`: |x|.
  ///   - dx: `[B, C]`, overwritten; must not be `dy` or `y`.
  public func normalizeRowsBackward(_ dy: Matrix, _ y: Matrix, lengths: Matrix, into dx: Matrix) {
    precondition(
      dy.hasShape(of: y) && dx.hasShape(of: y) && lengths.hasShape(rows: y.rows, columns: 1),
      "gradients of \(y.rows) rows that were normalised")
    dx.fill(0)
    parallel(y.rows, by: rowsPerTile(y.columns)) { rows in
      for row in rows {
        let inverse = unsafe 1 / Double(lengths.row(row).pointee)
        let along = unsafe ck_inner_product(y.columns, y.row(row), dy.row(row))
        unsafe ck_add(y.columns, Float(inverse), dy.row(row), dx.row(row))
        unsafe ck_add(y.columns, Float(-along * inverse), y.row(row), dx.row(row))
      }
    }
  }

  /// The sum over rows of 1 - cos(a, b).
  ///
  /// - Parameters:
  ///   - a: `[B, C]`.
  ///   - b: `[B, C]`.
  ///   - gradientScale: the loss's factor of the sum.
  ///   - da: `[B, C]`: gradientScale * d(sum)/da is added.
  /// - Returns: the sum, added up in a fixed order.
  public func cosineDistance(
    _ a: Matrix, _ b: Matrix, gradientScale: Double, addingGradientInto da: Matrix
  ) -> Double {
    precondition(a.hasShape(of: b) && a.hasShape(of: da), "vectors' shapes differ")
    let least = 1e-8  // as in PyTorch
    return parallelSum(a.rows, by: rowsPerTile(a.columns)) { rows in
      var sum = 0.0
      for row in rows {
        let own = unsafe max(ck_sum_of_squares(a.columns, a.row(row)).squareRoot(), least)
        let other = unsafe max(ck_sum_of_squares(a.columns, b.row(row)).squareRoot(), least)
        let cosine = unsafe ck_inner_product(a.columns, a.row(row), b.row(row)) / (own * other)
        sum += 1 - cosine
        // d(cos)/da = b / (|a| |b|) - cos a / |a|^2
        unsafe ck_add(a.columns, Float(-gradientScale / (own * other)), b.row(row), da.row(row))
        unsafe ck_add(
          a.columns, Float(gradientScale * cosine / (own * own)), a.row(row), da.row(row))
      }
      return sum
    }
  }
}
