public import Transformer

/// One training example: a token sequence and, where there is one, its class.
public struct Example: Sendable, Equatable {
  /// Ids and segment numbers, special tokens included.
  public var sequence: TokenSequence
  /// Class of the sequence, or -1 where it has none.
  public var label: Int32

  /// Creates an example; without a label it serves objectives that need none.
  public init(sequence: TokenSequence, label: Int32 = -1) {
    self.sequence = sequence
    self.label = label
  }
}

/// Where a trainer gets its examples: in memory, or read step by step from a file.
///
/// A trainer asks for all examples of a step at once and never for the same step twice, so a source
/// may read them when asked and keep nothing.
public protocol ExampleSource {
  /// How many examples there are; they are numbered from 0.
  var count: Int { get }
  /// The examples with these numbers, in this order.
  func examples(_ indices: [Int]) throws -> [Example]
}
