import Artifacts
import Compute
import Tasks
import Text
import Training

/// The trainer of fine-tuning: a model that learns a task from labelled rows, or masked words of text.
enum FinetunePhase {
  /// Makes it.
  ///
  /// - Throws: `TrainingError` on options that contradict each other, `TaskError` on a tokenizer that the
  ///   task cannot be learnt with.
  static func trainer(
    _ loaded: LoadedModel, for task: any RowTask, tokenizer: Tokenizer,
    examples: any ExampleSource, training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    let objective = TargetObjective(
      task.targetLoss, preparing: try task.preparation(tokenizer))
    return try Trainer(
      loaded.model, weights: loaded.weights, objective: objective, source: examples,
      options: training, on: compute)
  }
}
