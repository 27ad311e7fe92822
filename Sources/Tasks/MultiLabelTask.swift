public import Distillation
import Files
import Foundation
public import Text
public import Training
public import Transformer

/// Any number of labels for a text or a pair of texts, each by itself.
public struct MultiLabelTask: RowTask {
  /// The probability from which on a label is answered.
  public let threshold: Double

  /// The task; labels are answered from `threshold` on.
  public init(threshold: Double = 0.5) { self.threshold = threshold }

  /// Its name in options and artifacts.
  public var name: String { "multi-label" }

  /// Any number of labels a row.
  public var takesSeveralLabels: Bool { true }

  /// What its head is called in messages.
  public var headName: String { "classifier" }

  /// Any classifier does.
  public func isDone(by head: Head) -> Bool {
    if case .classification = head { true } else { false }
  }

  /// Hugging Face's name.
  public var problemType: String? { "multi_label_classification" }

  /// The same with another threshold.
  public func answering(from threshold: Double) throws -> any RowTask {
    MultiLabelTask(threshold: threshold)
  }

  /// Logits, else the probability of each label by itself.
  public var answerKinds: [TeacherAnswer.Kind] { [.logits, .probabilities] }

  /// Logits as they are, and the log odds of probabilities.
  public func logits(of values: [Double], kind: TeacherAnswer.Kind, at place: String) throws
    -> [Float]
  {
    kind == .probabilities
      ? try TeacherAnswers.logOdds(ofProbabilities: values, at: place)
      : try TeacherAnswers.logits(values, kind: kind, at: place)
  }

  /// The names given, else those that a teacher's answers have, else those that occur; see `LabelSet`.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    if !named.isEmpty { return try LabelSet(named, least: 1).names }
    if let answered = try LabelSet(ofAnswers: rows, path: path, least: 1) { return answered.names }
    let single = Self.single(rows)
    guard !single.isEmpty else {
      throw TextError(
        path, line: rows.first?.line ?? 1,
        (rows.first?.answer == RowAnswer.none ? "has no labels" : "no row has a label")
          + "; name the column with --label-column or several with --label-columns, or give all "
          + "labels with --labels if the rows have none")
    }
    return try LabelSet(of: single, path: path, least: 1).names
  }

  /// Each row's labels, ascending; a file in which no row has one says nothing of them.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    let single = Self.single(rows)
    if single.isEmpty { return rows.map { _ in .none } }
    if !allowsMissing { try LabelledRow.requireAllOrNone(rows, path: path) }
    var classes = try LabelSet(labels, least: 1).classes(of: single, path: path)[...]
    return rows.map { row in
      guard case .labels(let names) = row.answer else { return .none }
      let own = classes.prefix(names.count).compactMap { $0 }
      classes.removeFirst(names.count)
      return .labels(Set(own).sorted())
    }
  }

  /// A row for each label of each row.
  private static func single(_ rows: [LabelledRow]) -> [LabelledRow] {
    rows.flatMap { row -> [LabelledRow] in
      guard case .labels(let names) = row.answer else { return [] }
      return names.map { LabelledRow(text: "", label: $0, line: row.line) }
    }
  }

  /// Sets of classes.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .labelSets: true
    default: false
    }
  }

  /// A classifier with an output a label.
  public func head(labels: [String], style: ClassifierStyle) -> Head {
    .classification(labels: labels.count, style: style)
  }

  /// Binary cross-entropy of each label.
  public var targetLoss: any TargetLoss { BinaryCrossEntropy() }

  /// The same with the teacher's probabilities.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SoftBinaryCrossEntropy(temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// F1 over all decisions, its mean over the labels and over the rows, and the share of rows whose
  /// labels are exactly right.
  public func metrics(labels: Int) -> [Metric] {
    ["f1_micro", "f1_macro", "f1_samples", "accuracy"].map { Metric($0, isShare: true) }
  }

  /// The values of `metrics`.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    let metrics = MultiLabelMetrics(
      sets(outputs), Self.labels(of: rows), labelCount: outputs.columns)
    return [metrics.f1Micro, metrics.f1Macro, metrics.f1Samples, metrics.accuracy]
  }

  /// What the same labels for every row have: those most frequent, as many as score best.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    var counts = [Int](repeating: 0, count: labels.count)
    for label in Self.labels(of: rows).joined() { counts[Int(label)] += 1 }
    let (total, rowCount) = (counts.reduce(0, +), rows.examples.count)
    counts.sort(by: >)
    var (best, bestCount, hits) = (0.0, 0, 0)
    for (place, count) in counts.enumerated() {
      hits += count
      let predicted = (place + 1) * rowCount
      let f1 = Double(2 * hits) / Double(max(predicted + total, 1))
      if f1 > best { (best, bestCount) = (f1, place + 1) }
    }
    return (best, "the \(bestCount) most frequent of \(labels.count) labels")
  }

  /// The share of rows for which both give the same labels.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    MultiLabelMetrics(sets(outputs), sets(others), labelCount: outputs.columns).accuracy
  }

  /// F1 over all decisions.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets != .none else { return nil }
    let (predicted, actual) = (sets(outputs), Self.labels(of: rows))
    let hits = zip(predicted, actual).map { 2 * $0.intersection($1).count }
    let all = zip(predicted, actual).map { $0.count + $1.count }
    return { drawn in
      let (hits, all) = drawn.reduce((0, 0)) { ($0.0 + hits[$1], $0.1 + all[$1]) }
      return all == 0 ? 0 : Double(hits) / Double(all)
    }
  }

  /// The names of the labels from the threshold on; the probabilities of all labels and their logits,
  /// in the order of the labels.
  public func answers(_ outputs: Outputs, to rows: TaskRows, labels: [String]) -> [Answer] {
    (0..<outputs.count).map { row in
      let logits = outputs.rows[row].map { Double($0) }
      let probabilities = logits.map(Self.sigmoid)
      let names = zip(labels, probabilities).filter { $1 >= threshold }.map(\.0)
      return Answer(
        text: names.joined(separator: ","), probabilities: probabilities,
        object: JSONObject([
          ("labels", .array(names.map { .string($0) })),
          ("probabilities", .array(probabilities.map { .real($0) })),
          ("logits", .array(logits.map { .real($0) })),
        ]))
    }
  }

  /// The labels from the threshold on, of each row.
  private func sets(_ outputs: Outputs) -> [Set<Int32>] {
    (0..<outputs.count).map { row in
      Set(
        outputs.rows[row].enumerated().filter { Self.sigmoid(Double($1)) >= threshold }
          .map { Int32($0.offset) })
    }
  }

  private static func sigmoid(_ logit: Double) -> Double { 1 / (1 + exp(-logit)) }

  private static func labels(of rows: TaskRows) -> [Set<Int32>] {
    (0..<rows.examples.count).map { row in
      if case .labels(let labels) = rows.targets[row] { Set(labels) } else { [] }
    }
  }
}
