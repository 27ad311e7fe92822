import Compute
import Transformer

/// Cuts the examples of an optimiser step into packed micro-batches of bounded size.
public struct MicroBatcher: Sendable, Equatable {
  /// Most rows of a micro-batch; a single longer sequence still makes one of its own.
  public let maxTokens: Int

  /// Creates a batcher of at most `maxTokens` rows.
  public init(maxTokens: Int) {
    precondition(maxTokens > 0, "maxTokens \(maxTokens)")
    self.maxTokens = maxTokens
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
  /// - Returns: the step's micro-batches, in order.
  public func batches(
    _ examples: [Example], indices: [Int], firstPlace: Int
  ) -> [TrainingBatch] {
    precondition(examples.count == indices.count, "one index per example")
    return cuts(lengths: examples.map(\.sequence.ids.count)).map { range in
      var rows: [Int32] = []
      var start: Int32 = 0
      for example in examples[range] {
        if case .tokenLabels(let labels) = example.target {
          rows += labels.indices.filter { labels[$0] != ignoredLabel }.map { start + Int32($0) }
        }
        start += Int32(example.sequence.ids.count)
      }
      var packed = PackedBatch(
        examples[range].map(\.sequence), places: range.map { UInt64(firstPlace + $0) })
      packed.predictionRows = rows
      return TrainingBatch(
        packed: packed, targets: examples[range].map(\.target), indices: Array(indices[range]))
    }
  }
}
