public import Compute
import RandomStreams

/// Chooses the examples of an epoch, where not each of them is visited once.
public protocol RowSampling: AnyObject {
  /// The number of the example at a place of an epoch's order.
  ///
  /// - Parameters:
  ///   - place: the place, in `0..<order.count`.
  ///   - epoch: the epoch, counted from 0.
  ///   - order: the order in which each example is visited once.
  /// - Returns: the number, in `0..<order.count`.
  func example(at place: Int, epoch: Int, of order: DataOrder) -> Int
}

/// Visits the examples more often on which a student is farthest from its teacher.
///
/// The first epoch visits every example once. Before each later one the examples are ranked by how far
/// apart both were when training last came by. `share` of the epoch's places go to as many examples of
/// the front of that ranking, one each; the other places to a uniform draw without replacement from all
/// examples. So one of the front is visited 2 - `share` times an epoch on average, any other 1 - `share`
/// times, and an epoch has as many steps as before.
///
/// What an epoch visits depends on (seed, epoch) and the ranking alone. Its matrices are part of a
/// checkpoint: a training that goes on visits what it would have visited.
public final class HardRows: RowSampling {
  /// Share of an epoch's places that go to the examples of the front.
  public let share: Double
  /// `[1, examples]`: how far apart student and teacher were at the last visit; -1 where there was none.
  public let divergences: Matrix
  /// `[1, examples]`: the same as it was when the epoch began.
  public let ranked: Matrix
  /// `[1, 1]`: the epoch.
  public let epoch: Matrix
  private var known: (epoch: Int, front: [Int])?

  /// Creates a sampling of which nothing is known yet.
  ///
  /// - Parameters:
  ///   - examples: how many there are.
  ///   - share: share of an epoch's places, in (0, 1).
  public init(examples: Int, share: Double) {
    precondition(examples > 0 && share > 0 && share < 1, "\(share) of \(examples) examples")
    self.share = share
    divergences = Matrix(rows: 1, columns: examples)
    ranked = Matrix(rows: 1, columns: examples)
    epoch = Matrix(rows: 1, columns: 1)
    divergences.fill(-1)
    ranked.fill(-1)
  }

  /// How many examples are the front.
  public var frontCount: Int { Int(share * Double(divergences.columns)) }

  /// What a checkpoint holds of it.
  public var tensors: [(name: String, values: Matrix)] {
    [
      ("row_sampling.divergence", divergences), ("row_sampling.ranked", ranked),
      ("row_sampling.epoch", epoch),
    ]
  }

  /// Notes how far apart student and teacher are on an example; what is not finite is no distance.
  public func record(_ divergence: Double, of example: Int) {
    let value = Float(divergence)
    if value.isFinite { divergences[0, example] = max(0, value) }
  }

  /// As `RowSampling` says.
  public func example(at place: Int, epoch: Int, of order: DataOrder) -> Int {
    precondition(order.count == divergences.columns, "another number of examples")
    let slot = order.example(at: place, epoch: epoch)
    guard epoch > 0 else { return slot }
    let rows = front(of: epoch)
    let rest = order.count - rows.count
    guard slot < rest else { return rows[slot - rest] }
    let stream = RandomStream(seed: order.seed, purpose: "row sampling", epoch: UInt64(epoch))
    return RandomPermutation(count: order.count, stream: stream)[slot]
  }

  /// The examples of the front, the farthest first, equal ones by number.
  private func front(of epoch: Int) -> [Int] {
    if let known, known.epoch == epoch { return known.front }
    if self.epoch[0, 0] != Float(epoch) {
      ranked.assign(from: divergences)
      self.epoch[0, 0] = Float(epoch)
    }
    // Those of a checkpoint may be anything.
    let values = ranked.values().map { $0.isFinite ? $0 : -1 }
    let sorted = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    let rows = Array(sorted.prefix(frontCount))
    known = (epoch, rows)
    return rows
  }
}
