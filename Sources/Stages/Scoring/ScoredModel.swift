import Artifacts
import Compute
import Files
import HDF5
import Pipelines
import Tasks
import Training
import Transformer

/// A model and its outputs on the rows of a dataset.
struct ScoredModel {
  /// Name by which it is shown.
  let name: String
  /// Sizes.
  let configuration: ModelConfiguration
  /// Numbers in the model, projections left out.
  let parameters: Int
  /// What it does.
  let task: any RowTask
  /// Names of its outputs, in the order of the dataset's.
  let labels: [String]
  /// The metric that decides.
  let chief: String
  /// Its outputs by split.
  let outputs: [String: Outputs]
  /// The rows by split.
  let rows: [String: TaskRows]
  /// Mean tokens a row over the splits.
  let meanLength: Double
  /// Tokens scored a second, in batches.
  let tokensPerSecond: Double
  /// How long it takes to answer for one example alone.
  let latency: Latency
  /// What a reader should know of how it was read.
  let notes: [String]

  /// Loads a model that goes with the dataset and scores it.
  ///
  /// - Parameters:
  ///   - name: Name by which it is shown.
  ///   - path: The model.
  ///   - named: Names of its outputs in order, where its own are not the dataset's; empty for none.
  ///   - dataset: The rows.
  ///   - splits: Which of them.
  ///   - options: The stage's.
  ///   - compute: Where the arithmetic runs.
  ///   - shouldStop: Asked before every batch.
  ///   - progress: Told after every batch how many sequences of how many are scored, and of what.
  /// - Throws: What is wrong with its weights or with the rows, `TaskError` on other labels;
  ///   `StageInterruption` when `shouldStop`, asked before every batch, says so.
  init(
    name: String, path: String, labels named: [String], dataset: String, splits: [String],
    options: OptionValues, on compute: ComputeContext, shouldStop: () -> Bool,
    progress: (_ done: Int, _ total: Int, _ what: String) -> Void = { _, _, _ in }
  ) throws {
    let source = try ModelSource(path, pooling: options.pooling)
    let (reader, description) = try DatasetArtifact.open(dataset)
    task = try ThresholdField.task(description.rowTask(of: dataset), options)
    let loaded = try source.loadWhole()
    let isOwn = source.facts.knows(description.labels, task)
    var notes = loaded.notes
    if isOwn, !named.isEmpty, named != source.labels {
      let own =
        source.labels.isEmpty
        ? "have no names"
        : "are named \(Self.list(source.labels)), "
          + (Set(source.labels) == Set(description.labels)
            ? "as the dataset's labels are" : "which the dataset's labels say in IOB2")
      notes.append("\(name): its outputs \(own): --model-labels does not count for it")
    }
    self.notes = notes
    let order = try source.facts.order(
      of: description.labels, named: isOwn ? [] : named, task, option: "--model-labels"
    ).order
    let translated = order.apply(to: loaded.model, loaded.weights)
    labels = description.labels
    chief = try MetricField.chief(options, of: task, labels: labels.count)
    let predictor = Predictor(loaded.model, weights: loaded.weights, on: compute)
    var outputs: [String: Outputs] = [:]
    var read: [String: TaskRows] = [:]
    var tokens = 0
    var examples = 0
    var seconds = Duration.zero
    for split in splits {
      var rows = try DatasetArtifact.readRows(
        reader, description, for: task, split: split,
        vocabularySize: source.configuration.vocabularySize)
      try rows.examples.requireWhole(
        within: source.facts.tokenLimit, of: dataset, for: path)
      if let usual = rows.sheet?.search {
        rows.sheet?.search = AnswerFields.search(options, from: usual)
      }
      if rows.targets.areKnown {
        try rows.examples.requireAnswers(
          split: split, of: dataset, cure: "label them, or leave them out of the dataset")
      }
      let start = ContinuousClock.now
      let total = rows.examples.count
      let unit = (total == rows.count ? "rows" : "windows") + " of \(name), \(split)"
      let found = try predictor.outputs(
        of: rows.examples, as: task.outputForm, shouldStop: shouldStop,
        progress: { progress($0, total, unit) })
      guard let found else { throw StageInterruption(step: nil) }
      seconds += ContinuousClock.now - start
      outputs[split] = translated(found)
      read[split] = rows
      tokens += rows.examples.ids.count
      examples += rows.examples.count
    }
    self.name = name
    configuration = source.configuration
    parameters = loaded.model.layout.count
    self.outputs = outputs
    rows = read
    meanLength = Double(tokens) / Double(max(examples, 1))
    tokensPerSecond = Double(tokens) / max(seconds / .seconds(1), 1e-9)
    latency = try Latency(
      of: predictor, on: splits.first.flatMap { read[$0]?.examples }, shouldStop: shouldStop)
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(20).map { printable(String($0.prefix(60))) }.joined(separator: ", ")
      + (names.count > 20 ? " and \(names.count - 20) more" : "")
  }

