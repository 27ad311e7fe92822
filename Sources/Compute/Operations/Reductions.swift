internal import CKernels

extension ComputeContext {
  /// Sums `body`'s results over the elements of matrices of one shape, in a fixed order.
  func sumOverRuns(
    _ matrices: [Matrix], _ body: (_ row: Int, _ column: Int, _ count: Int) -> Double
  ) -> Double {
    let first = matrices[0]
    for other in matrices.dropFirst() {
      precondition(
        first.hasShape(of: other),
        "shapes differ: \(first.rows) x \(first.columns), \(other.rows) x \(other.columns)")
    }
    if matrices.allSatisfy(\.isContiguous) {
      return parallelSum(first.count, by: Self.blockSize) { body(0, $0.lowerBound, $0.count) }
    }
    return parallelSum(first.rows, by: max(1, Self.blockSize / max(1, first.columns))) { rows in
      rows.reduce(0) { $0 + body($1, 0, first.columns) }
    }
  }

  /// The sum of the squares of all elements.
  public func sumOfSquares(_ x: Matrix) -> Double {
    sumOverRuns([x]) { row, column, count in
      unsafe ck_sum_of_squares(count, x.row(row) + column)
    }
  }

  /// How many elements are infinite or not numbers.
  public func hasNonFinite(_ x: Matrix) -> Int {
    let count = sumOverRuns([x]) { row, column, count in
      unsafe Double(ck_count_nonfinite(count, x.row(row) + column))
    }
    return Int(count)
  }
}
