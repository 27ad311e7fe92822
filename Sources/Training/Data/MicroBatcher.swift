import Compute
public import Transformer

/// Cuts the examples of an optimiser step into packed micro-batches of bounded size.
public struct MicroBatcher: Sendable, Equatable {
  /// Most rows of a micro-batch; a single longer sequence still makes one of its own.
  public let maxTokens: Int
  /// With what sequences are made longer, if they are.
  public let padding: SequencePadding?

  /// Creates a batcher of at most `maxTokens` rows.
  public init(maxTokens: Int, padding: SequencePadding? = nil) {
    precondition(maxTokens > 0, "maxTokens \(maxTokens)")
    self.maxTokens = maxTokens
    self.padding = padding
  }

  /// Ranges of consecutive sequences: as few as fit, and among those as even as possible.
  public func cuts(lengths: [Int]) -> [Range<Int>] {
    let fewest = cuts(lengths: lengths, limit: maxTokens)
    guard fewest.count > 1 else { return fewest }
    // The smallest limit that needs no more cuts leaves no sliver at the end.
    var low = 1
    var high = maxTokens
    while low < high {
      let middle = (low + high) / 2
      if cuts(lengths: lengths, limit: middle).count <= fewest.count {
        high = middle
      } else {
        low = middle + 1
      }
    }
    return cuts(lengths: lengths, limit: low)
  }

  private func cuts(lengths: [Int], limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var rows = 0
    for (position, length) in lengths.enumerated() {
      if rows > 0 && rows + length > limit {
        ranges.append(start..<position)
        start = position
        rows = 0
      }
      rows += length
    }
    if start < lengths.count { ranges.append(start..<lengths.count) }
    return ranges
  }

  /// Packs a step's examples.
  ///
  /// A head that answers for single tokens is asked for those that have a class, known or not.
  ///
  /// - Parameters:
  ///   - examples: the step's examples, in the epoch's order.
  ///   - indices: their numbers in the source.
  ///   - firstPlace: place of the first of them in the epoch's order; it keys dropout.
  ///   - epoch: the epoch, counted from 0.
  /// - Returns: the step's micro-batches, in order.
  public func batches(
    _ examples: [Example], indices: [Int], firstPlace: Int, epoch: Int = 0
  ) -> [TrainingBatch] {
    precondition(examples.count == indices.count, "one index per example")
    let rowCounts = examples.map { example in
      let length = example.sequence.ids.count
      return padding?.rows(of: length) ?? length
    }
    return cuts(lengths: rowCounts).map { range in
      var rows: [Int32] = []
      var start: Int32 = 0
      for (example, count) in zip(examples[range], rowCounts[range]) {
        if case .tokenLabels(let labels) = example.target {
          rows += labels.indices.filter { labels[$0] != ignoredLabel }.map { start + Int32($0) }
        }
        start += Int32(count)
      }
      var packed = PackedBatch(
        examples[range].map(\.sequence), places: range.map { UInt64(firstPlace + $0) },
        padding: padding)
      packed.predictionRows = rows
      return TrainingBatch(
        packed: packed, targets: examples[range].map(\.target), indices: Array(indices[range]),
        epoch: epoch)
    }
  }
}
