import Compute
import Training
import Transformer

/// Scores a classifier on labelled rows.
struct Scoring {
  private let labels: Int
  private let predictor: Predictor

  init(_ model: LoadedModel, on compute: ComputeContext) {
    labels = model.labels.count
    predictor = Predictor(model.model, weights: model.weights, on: compute)
  }

  /// Accuracy, Matthews correlation and, for two classes, F1 of the second.
  func metrics(on rows: InMemoryExamples) throws -> [String: Double] {
    Dictionary(try orderedMetrics(on: rows, prefix: ""), uniquingKeysWith: { first, _ in first })
  }

  /// The same in the order to show them.
  func orderedMetrics(on rows: InMemoryExamples, prefix: String) throws -> StageMetrics {
    let logits = try predictor.logits(of: rows) ?? []
    return Scoring.metrics(
      Predictor.classes(logits: logits, labels: labels), rows.labels, classes: labels,
      prefix: prefix)
  }

  /// Metrics of predictions against labels.
  static func metrics(
    _ predicted: [Int32], _ labels: [Int32], classes: Int, prefix: String
  ) -> StageMetrics {
    var metrics: StageMetrics = [
      (prefix + "accuracy", ClassificationMetrics.accuracy(predicted, labels))
    ]
    if classes == 2 { metrics.append((prefix + "f1", ClassificationMetrics.f1(predicted, labels))) }
    metrics.append(
      (prefix + "matthews_correlation", ClassificationMetrics.matthews(predicted, labels)))
    return metrics
  }
}
