/// Measures of predicted numbers, with the conventions of SciPy and scikit-learn.
enum RegressionMetrics {
  /// Pearson's correlation; NaN where either side is constant, or there are fewer than two numbers.
  static func pearson(_ x: [Double], _ y: [Double]) -> Double {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    guard x.count > 1, x.contains(where: { $0 != x[0] }), y.contains(where: { $0 != y[0] })
    else { return .nan }
    let (a, b) = (centred(x), centred(y))
    let (lengthA, lengthB) = (length(a), length(b))
    let correlation = zip(a, b).reduce(0) { $0 + ($1.0 / lengthA) * ($1.1 / lengthB) }
    // Rounding may go beyond what a correlation can be.
    return min(max(correlation, -1), 1)
  }

  /// Spearman's correlation: Pearson's of the ranks, equal numbers having the mean of theirs.
  static func spearman(_ x: [Double], _ y: [Double]) -> Double { pearson(ranks(x), ranks(y)) }

  /// Mean squared error; NaN of nothing.
  static func meanSquaredError(_ x: [Double], _ y: [Double]) -> Double {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    return zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(x.count)
  }

  /// The place of each number among all, from 1; equal ones have the mean of their places.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }

  private static func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    return values.map { $0 - mean }
  }

  private static func length(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
