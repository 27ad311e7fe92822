import Compute
public import Distillation
import Files
import Foundation
public import Text
public import Training
public import Transformer

/// One class out of several for a text or a pair of texts.
public struct ClassificationTask: RowTask {
  /// The only one there is.
  public init() {}

  /// Its name in options and artifacts.
  public var name: String { "classification" }

  /// One class a row.
  public var rowsHaveClasses: Bool { true }

  /// What its head is called in messages.
  public var headName: String { "classifier" }

  /// Any classifier does.
  public func isDone(by head: Head) -> Bool {
    if case .classification = head { true } else { false }
  }

  /// Hugging Face's name.
  public var problemType: String? { "single_label_classification" }

  /// The names given, else those that a teacher's answers have, else the labels that occur; see
  /// `LabelSet`.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    if !named.isEmpty { return try LabelSet(named).names }
    return try (LabelSet(ofAnswers: rows, path: path) ?? LabelSet(of: rows, path: path)).names
  }

  /// Logits, else class probabilities.
  public var answerKinds: [TeacherAnswer.Kind] { [.logits, .probabilities] }

  /// Logits as they are, and the logarithms of probabilities, whose softmax is the same at every
  /// temperature.
  public func logits(of values: [Double], kind: TeacherAnswer.Kind, at place: String) throws
    -> [Float]
  {
    kind == .probabilities
      ? try TeacherAnswers.logits(ofProbabilities: values, at: place)
      : try TeacherAnswers.logits(values, kind: kind, at: place)
  }

  /// Each row's class: the place of its label among the names.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    // Test files of Hugging Face's datasets say -1 in every row for what is not told.
    if !labels.contains("-1"), rows.allSatisfy({ $0.label == "-1" }) {
      return rows.map { _ in .none }
    }
    if !allowsMissing { try LabelledRow.requireAllOrNone(rows, path: path) }
    return try LabelSet(labels).classes(of: rows, path: path).map { $0.map { .label($0) } ?? .none }
  }

  /// Classes.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .labels: true
    default: false
    }
  }

  /// A classifier with an output a label.
  public func head(labels: [String], style: ClassifierStyle) -> Head {
    .classification(labels: labels.count, style: style)
  }

  /// Cross-entropy of the class.
  public var targetLoss: any TargetLoss { CrossEntropy() }

  /// Soft cross-entropy with the teacher's class probabilities.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SoftCrossEntropy(temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// Accuracy, F1 of the second of two classes, F1 of all classes in three means, and Matthews
  /// correlation.
  public func metrics(labels: Int) -> [Metric] {
    (["accuracy"] + (labels == 2 ? ["f1"] : []) + ["f1_macro", "f1_micro", "f1_weighted"])
      .map { Metric($0, isShare: true) } + [Metric("matthews_correlation")]
  }

  /// The values of `metrics`.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    Self.scores(outputs.greatest, Self.labels(of: rows), isBinary: outputs.columns == 2)
  }

  private static func scores(_ predicted: [Int32], _ labels: [Int32], isBinary: Bool) -> [Double] {
    let f1 = isBinary ? [ClassificationMetrics.f1(predicted, labels)] : []
    let means = ClassificationMetrics.meanF1(predicted, labels)
    return [ClassificationMetrics.accuracy(predicted, labels)] + f1
      + [
        means.macro, means.micro, means.weighted, ClassificationMetrics.matthews(predicted, labels),
      ]
  }

  /// The share of the most frequent class.
  public func baseline(on rows: TaskRows, labels: [String]) -> (
    score: Double, name: String
  ) {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in Self.labels(of: rows) where label >= 0 { counts[Int(label)] += 1 }
    let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
    return (
      Double(counts[most]) / Double(max(rows.examples.count, 1)), "majority class '\(labels[most])'"
    )
  }

  /// The share of rows on which both give the same class.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    ClassificationMetrics.accuracy(outputs.greatest, others.greatest)
  }

  /// The share of rows that are given their class.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets != .none else { return nil }
    let isRight = zip(outputs.greatest, Self.labels(of: rows)).map { $0 == $1 }
    return { drawn in Double(drawn.count { isRight[$0] }) / Double(max(drawn.count, 1)) }
  }

  /// All metrics.
  public func resampledMetrics(labels: Int) -> [String] { metrics(labels: labels).map(\.name) }

  /// Any of its metrics.
  public func score(
    named metric: String, of outputs: Outputs, on rows: TaskRows
  ) -> (([Int]) -> Double)? {
    let metrics = metrics(labels: outputs.columns)
    guard let place = metrics.firstIndex(where: { $0.name == metric }), rows.targets != .none else {
      return nil
    }
    guard place > 0 else { return chiefScore(of: outputs, on: rows) }
    let (predicted, labels) = (outputs.greatest, Self.labels(of: rows))
    let isBinary = outputs.columns == 2
    return { drawn in
      Self.scores(drawn.map { predicted[$0] }, drawn.map { labels[$0] }, isBinary: isBinary)[place]
    }
  }

  /// Rows by their class and the class that they are given.
  public func confusion(of outputs: Outputs, on rows: TaskRows, labels: Int) -> [[Int]]? {
    guard rows.targets != .none else { return nil }
    var counts = [[Int]](repeating: [Int](repeating: 0, count: labels), count: labels)
    for (answer, label) in zip(outputs.greatest, Self.labels(of: rows)) where label >= 0 {
      counts[Int(label)][Int(answer)] += 1
    }
    return counts
  }

  /// The name of the class with the greatest logit; the probabilities of all classes and their logits,
  /// in the order of the labels.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    outputs.greatest.enumerated().map { row, label in
      let logits = outputs.rows[row].map { Double($0) }
      let probabilities = Self.softmax(logits)
      let name = labels[Int(label)]
      return Answer(
        text: name, probabilities: probabilities,
        object: JSONObject([
          ("label", .string(name)),
          ("probabilities", .array(probabilities.map { .real($0) })),
          ("logits", .array(logits.map { .real($0) })),
        ]))
    }
  }

  /// The probabilities of the classes.
  package static func softmax(_ logits: [Double]) -> [Double] {
    let greatest = logits.max() ?? 0
    let powers = logits.map { exp($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private static func labels(of rows: TaskRows) -> [Int32] {
    guard case .labels(let labels) = rows.targets else {
      return [Int32](repeating: -1, count: rows.examples.count)
    }
    return labels
  }
}
