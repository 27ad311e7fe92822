public import Distillation
import Files
public import Text
public import Training
public import Transformer

/// A number for a text or a pair of texts, such as how alike two sentences are.
///
/// Numbers are as the rows have them: nothing is scaled.
public struct RegressionTask: RowTask {
  /// The only one there is.
  public init() {}

  /// Its name in options and artifacts.
  public var name: String { "regression" }

  /// What its head is called in messages.
  public var headName: String { "regression head" }

  /// A single output does.
  public func isDone(by head: Head) -> Bool {
    if case .classification(1, _) = head { true } else { false }
  }

  /// Hugging Face's name.
  public var problemType: String? { "regression" }

  /// One name: that which is given, else `score`.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    guard named.count < 2 else {
      throw TextError(
        "labels", "a regression has one output, not \(named.count); leave the option out")
    }
    if let name = named.first {
      guard !name.isEmpty, printable(name) == name else {
        throw TextError("labels", "the name '\(name)' is empty or holds control characters")
      }
      return [name]
    }
    guard rows.isEmpty || rows.contains(where: { $0.hasLabel || $0.teacher != nil }) else {
      throw TextError(
        path, line: rows[0].line,
        (rows[0].answer == .none ? "has no number" : "no row has a number")
          + "; name the column with --label-column, or give --labels score if the rows have none")
    }
    return ["score"]
  }

  /// A number is right.
  public var answersAreNumbers: Bool { true }

  /// A number, also as the one logit by which transformers gives it.
  public var answerKinds: [TeacherAnswer.Kind] { [.score, .logits] }

  /// Each row's number.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    // Test files of Hugging Face's datasets say -1 in every row for what is not told.
    if rows.allSatisfy({ $0.label.map(LabelSet.wholeNumber) == "-1" }) {
      return rows.map { _ in .none }
    }
    if !allowsMissing { try LabelledRow.requireAllOrNone(rows, path: path) }
    var wrong: [LabelledRow] = []
    let targets = rows.map { row -> Target in
      guard row.hasLabel else { return .none }
      if let number = row.label.flatMap(Self.number) { return .number(number) }
      wrong.append(row)
      return .none
    }
    guard let first = wrong.first else { return targets }
    throw TextError(
      path, line: first.line,
      "\(wrong.count) rows have no number for a label (\(LabelledRow.firstFive(wrong))); write "
        + "numbers such as 3.25, or make a dataset of classes: --task classification")
  }

  /// A decimal number that single precision can hold.
  static func number(_ label: String) -> Float? {
    guard let number = DecimalNumber.digits(of: label).flatMap({ Float($0) }), number.isFinite
    else {
      return nil
    }
    return number
  }

  /// Numbers.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .numbers: true
    default: false
    }
  }

  /// A classifier with one output.
  public func head(labels: [String], style: ClassifierStyle) -> Head {
    .classification(labels: 1, style: style)
  }

  /// Mean squared error.
  public var targetLoss: any TargetLoss { SquaredError() }

  /// Mean squared error to the teacher's number.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SquaredAnswerError(temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// Pearson's and Spearman's correlation with the numbers, and the mean squared error.
  public func metrics(labels: Int) -> [Metric] {
    [Metric("pearson"), Metric("spearmanr"), Metric("mse", greaterIsBetter: false)]
  }

  /// The mean of both correlations, under the name that transformers' GLUE has for it.
  public var meanMetric: MeanMetric? {
    MeanMetric(metric: Metric("corr"), parts: ["pearson", "spearmanr"])
  }

  /// The values of `metrics`; a correlation is NaN where either side is constant.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    guard case .numbers(let numbers) = rows.targets else { return [.nan, .nan, .nan] }
    let (x, y) = (outputs.values.map(Double.init), numbers.map(Double.init))
    return [
      RegressionMetrics.pearson(x, y), RegressionMetrics.spearman(x, y),
      RegressionMetrics.meanSquaredError(x, y),
    ]
  }

  /// What numbers drawn without a look at the text would have.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    (0, "a guess")
  }

  /// Pearson's correlation of the two.
  public var agreementMetric: Metric { Metric("agreement_pearson") }

  /// How far the numbers of two models are alike: their Pearson correlation.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    RegressionMetrics.pearson(outputs.values.map(Double.init), others.values.map(Double.init))
  }

  /// Pearson's correlation.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard case .numbers(let numbers) = rows.targets else { return nil }
    let (x, y) = (outputs.values.map(Double.init), numbers.map(Double.init))
    return { drawn in RegressionMetrics.pearson(drawn.map { x[$0] }, drawn.map { y[$0] }) }
  }

  /// There is one output, whatever it is called.
  public func order(of model: [String], in labels: [String], path: String, option: String) throws
    -> LabelOrder
  {
    try LabelOrder(of: labels, in: labels, model: path, option: option)
  }

  /// The number.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    outputs.values.map { number in
      Answer(
        text: "\(number)", probabilities: [],
        object: JSONObject([("score", .real(Double(number)))]))
    }
  }
}
