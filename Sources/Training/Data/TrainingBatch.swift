import Compute
public import Transformer

/// Denominators of the losses, counted over a whole optimiser step before its first micro-batch.
///
/// Every objective divides by these, so how a step is cut into micro-batches changes memory, never
/// the mathematics.
public struct StepTotals: Sendable, Equatable {
  /// Sequences.
  public var examples = 0
  /// Rows: the sum of the sequences' lengths.
  public var tokens = 0
  /// The sum of the squared lengths: (query, key) pairs of one head.
  public var squaredLengths = 0
  /// Masked positions whose token is to be predicted.
  public var predictions = 0
  /// Sequences that have a class.
  public var labelled = 0

  /// Counts nothing yet.
  public init() {}

  /// Adds a micro-batch's counts.
  public mutating func add(_ batch: TrainingBatch) {
    examples += batch.packed.sequences.count
    tokens += batch.packed.sequences.tokens
    squaredLengths += batch.packed.sequences.squaredTotal
    predictions += batch.maskedLabels.count
    labelled += batch.labels.count { $0 >= 0 }
  }
}

/// One packed micro-batch with what the objectives compare the model's outputs with.
public struct TrainingBatch: Sendable {
  /// The sequences.
  public var packed: PackedBatch
  /// Class of each sequence, -1 where it has none.
  public var labels: [Int32]
  /// The original id at each of `packed.predictionRows`.
  public var maskedLabels: [Int32]
  /// Number of each sequence in the example source.
  public var indices: [Int]

  /// Creates a micro-batch; there is one label and one index per sequence.
  public init(packed: PackedBatch, labels: [Int32], maskedLabels: [Int32] = [], indices: [Int]) {
    let count = packed.sequences.count
    precondition(
      labels.count == count && indices.count == count,
      "\(labels.count) labels and \(indices.count) indices for \(count) sequences")
    precondition(
      maskedLabels.count == packed.predictionRows.count,
      "\(maskedLabels.count) masked labels for \(packed.predictionRows.count) rows")
    self.packed = packed
    self.labels = labels
    self.maskedLabels = maskedLabels
    self.indices = indices
  }
}
