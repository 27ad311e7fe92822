import Compute
public import Distillation
import Files
import Text
public import Training
public import Transformer

/// A tag for every word of a sentence: entities, such as persons and places, and where they begin and
/// end; or a class of the word itself, such as its part of speech.
///
/// A model answers at the first piece of each word, as Hugging Face's `run_ner` has it: further pieces,
/// special tokens and words that a length limit cuts off count nowhere.
public struct TokenClassificationTask: RowTask {
  /// Whether tags are classes of words and mark no entities.
  let tagsAreClasses: Bool

  /// The one whose tags mark entities.
  public init() { self.init(tagsAreClasses: false) }

  init(tagsAreClasses: Bool) { self.tagsAreClasses = tagsAreClasses }

  /// The names of tags say whether they mark entities.
  public func knowing(labels: [String]) -> any RowTask {
    TokenClassificationTask(tagsAreClasses: EntityTag.areClasses(labels))
  }

  /// Its name in options and artifacts.
  public var name: String { "token-classification" }

  /// What its head is called in messages.
  public var headName: String { "classifier of tokens" }

  /// Any classifier of tokens does.
  public func isDone(by head: Head) -> Bool {
    if case .tokenClassification = head { true } else { false }
  }

  /// Hugging Face has none: the class says it.
  public var problemType: String? { nil }

  /// Words, each with a tag.
  public var readsWords: Bool { true }

  /// A row of logits for each label.
  public func head(labels: [String], style: ClassifierStyle) -> Head {
    .tokenClassification(labels: labels.count)
  }

  /// Cross-entropy of the tags.
  public var targetLoss: any TargetLoss { CrossEntropy() }

  /// Soft cross-entropy with the teacher's probabilities, a mean over words.
  public func answerLoss(temperature: Double, scalesByTemperature: Bool) throws -> any AnswerLoss {
    try SoftCrossEntropy(
      temperature: temperature, scalesByTemperature: scalesByTemperature, over: .predictionRows)
  }

  // MARK: Scoring

  /// Those of Hugging Face's `evaluate` for seqeval; of classes those of a classification of words.
  public func metrics(labels: Int) -> [Metric] {
    if tagsAreClasses { return ["accuracy", "f1_macro"].map { Metric($0, isShare: true) } }
    return ["overall_f1", "overall_precision", "overall_recall", "overall_accuracy"]
      .map { Metric($0, isShare: true) }
  }

  /// The values of `metrics`.
  public func scores(of outputs: Outputs, on rows: TaskRows) -> [Double] {
    if tagsAreClasses { return classScores(of: outputs, on: rows) }
    let metrics = entities(outputs, on: rows)
    let all = metrics.all
    return [all.f1, all.precision, all.recall, metrics.accuracy]
  }

  /// F1, precision, recall and number of the entities of each type, by the type's name.
  public func details(of outputs: Outputs, on rows: TaskRows) -> [(String, Double)] {
    // No type hides another one, nor what all types have together.
    var taken: Set<String> = ["overall"]
    return entities(outputs, on: rows).types.sorted { $0.key < $1.key }.flatMap { type, counts in
      // The names of metrics are cut at dots.
      var name = type.isEmpty ? "_" : type.replacing(".", with: "_")
      while !taken.insert(name).inserted { name += "_" }
      return [
        (name + "_f1", counts.f1), (name + "_precision", counts.precision),
        (name + "_recall", counts.recall), (name + "_number", Double(counts.known)),
      ]
    }
  }

  private func entities(_ outputs: Outputs, on rows: TaskRows) -> EntityMetrics {
    sentences(outputs, on: rows).reduce(into: EntityMetrics()) { $0.add($1) }
  }

  /// The counts of each row.
  private func sentences(_ outputs: Outputs, on rows: TaskRows) -> [EntityMetrics] {
    let tags = Self.tags(rows.labels, count: outputs.columns)
    return words(outputs, of: rows).map { predicted, known in
      let places = known.indices.filter { known[$0] >= 0 }
      return EntityMetrics(places.map { predicted[$0] }, places.map { known[$0] }, tags: tags)
    }
  }

  /// The best that one tag for all words can have: nothing is found where that is `O`.
  public func baseline(on rows: TaskRows, labels: [String]) -> (score: Double, name: String) {
    if tagsAreClasses { return classBaseline(on: rows, labels: labels) }
    var best = (score: 0.0, label: labels.firstIndex(of: "O") ?? 0)
    let known = rows.examples.count
    let tags = Self.tags(labels, count: labels.count)
    for label in labels.indices where tags[label].place != .outside {
      var metrics = EntityMetrics()
      for index in 0..<known {
        let answers = Self.classes(rows, index).filter { $0 >= 0 }
        metrics.add(EntityMetrics(answers.map { _ in Int32(label) }, answers, tags: tags))
      }
      if metrics.all.f1 > best.score { best = (metrics.all.f1, label) }
    }
    return (best.score, "the tag '\(labels[best.label])' for every word")
  }

  /// The share of words that both give the same tag.
  public func agreement(of outputs: Outputs, with others: Outputs, on rows: TaskRows) -> Double {
    var (same, all) = (0, 0)
    for (one, other) in zip(words(outputs, of: rows), words(others, of: rows)) {
      same += zip(one.predicted, other.predicted).count { $0 == $1 }
      all += one.predicted.count
    }
    return Double(same) / Double(all)
  }

  /// F1 of the entities of the rows drawn, or the share of their words that have their class.
  public func chiefScore(of outputs: Outputs, on rows: TaskRows) -> (([Int]) -> Double)? {
    guard rows.targets.areKnown else { return nil }
    if tagsAreClasses { return classChiefScore(of: outputs, on: rows) }
    let counts = sentences(outputs, on: rows).map(\.all)
    return { drawn in drawn.reduce(EntityMetrics.Counts()) { $0 + counts[$1] }.f1 }
  }

  // MARK: Words and tokens

  /// The predicted and the known tag of each word that a model is asked for, by row.
  func words(
    _ outputs: Outputs, of rows: TaskRows
  ) -> [(predicted: [Int32], known: [Int32])] {
    let greatest = outputs.greatest
    let starts = outputs.starts
    return (0..<rows.examples.count).map { index in
      let classes = Self.classes(rows, index)
      let asked = classes.indices.filter { classes[$0] != ignoredLabel }
      let predicted = greatest[starts[index]..<starts[index + 1]]
      precondition(predicted.count == asked.count, "a row of logits for every word")
      return (Array(predicted), asked.map { classes[$0] })
    }
  }

  /// The class of each token of an example, `ignoredLabel` for all where there are no targets.
  static func classes(_ rows: TaskRows, _ index: Int) -> [Int32] {
    if case .tokenLabels(let labels) = rows.targets[index] { return labels }
    return [Int32](repeating: ignoredLabel, count: rows.examples.length(of: index))
  }

  /// What names mean; one that is no tag is taken for the outside, as all are where they are classes.
  static func tags(_ labels: [String], count: Int) -> [EntityTag] {
    guard !EntityTag.areClasses(labels) else {
      return [EntityTag](repeating: .outside, count: count)
    }
    return (0..<count).map {
      labels.indices.contains($0) ? EntityTag(labels[$0]) ?? .outside : .outside
    }
  }
}
