import Transformer

/// Examples held in memory as flat arrays: four bytes a token, nothing else that grows with length.
public struct InMemoryExamples: ExampleSource, Sendable {
  /// Token ids of all examples, one after the other.
  public let ids: [Int32]
  /// Start of each example in `ids`, and the end of the last: `count + 1` entries.
  public let offsets: [Int]
  /// Where segment 1 starts inside each example; its length where there is only segment 0.
  public let secondSegmentStarts: [Int32]
  /// Class of each example, -1 where it has none; empty when none has.
  public let labels: [Int32]

  /// Wraps flat arrays.
  ///
  /// - Parameters:
  ///   - ids: token ids of all examples, one after the other.
  ///   - offsets: ascending, from 0 to `ids.count`; one more than there are examples.
  ///   - secondSegmentStarts: one per example, or empty when no example is a pair.
  ///   - labels: one per example, or empty when no example has a label.
  public init(
    ids: [Int32], offsets: [Int], secondSegmentStarts: [Int32] = [], labels: [Int32] = []
  ) {
    precondition(offsets.first == 0 && offsets.last == ids.count, "offsets do not span the ids")
    let count = offsets.count - 1
    precondition(
      (0..<count).allSatisfy { offsets[$0] < offsets[$0 + 1] }, "an example without tokens")
    precondition(
      secondSegmentStarts.isEmpty || secondSegmentStarts.count == count,
      "\(secondSegmentStarts.count) segment starts for \(count) examples")
    precondition(
      labels.isEmpty || labels.count == count, "\(labels.count) labels for \(count) examples")
    self.ids = ids
    self.offsets = offsets
    self.secondSegmentStarts = secondSegmentStarts
    self.labels = labels
  }

  /// Flattens examples.
  public init(_ examples: [Example]) {
    var ids: [Int32] = []
    var offsets = [0]
    var starts: [Int32] = []
    for example in examples {
      ids += example.sequence.ids
      offsets.append(ids.count)
      let start = example.sequence.types.firstIndex { $0 != 0 } ?? example.sequence.types.count
      starts.append(Int32(start))
    }
    self.init(
      ids: ids, offsets: offsets, secondSegmentStarts: starts, labels: examples.map(\.label))
  }

  /// How many examples there are.
  public var count: Int { offsets.count - 1 }

  /// Tokens of one example.
  public func length(of index: Int) -> Int { offsets[index + 1] - offsets[index] }

  /// The example with this number.
  public subscript(index: Int) -> Example {
    let length = length(of: index)
    let second = secondSegmentStarts.isEmpty ? length : Int(secondSegmentStarts[index])
    return Example(
      sequence: TokenSequence(
        ids: Array(ids[offsets[index]..<offsets[index + 1]]),
        types: (0..<length).map { $0 < second ? 0 : 1 }),
      label: labels.isEmpty ? -1 : labels[index])
  }

  /// The examples with these numbers, in this order.
  public func examples(_ indices: [Int]) throws -> [Example] { indices.map { self[$0] } }
}
