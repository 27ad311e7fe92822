import Compute
public import Transformer

/// One packed micro-batch with what the objectives compare the model's outputs with.
public struct TrainingBatch: Sendable {
  /// The sequences.
  public var packed: PackedBatch
  /// What each sequence is to be answered with.
  public var targets: [Target]
  /// Number of each sequence in the example source.
  public var indices: [Int]

  /// Creates a micro-batch; there is one target and one index per sequence.
  public init(packed: PackedBatch, targets: [Target], indices: [Int]) {
    let count = packed.sequences.count
    precondition(
      targets.count == count && indices.count == count,
      "\(targets.count) targets and \(indices.count) indices for \(count) sequences")
    self.packed = packed
    self.targets = targets
    self.indices = indices
  }
}