  /// Multiplications and additions of the encoder for one token of a row of mean length:
  /// 2 L (4 h^2 + 2 h f + 2 s h), as the TinyBERT paper counts them.
  var flopsPerToken: Double {
    let (h, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    return 2 * Double(configuration.layerCount) * (4 * h * h + 2 * h * f + 2 * meanLength * h)
  }

  /// The chief metric on rows of a split as a function of their numbers; nil where it is not known what
  /// is right.
  func chiefScore(on split: String) -> (([Int]) -> Double)? {
    guard let outputs = outputs[split], let rows = rows[split] else { return nil }
    return task.score(named: chief, of: outputs, on: rows)
  }

  /// Whether more of the chief metric is better.
  var moreIsBetter: Bool {
    task.metrics(labels: labels.count).first { $0.name == chief }?.greaterIsBetter ?? true
  }

  /// Where it is no better than what can be had without a model, a line a split.
  var worthless: [String] {
    outputs.keys.sorted().compactMap { split in
      guard let outputs = outputs[split], let rows = rows[split], rows.targets.areKnown else {
        return nil
      }
      let check = GuessCheck(task, outputs, on: rows, labels: labels, of: name, split: "'\(split)'")
      return check.isPassed ? nil : check.figures + ": no better than a guess"
    }
  }

  /// Draws for the interval of a model's own score.
  private static let resamples = 2_000
  /// The most labels whose confusions are counted.
  private static let mostConfused = 20

  /// The confusions by the numbers of the label that is right and of the one that was answered.
  private func confusion(of outputs: Outputs, on rows: TaskRows, prefix: String) -> StageMetrics {
    let labels = outputs.columns
    guard labels <= Self.mostConfused,
      let counts = task.confusion(of: outputs, on: rows, labels: labels)
    else { return [] }
    return (0..<labels).flatMap { right in
      (0..<labels).map { ("\(prefix)\(right)_\($0)", Double(counts[right][$0])) }
    }
  }

  /// Everything shown of a model, under its name.
  ///
  /// - Parameter teacher: What it is compared with, by split; nil where with nobody.
  /// - Returns: The figures in the order to show them.
  func metrics(teacher: [String: Outputs]?) -> StageMetrics {
    var metrics: StageMetrics = [
      ("layers", Double(configuration.layerCount)),
      ("hidden_size", Double(configuration.hiddenSize)), ("parameters", Double(parameters)),
      ("flops_per_token", flopsPerToken.rounded()),
    ]
    for split in outputs.keys.sorted() {
      guard let own = outputs[split], let rows = rows[split] else { continue }
      // Without answers there is nothing to score but the agreement with the teacher.
      let scores =
        rows.targets.areKnown ? Scoring.metrics(task, own, on: rows, prefix: split + "_") : []
      metrics += scores
      let chief = scores.first { $0.0 == split + "_" + self.chief }
      if let chief, let score = chiefScore(on: split) {
        let interval = Bootstrap(
          count: rows.count, resamples: Self.resamples, statistic: score)
        metrics.append((chief.0 + "_lower", interval.lower))
        metrics.append((chief.0 + "_upper", interval.upper))
      }
      metrics += confusion(of: own, on: rows, prefix: split + "_confusion_")
      guard let others = teacher?[split] else { continue }
      // Of a teacher that has not answered for all rows, those count that it has answered for.
      let answered = AnsweredPart(others, of: rows)
      let part = answered.part(of: own)
      let agreement = task.agreement(of: part, with: answered.answers, on: answered.rows)
      metrics.append(("\(split)_\(task.agreementMetric.name)", agreement))
      metrics += task.closeness(of: own, to: others, on: rows).map {
        (split + "_" + $0.name, $0.value)
      }
      guard let chief else { continue }
      let score = { (outputs: Outputs) in
        Scoring.metrics(task, outputs, on: answered.rows, prefix: "")
          .first { $0.0 == self.chief }?.1 ?? .nan
      }
      metrics.append((chief.0 + "_difference", score(part) - score(answered.answers)))
    }
    metrics += [
      ("latency_p50_ms", latency.median), ("latency_p95_ms", latency.percentile95),
      ("tokens_per_second", tokensPerSecond.rounded()),
    ]
    return metrics.map { ("\(name).\($0.0)", $0.1) }
  }
}
