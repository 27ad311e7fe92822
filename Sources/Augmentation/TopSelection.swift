/// The best few of many scores: descending, equal scores by ascending index, NaN never taken.
///
/// Scores are offered in ascending order of their indices, over as many calls as one likes.
struct TopSelection {
  private let count: Int
  private var scores: [Float] = []
  /// Indices of the best scores so far, best first.
  private(set) var indices: [Int] = []

  /// Selects `count` scores at most.
  init(count: Int) {
    precondition(count > 0)
    self.count = count
    scores.reserveCapacity(count + 1)
    indices.reserveCapacity(count + 1)
  }

  /// Offers one score; its index must be above all earlier ones.
  mutating func offer(_ score: Float, index: Int) {
    if let worst = scores.last, scores.count == count, !(score > worst) { return }
    if score.isNaN { return }
    var place = scores.count
    while place > 0, scores[place - 1] < score { place -= 1 }
    scores.insert(score, at: place)
    indices.insert(index, at: place)
    if scores.count > count {
      scores.removeLast()
      indices.removeLast()
    }
  }
}
