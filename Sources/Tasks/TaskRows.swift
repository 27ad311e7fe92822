public import Training

/// Rows as a task scores and answers them: what a model reads of them and, for tasks whose answers are
/// no numbers of a model's output, what they were made of.
public struct TaskRows: Sendable {
  /// What a model reads, and what each example is to be answered with.
  public let examples: InMemoryExamples

  /// Rows of which no more than their examples is needed.
  public init(_ examples: InMemoryExamples) {
    self.examples = examples
  }

  /// What each example is to be answered with.
  public var targets: Targets { examples.targets }

  /// How many rows there are; each is one example or several.
  public var count: Int { examples.rows.last.map { Int($0) + 1 } ?? examples.count }
}
