import Artifacts
import Compute
import Files
import HDF5
import Pipelines
import Training
import Transformer

/// A model and its logits on the rows of a dataset.
struct ScoredModel {
  /// Name by which it is shown.
  let name: String
  /// Sizes.
  let configuration: ModelConfiguration
  /// Numbers in the model, projections left out.
  let parameters: Int
  /// Logits by split, `[rows, classes]`.
  let logits: [String: [Float]]
  /// Labels by split.
  let labels: [String: [Int32]]
  /// Number of classes.
  let classes: Int
  /// Mean tokens a row over the splits.
  let meanLength: Double
  /// Tokens scored a second.
  let tokensPerSecond: Double

  /// Loads a model and scores it.
  ///
  /// - Throws: `StageError` on a model without classifier, other labels or another tokenizer;
  ///   `StageInterruption` when `shouldStop`, asked before every batch, says so.
  init(
    name: String, path: String, dataset: String, splits: [String], on compute: ComputeContext,
    shouldStop: () -> Bool
  ) throws {
    let source = try ModelSource(path)
    guard case .classification = source.head else {
      throw ArtifactError.badData(path, "the model has no classifier", cure: "score a task model")
    }
    let (reader, description) = try DatasetArtifact.open(dataset)
    try TokenizerCheck.same(description.tokenizerDigest, of: dataset, as: source.tokenizer)
    let loaded = try source.loadWhole()
    try LabelOrder(of: source.labels, in: description.labels, teacher: path).apply(to: loaded)
    let predictor = Predictor(loaded.model, weights: loaded.weights, on: compute)
    var logits: [String: [Float]] = [:]
    var labels: [String: [Int32]] = [:]
    var tokens = 0
    var rows = 0
    var seconds = Duration.zero
    for split in splits {
      let examples = try DatasetArtifact.readExamples(
        reader, description, split: split, vocabularySize: source.configuration.vocabularySize)
      let start = ContinuousClock.now
      guard let found = try predictor.logits(of: examples, shouldStop: shouldStop) else {
        throw StageInterruption(step: nil)
      }
      logits[split] = found
      seconds += ContinuousClock.now - start
      labels[split] = examples.labels
      tokens += examples.ids.count
      rows += examples.count
    }
    self.name = name
    configuration = source.configuration
    parameters = loaded.model.layout.count
    self.logits = logits
    self.labels = labels
    classes = description.labels.count
    meanLength = Double(tokens) / Double(max(rows, 1))
    tokensPerSecond = Double(tokens) / max(seconds / .seconds(1), 1e-9)
  }

  /// Multiplications and additions of the encoder for one token of a row of mean length:
  /// 2 L (4 h^2 + 2 h f + 2 s h), as the TinyBERT paper counts them.
  var flopsPerToken: Double {
    let (h, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    return 2 * Double(configuration.layerCount) * (4 * h * h + 2 * h * f + 2 * meanLength * h)
  }

  /// Predicted classes on a split.
  func predicted(on split: String) -> [Int32] {
    Predictor.classes(logits: logits[split] ?? [], labels: classes)
  }

  /// Whether each row of a split is classified rightly.
  func isRight(on split: String) -> [Bool] {
    zip(predicted(on: split), labels[split] ?? []).map { $0 == $1 }
  }

  /// Everything shown of a model, under its name.
  func metrics(teacher: ScoredModel?) -> StageMetrics {
    var metrics: StageMetrics = [
      ("layers", Double(configuration.layerCount)),
      ("hidden_size", Double(configuration.hiddenSize)), ("parameters", Double(parameters)),
      ("flops_per_token", flopsPerToken.rounded()),
    ]
    for split in logits.keys.sorted() {
      let predicted = predicted(on: split)
      metrics += Scoring.metrics(
        predicted, labels[split] ?? [], classes: classes, prefix: split + "_")
      if let teacher {
        metrics.append(
          (
            split + "_agreement",
            ClassificationMetrics.accuracy(predicted, teacher.predicted(on: split))
          ))
      }
    }
    metrics.append(("tokens_per_second", tokensPerSecond.rounded()))
    return metrics.map { ("\(name).\($0.0)", $0.1) }
  }
}
