/// Correlations of real values, with the conventions of scipy.
public enum Correlation {
  /// Pearson's correlation; NaN where either side is constant.
  public static func pearson(_ x: [Double], _ y: [Double]) -> Double {
    precondition(x.count == y.count, "\(x.count) values against \(y.count)")
    let meanX = x.reduce(0, +) / Double(x.count)
    let meanY = y.reduce(0, +) / Double(y.count)
    var product = 0.0
    var squareX = 0.0
    var squareY = 0.0
    for (a, b) in zip(x, y) {
      product += (a - meanX) * (b - meanY)
      squareX += (a - meanX) * (a - meanX)
      squareY += (b - meanY) * (b - meanY)
    }
    guard squareX > 0, squareY > 0 else { return .nan }
    return min(1, max(-1, product / (squareX.squareRoot() * squareY.squareRoot())))
  }

  /// Spearman's rank correlation, ties sharing their average rank.
  public static func spearman(_ x: [Double], _ y: [Double]) -> Double {
    pearson(averageRanks(x), averageRanks(y))
  }

  /// Ranks from 1; equal values get the mean of the ranks they span.
  public static func averageRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }
}
