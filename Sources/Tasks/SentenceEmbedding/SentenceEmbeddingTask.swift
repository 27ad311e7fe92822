public import Compute
public import Distillation
import Files
public import Text
public import Training
public import Transformer

/// A vector for a text: texts of like meaning have vectors of like direction.
///
/// It is learnt from a teacher's vectors, of texts alone. Pairs with a number that says how alike they
/// are, such as those of STS-B, serve to score it: their two texts are read apart.
public struct SentenceEmbeddingTask: RowTask {
  /// The losses to a teacher's vectors, by the names of the option.
  public static let losses = ["mse", "cosine"]

  /// The only one there is.
  public init() {}

  /// Its name in options and artifacts.
  public var name: String { "sentence-embedding" }

  /// What its head is called in messages.
  public var headName: String { "pooling" }

  /// How to come by a model that does it.
  public var headCure: String {
    "say how its states become a vector with --pooling mean or --pooling cls"
  }

  /// Any pooling does.
  public func isDone(by head: Head) -> Bool {
    if case .embedding = head { true } else { false }
  }

  /// Hugging Face has no name for it.
  public var problemType: String? { nil }

  /// The numbers of a vector have no names.
  public var namesOutputs: Bool { false }

  /// They have no other use.
  public var answersAreVectors: Bool { true }

  /// Such a teacher is not fine-tuned here.
  public var weakTeacherCure: String {
    "take a model that was trained to make sentence vectors, with the pooling that it was trained with "
      + "(--pooling mean or --pooling cls)"
  }

  /// Each text has its own vector.
  public var readsPairsApart: Bool { true }

  /// Pairs with numbers score a model and do not train it.
  public var learnsFromAnswers: Bool { false }

  /// None.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    guard named.isEmpty else {
      throw TextError(
        "labels", "the numbers of a vector have no names; leave the option out")
    }
    return []
  }

  /// None may be given.
  public func requireNames(
    _ names: [String], ofOutputs outputs: Int, path: String, cure: String
  ) throws {
    guard !names.isEmpty else { return }
    throw TaskError(
      path, "the numbers of its vectors have no names, \(names.count) are given",
      cure: "leave the names out")
  }

  /// How alike a pair is; nothing for a text alone.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    guard rows.first?.pair != nil else { return rows.map { _ in .none } }
    if !allowsMissing { try LabelledRow.requireAllOrNone(rows, path: path, mayBeSkipped: false) }
    var wrong: [LabelledRow] = []
    let targets = rows.map { row -> Target in
      guard row.hasLabel else { return .none }
      if let number = row.label.flatMap(RegressionTask.number) { return .number(number) }
      wrong.append(row)
      return .none
    }
    guard let first = wrong.first else { return targets }
    throw TextError(
      path, line: first.line,
      "\(wrong.count) pairs have no number for a label (\(LabelledRow.firstFive(wrong))); write how "
        + "alike the texts are as numbers such as 3.25, or take the column out")
  }

  /// Numbers, the same for both texts of a pair.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .numbers: true
    default: false
    }
  }

  /// A sequence for each text of the row.
  public func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample] {
    ([row.text] + (row.pair.map { [$0] } ?? [])).map { text in
      RowExample(tokenizer.encode(text, maxLength: lengths.longest), target: target)
    }
  }

  /// The mean of all states.
  public func head(labels: [String], style: ClassifierStyle) -> Head {
    .embedding(pooling: .mean, isNormalized: false)
  }

  /// What the teacher does.
  public func head(labels: [String], style: ClassifierStyle, ofTeacher teacher: Head) -> Head {
    isDone(by: teacher) ? teacher : head(labels: labels, style: style)
  }

  /// None: see `learnsFromAnswers`.
  public var targetLoss: any TargetLoss { NoLoss() }

  /// The squared error to the teacher's vector, its mean over all numbers.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SquaredAnswerError(temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// One of `losses`.
  public func answerLoss(
    named name: String, temperature: Double, scalesByTemperature: Bool
  ) throws -> any AnswerLoss {
    let squared = try answerLoss(temperature: temperature, scalesByTemperature: scalesByTemperature)
    return name == "cosine" ? CosineDistance() : squared
  }

  /// A narrower student learns the teacher's vectors reduced to its width.
  public func taught(
    _ outputs: Outputs, to student: BertModel, on context: ComputeContext
  ) throws -> (outputs: Outputs, note: String?) {
    guard case .embedding(_, let isNormalized) = student.head,
      student.configuration.hiddenSize != outputs.columns
    else { return (outputs, nil) }
    let width = student.configuration.hiddenSize
    let reduced = try VectorReduction(outputs, to: width, isNormalized: isNormalized, on: context)
    let share = Metric("share", isShare: true).spoken(reduced.share)
    return (
      reduced.outputs,
      "the teacher's vectors of \(outputs.columns) numbers are reduced to \(width) by their principal "
        + "axes, which hold \(share) of their variance"
    )
  }

  /// Refuses a student whose vectors would be longer lists than the teacher's.
  public func check(student: ModelConfiguration, teacher: ModelConfiguration) throws {
    try VectorReduction.check(student: student.hiddenSize, teacher: teacher.hiddenSize)
  }
}

/// Nothing to be learnt from the rows themselves.
private struct NoLoss: TargetLoss {
  let term = "label"
  let denominator = Denominator.examples

  func evaluate(
    _ logits: Matrix, _ batch: TrainingBatch, scale: Double, gradient: Matrix,
    on context: ComputeContext
  ) -> Double { 0 }
}
