/// Spearman's correlation of rows that are drawn again and again from the same pairs of numbers.
///
/// Numbers are sorted once. The rank of a number among those of a draw follows from how often it and the
/// smaller ones are drawn, so that a draw takes a few passes over its rows; the result is
/// `RegressionMetrics.spearman` of the rows drawn, to the bit.
struct SpearmanOfDraws {
  /// One of the two numbers of all pairs.
  private struct Side {
    /// The place of each pair's number among the distinct ones, from the smallest.
    let places: [Int]
    /// By place: how often the number is drawn.
    private var counts: [Int]
    /// By place: the number's rank in the draw, centred, then scaled.
    private var ranks: [Double]

    init(_ values: [Double]) {
      let order = values.indices.sorted { values[$0] < values[$1] }
      var places = [Int](repeating: 0, count: values.count)
      var place = 0
      for (index, pair) in order.enumerated() {
        if index > 0, values[order[index - 1]] != values[pair] { place += 1 }
        places[pair] = place
      }
      self.places = places
      counts = [Int](repeating: 0, count: values.isEmpty ? 0 : place + 1)
      ranks = [Double](repeating: 0, count: counts.count)
    }

    /// Ranks the rows of a draw; false where all their numbers are equal.
    mutating func rank(_ drawn: [Int]) -> Bool {
      for place in counts.indices { counts[place] = 0 }
      for pair in drawn { counts[places[pair]] += 1 }
      guard let first = drawn.first, counts[places[first]] < drawn.count else { return false }
      var start = 0
      for place in counts.indices {
        let end = start + counts[place]
        ranks[place] = Double(start + 1 + end) / 2
        start = end
      }
      let mean = drawn.reduce(0) { $0 + ranks[places[$1]] } / Double(drawn.count)
      for place in ranks.indices { ranks[place] -= mean }
      let length = drawn.reduce(0) { sum, pair in
        let rank = ranks[places[pair]]
        return sum + rank * rank
      }.squareRoot()
      for place in ranks.indices { ranks[place] /= length }
      return true
    }

    /// The rank of a pair's number, as `rank` left it.
    func rank(of pair: Int) -> Double { ranks[places[pair]] }
  }

  private var x: Side
  private var y: Side

  /// The pairs to draw from, `x` and `y` of each.
  init(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count, "\(x.count) numbers against \(y.count)")
    (self.x, self.y) = (Side(x), Side(y))
  }

  /// The correlation on the pairs with these numbers, any of them several times; NaN where either side is
  /// constant.
  mutating func callAsFunction(_ drawn: [Int]) -> Double {
    guard x.rank(drawn), y.rank(drawn) else { return .nan }
    let correlation = drawn.reduce(0) { $0 + x.rank(of: $1) * y.rank(of: $1) }
    return min(max(correlation, -1), 1)
  }
}
