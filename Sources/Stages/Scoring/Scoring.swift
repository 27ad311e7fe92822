import Artifacts
import Compute
import Tasks
import Training

/// Scores a model on the examples of its task.
struct Scoring {
  private let task: any RowTask
  private let predictor: Predictor

  init(_ model: LoadedModel, on task: any RowTask, compute: ComputeContext) {
    self.task = task
    predictor = Predictor(model.model, weights: model.weights, on: compute)
  }

  /// The task's metrics, in the order to show them.
  ///
  /// - Parameters:
  ///   - rows: What is to be answered.
  ///   - prefix: What stands before each name.
  ///   - shouldStop: Asked before every batch.
  /// - Returns: The metrics, nil if it was asked to stop.
  /// - Throws: `TrainingError` on logits that are not finite.
  func metrics(
    on rows: TaskRows, prefix: String = "", shouldStop: () -> Bool
  ) throws -> StageMetrics? {
    try predictor.outputs(of: rows.examples, as: task.outputForm, shouldStop: shouldStop)
      .map { outputs in Scoring.metrics(task, outputs, on: rows, prefix: prefix) }
  }

  /// The metrics of outputs that are there.
  static func metrics(
    _ task: any RowTask, _ outputs: Outputs, on rows: TaskRows, prefix: String
  ) -> StageMetrics {
    zip(task.metrics(labels: outputs.columns), task.scores(of: outputs, on: rows)).map {
      (prefix + $0.name, $1)
    } + task.details(of: outputs, on: rows).map { (prefix + $0.0, $0.1) }
  }
}
