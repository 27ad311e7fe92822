import Compute
import Transformer

/// Something that a loss is a mean over, counted over a whole optimiser step before its first
/// micro-batch: then how a step is cut changes memory, never the mathematics.
public struct Denominator: Sendable {
  /// Its name, by which equal ones are counted once.
  public let name: String
  /// How many of it a micro-batch holds.
  public let count: @Sendable (TrainingBatch) -> Int

  /// How much of it a micro-batch holds, where what is counted has weights; else nil.
  public let weigh: (@Sendable (TrainingBatch) -> Double)?

  /// Names something to be counted.
  public init(_ name: String, count: @escaping @Sendable (TrainingBatch) -> Int) {
    self.name = name
    self.count = count
    weigh = nil
  }

  private init(_ name: String, weigh: @escaping @Sendable (TrainingBatch) -> Double) {
    self.name = name
    count = { _ in 0 }
    self.weigh = weigh
  }

  /// Something whose weights are added up; its count is 0.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - weigh: the sum of a micro-batch's weights.
  /// - Returns: the denominator.
  public static func weights(
    _ name: String, of weigh: @escaping @Sendable (TrainingBatch) -> Double
  ) -> Denominator {
    Denominator(name, weigh: weigh)
  }

  /// Sequences.
  public static let examples = Denominator("examples") { $0.packed.sequences.count }

  /// Tokens that the head is asked for.
  public static let predictionRows = Denominator("prediction rows") {
    $0.packed.predictionRows.count
  }
}

/// What a loss knows of a whole step: the denominators of an objective, counted over it, and where in the
/// training it stands.
public struct StepTotals: Sendable, Equatable {
  /// How much of the way is gone: 0 at the first step, 1 at the last.
  public let progress: Double
  private var counts: [String: Int] = [:]
  private var weights: [String: Double] = [:]

  /// Counts over all micro-batches of a step.
  ///
  /// - Parameters:
  ///   - denominators: what is counted.
  ///   - batches: the micro-batches.
  ///   - step: the step, counted from 0.
  ///   - steps: how many there are.
  public init(
    _ denominators: [Denominator], of batches: [TrainingBatch], step: Int = 0, of steps: Int = 1
  ) {
    progress = steps > 1 ? min(1, Double(step) / Double(steps - 1)) : 0
    for denominator in denominators {
      counts[denominator.name] = batches.reduce(0) { $0 + denominator.count($1) }
      guard let weigh = denominator.weigh else { continue }
      weights[denominator.name] = batches.reduce(0) { $0 + weigh($1) }
    }
  }

  /// How many of it the step holds.
  ///
  /// - Precondition: The objective has named it.
  public subscript(denominator: Denominator) -> Int {
    guard let count = counts[denominator.name] else {
      preconditionFailure("\(denominator.name) was not counted")
    }
    return count
  }

  /// The sum of its weights over the step; 0 where it has none.
  public func weight(of denominator: Denominator) -> Double { weights[denominator.name] ?? 0 }
}
