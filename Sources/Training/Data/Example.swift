public import Transformer

/// One training example: a token sequence and what it is to be answered with.
public struct Example: Sendable, Equatable {
  /// Ids and segment numbers, special tokens included.
  public var sequence: TokenSequence
  /// What a loss compares the model's output with.
  public var target: Target

  /// Creates an example; without a target it serves objectives that need none.
  public init(sequence: TokenSequence, target: Target = .none) {
    self.sequence = sequence
    self.target = target
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
