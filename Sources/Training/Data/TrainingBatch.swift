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
  /// The epoch, counted from 0, that visits them.
  public var epoch: Int

  /// Creates a micro-batch; there is one target and one index per sequence.
  public init(packed: PackedBatch, targets: [Target], indices: [Int], epoch: Int = 0) {
    let count = packed.sequences.count
    precondition(
      targets.count == count && indices.count == count,
      "\(targets.count) targets and \(indices.count) indices for \(count) sequences")
    self.packed = packed
    self.targets = targets
    self.indices = indices
    self.epoch = epoch
  }
}

extension TrainingBatch {
  /// How many rows its head is asked for in each sequence, where it answers for single tokens.
  public var predictionCounts: [Int] {
    var counts = [Int](repeating: 0, count: indices.count)
    var sequence = 0
    for row in packed.predictionRows {
      while Int(row) >= packed.sequences.starts[sequence + 1] { sequence += 1 }
      counts[sequence] += 1
    }
    return counts
  }

  /// The sequences whose numbers in the source are wanted; nil where none is.
  public func part(_ isWanted: (_ index: Int) -> Bool) -> TrainingBatch? {
    let kept = indices.indices.filter { isWanted(indices[$0]) }
    guard !kept.isEmpty else { return nil }
    var sequences: [TokenSequence] = []
    var rows: [Int32] = []
    var start = 0
    for place in kept {
      let range = packed.sequences.starts[place]..<packed.sequences.starts[place + 1]
      sequences.append(
        TokenSequence(
          ids: Array(packed.tokenIds[range]), types: Array(packed.tokenTypes[range])))
      rows += packed.predictionRows.filter { range.contains(Int($0)) }
        .map { $0 - Int32(range.lowerBound) + Int32(start) }
      start += range.count
    }
    precondition(packed.padding == nil, "a part of a padded batch")
    var part = PackedBatch(sequences, places: kept.map { packed.places[$0] })
    part.predictionRows = rows
    return TrainingBatch(
      packed: part, targets: kept.map { targets[$0] }, indices: kept.map { indices[$0] },
      epoch: epoch)
  }
}
