import Compute
import Transformer

/// Something that a loss is a mean over, counted over a whole optimiser step before its first
/// micro-batch: then how a step is cut changes memory, never the mathematics.
public struct Denominator: Sendable {
  /// Its name, by which equal ones are counted once.
  public let name: String
  /// How many of it a micro-batch holds.
  public let count: @Sendable (TrainingBatch) -> Int

  /// Names something to be counted.
  public init(_ name: String, count: @escaping @Sendable (TrainingBatch) -> Int) {
    self.name = name
    self.count = count
  }

  /// Sequences.
  public static let examples = Denominator("examples") { $0.packed.sequences.count }

  /// Tokens that the head is asked for.
  public static let predictionRows = Denominator("prediction rows") {
    $0.packed.predictionRows.count
  }
}

/// The denominators of an objective, counted over a step.
public struct StepTotals: Sendable, Equatable {
  private var counts: [String: Int] = [:]

  /// Counts over all micro-batches of a step.
  public init(_ denominators: [Denominator], of batches: [TrainingBatch]) {
    for denominator in denominators {
      counts[denominator.name] = batches.reduce(0) { $0 + denominator.count($1) }
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
}
