public import Compute
public import Distillation
internal import Files
public import Text
public import Training
public import Transformer

extension RowTask {
  /// Most tasks read texts.
  public var readsWords: Bool { false }

  /// Most tasks score answers alike, whatever they are called.
  public func knowing(labels: [String]) -> any RowTask { self }

  /// Most tasks read rows.
  public var readsRawText: Bool { false }

  /// All of them.
  public var outputForm: OutputForm { .logits }

  /// Nothing.
  public func preparation(_ tokenizer: Tokenizer) throws -> TargetObjective.Preparation? { nil }

  /// The first metric alone.
  public func resampledMetrics(labels: Int) -> [String] {
    metrics(labels: labels).prefix(1).map(\.name)
  }

  /// The first metric, which is all there is.
  public func score(
    named metric: String, of outputs: Outputs, on rows: TaskRows
  ) -> ((_ rows: [Int]) -> Double)? {
    chiefScore(of: outputs, on: rows)
  }

  /// Most tasks show no more than their metrics.
  public func details(of outputs: Outputs, on rows: TaskRows) -> [(String, Double)] { [] }

  /// Most heads are trained.
  public var headCure: String { "fine-tune it first: distill finetune" }

  /// Most outputs are logits.
  public var answersAreVectors: Bool { false }

  /// Most teachers are fine-tuned.
  public var weakTeacherCure: String {
    "fine-tune the teacher on this task (distill finetune)"
  }

  /// Most tasks name what they tell apart.
  public var namesOutputs: Bool { true }

  /// Most tasks read a pair at once.
  public var readsPairsApart: Bool { false }

  /// Most tasks are learnt from rows.
  public var learnsFromAnswers: Bool { true }

  /// That of a new model.
  public func head(labels: [String], style: ClassifierStyle, ofTeacher teacher: Head) -> Head {
    head(labels: labels, style: style)
  }

  /// Most tasks have one loss.
  public func answerLoss(
    named name: String, temperature: Double, scalesByTemperature: Bool
  ) throws -> any AnswerLoss {
    throw TaskError(
      "embedding_loss", "the task \(self.name) has no vectors", cure: "leave the option out")
  }

  /// As they are.
  public func taught(
    _ outputs: Outputs, to student: BertModel, on context: ComputeContext
  ) throws -> (outputs: Outputs, note: String?) { (outputs, nil) }

  /// Any student can.
  public func check(student: ModelConfiguration, teacher: ModelConfiguration) throws {}

  /// Nothing.
  public func closeness(of outputs: Outputs, to teacher: Outputs, on rows: TaskRows) -> [(
    name: String, value: Double
  )] { [] }

  /// One sequence: what is too long loses its end.
  public func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample] {
    [RowExample(tokenizer.encode(row.text, row.pair, maxLength: lengths.longest), target: target)]
  }

  /// Most tasks do not look at the second text apart.
  public func examples(
    of row: LabelledRow, target: Target, in context: TracedText, tokenizer: Tokenizer,
    lengths: SequenceLengths
  ) -> [RowExample] {
    examples(of: row, target: target, tokenizer: tokenizer, lengths: lengths)
  }

  /// One name an output.
  public func requireNames(
    _ names: [String], ofOutputs outputs: Int, path: String, cure: String
  ) throws {
    guard names.count != outputs else { return }
    throw TaskError(
      path, "it has \(outputs) outputs, \(names.count) labels are named", cure: cure)
  }

  /// Nothing that could be mistaken for another.
  public func confusion(of outputs: Outputs, on rows: TaskRows, labels: Int) -> [[Int]]? { nil }
  /// Most tasks answer without a threshold.
  public func answering(from threshold: Double) throws -> any RowTask {
    throw TaskError(
      "threshold", "the task \(name) answers without one", cure: "leave the option out")
  }

  /// The share of equal answers.
  public var agreementMetric: Metric { Metric("agreement", isShare: true) }
  /// Most answers are classes or numbers.
  public var answersAreInText: Bool { false }

  /// Most answers are something else.
  public var rowsHaveClasses: Bool { false }
  /// Most rows have one answer.
  public var takesSeveralLabels: Bool { false }
  /// Most choose by one of them.
  public var meanMetric: MeanMetric? { nil }
  /// Most answers are something else.
  public var answersAreNumbers: Bool { false }

  /// Rows carry no teacher's answers.
  public var answerKinds: [TeacherAnswer.Kind] { [] }

  /// Logits as they are.
  public func logits(of values: [Double], kind: TeacherAnswer.Kind, at place: String) throws
    -> [Float]
  {
    try TeacherAnswers.logits(values, kind: kind, at: place)
  }

  /// Its own names.
  public func labels(taughtBy model: [String]) -> [String] { model }

  /// By the names, which must be the same set.
  public func order(of model: [String], in labels: [String], path: String, option: String) throws
    -> LabelOrder
  {
    let mayName = (try? self.labels(named: model, of: [], path: path)) == model
    return try LabelOrder(
      of: model, in: labels, model: path, option: option, mayName: mayName)
  }
}

/// A model, a dataset and a task that do not go together.
public struct TaskError: Error, CustomStringConvertible, Equatable {
  /// One line: what, where, why and the cure.
  public let description: String

  init(_ place: String, _ fault: String, cure: String) {
    description = printable("\(place): \(fault); \(cure)")
  }
}
