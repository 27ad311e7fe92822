public import Text
public import Training

/// Rows as a task scores and answers them: what a model reads of them and, for tasks whose answers are
/// no numbers of a model's output, what they were made of.
public struct TaskRows: Sendable {
  /// What a model reads, and what each example is to be answered with.
  public let examples: InMemoryExamples
  /// The texts in which answers are looked for, where that is the task.
  public var sheet: AnswerSheet?

  /// Names of the outputs; empty where scores do not depend on them.
  public let labels: [String]
  /// The rows as they were read, where answers quote them; else empty.
  public let sources: [LabelledRow]
  /// Where the tokens of each example come from, where `sources` are told.
  public let encodings: [Encoding]

  /// Rows to be scored.
  public init(_ examples: InMemoryExamples, labels: [String] = [], sheet: AnswerSheet? = nil) {
    self.init(examples, labels: labels, sources: [], encodings: [], sheet: sheet)
  }

  /// Rows to be answered.
  public init(
    _ examples: InMemoryExamples, labels: [String], sources: [LabelledRow], encodings: [Encoding],
    sheet: AnswerSheet? = nil
  ) {
    self.examples = examples
    self.labels = labels
    self.sources = sources
    self.encodings = encodings
    self.sheet = sheet
  }

  /// What each example is to be answered with.
  public var targets: Targets { examples.targets }

  /// How many rows there are; each is one example or several.
  public var count: Int { examples.rows.last.map { Int($0) + 1 } ?? examples.count }
}
