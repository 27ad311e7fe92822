import Transformer

/// Examples held in memory as flat arrays: four bytes a token, nothing else that grows with length.
public struct InMemoryExamples: ExampleSource, Sendable {
  /// Token ids of all examples, one after the other.
  public let ids: [Int32]
  /// Start of each example in `ids`, and the end of the last: `count + 1` entries.
  public let offsets: [Int]
  /// Where segment 1 starts inside each example; its length where there is only segment 0.
  public let secondSegmentStarts: [Int32]
  /// What each example is to be answered with.
  public let targets: Targets
  /// Number of the row of the data set that each example is made of, ascending; empty where every
  /// row is one example.
  ///
  /// A long text becomes several examples, its windows.
  public let rows: [Int32]

  /// Wraps flat arrays.
  ///
  /// - Parameters:
  ///   - ids: token ids of all examples, one after the other.
  ///   - offsets: ascending, from 0 to `ids.count`; one more than there are examples.
  ///   - secondSegmentStarts: one per example, or empty when no example is a pair.
  ///   - targets: one per example, or none at all.
  ///   - rows: one per example, ascending, or empty when every row is one example.
  public init(
    ids: [Int32], offsets: [Int], secondSegmentStarts: [Int32] = [], targets: Targets = .none,
    rows: [Int32] = []
  ) {
    precondition(offsets.first == 0 && offsets.last == ids.count, "offsets do not span the ids")
    let count = offsets.count - 1
    precondition(
      (0..<count).allSatisfy { offsets[$0] < offsets[$0 + 1] }, "an example without tokens")
    precondition(
      secondSegmentStarts.isEmpty || secondSegmentStarts.count == count,
      "\(secondSegmentStarts.count) segment starts for \(count) examples")
    precondition(targets.count ?? count == count, "other than \(count) targets")
    precondition(
      rows.isEmpty || rows.count == count && zip(rows, rows.dropFirst()).allSatisfy { $0 <= $1 },
      "\(rows.count) row numbers for \(count) examples, or not ascending")
    self.ids = ids
    self.offsets = offsets
    self.secondSegmentStarts = secondSegmentStarts
    self.targets = targets
    self.rows = rows
  }

  /// Flattens examples; `rows` numbers the row of each, or is empty where every row is one example.
  public init(_ examples: [Example], rows: [Int32] = []) {
    var ids: [Int32] = []
    var offsets = [0]
    var starts: [Int32] = []
    for example in examples {
      ids += example.sequence.ids
      offsets.append(ids.count)
      starts.append(Int32(example.sequence.secondSegmentStart))
    }
    self.init(
      ids: ids, offsets: offsets, secondSegmentStarts: starts,
      targets: Targets(examples.lazy.map(\.target)), rows: rows)
  }

  /// How many examples there are.
  public var count: Int { offsets.count - 1 }

  /// Tokens of one example.
  public func length(of index: Int) -> Int { offsets[index + 1] - offsets[index] }

  /// Number of the row of the data set that an example is made of.
  public func row(of index: Int) -> Int { rows.isEmpty ? index : Int(rows[index]) }

  /// The example with this number.
  public subscript(index: Int) -> Example {
    let length = length(of: index)
    let second = secondSegmentStarts.isEmpty ? length : Int(secondSegmentStarts[index])
    return Example(
      sequence: TokenSequence(
        ids: Array(ids[offsets[index]..<offsets[index + 1]]), secondSegmentStart: second),
      target: targets[index])
  }

  /// Some of the examples, by their numbers in ascending order.
  public func part(_ indices: [Int]) -> InMemoryExamples {
    InMemoryExamples(
      indices.map { self[$0] }, rows: rows.isEmpty ? [] : indices.map { rows[$0] })
  }

  /// The examples with these numbers, in this order.
  public func examples(_ indices: [Int]) throws -> [Example] { indices.map { self[$0] } }
}

extension TokenSequence {
  /// Index of the first token of the second segment; the length where there is none.
  var secondSegmentStart: Int { types.firstIndex { $0 != 0 } ?? types.count }
}
