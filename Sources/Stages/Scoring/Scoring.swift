import Artifacts
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
  ///
  /// - Parameters:
  ///   - rows: Labelled rows.
  ///   - shouldStop: Asked before every batch.
  /// - Returns: The metrics, nil if it was asked to stop.
  /// - Throws: `TrainingError` on logits that are not finite.
  func metrics(on rows: InMemoryExamples, shouldStop: () -> Bool) throws -> [String: Double]? {
    try orderedMetrics(on: rows, prefix: "", shouldStop: shouldStop).map {
      Dictionary($0, uniquingKeysWith: { first, _ in first })
    }
  }

  /// The same in the order to show them.
  func orderedMetrics(
    on rows: InMemoryExamples, prefix: String, shouldStop: () -> Bool
  ) throws -> StageMetrics? {
    guard let logits = try predictor.logits(of: rows, shouldStop: shouldStop) else { return nil }
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
