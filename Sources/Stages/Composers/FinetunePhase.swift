public import Artifacts
public import Compute
public import Tasks
import Text
public import Training

/// The trainers of fine-tuning: a model that learns a task from labelled rows, or masked words.
public enum FinetunePhase {
  /// A model that learns the answers of rows.
  ///
  /// - Throws: `TrainingError` on options that contradict each other.
  public static func trainer(
    _ loaded: LoadedModel, for task: any RowTask, examples: any ExampleSource,
    training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    try Trainer(
      loaded.model, weights: loaded.weights, objective: TargetObjective(task.targetLoss),
      source: examples, options: training, on: compute)
  }

  /// A model that learns the words that are masked, each token with `probability`.
  ///
  /// - Throws: `TrainingError` on options that contradict each other.
  static func trainer(
    onMaskedWords loaded: LoadedModel, tokenizer: Tokenizer, probability: Double,
    examples: any ExampleSource, training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    try Trainer(
      loaded.model, weights: loaded.weights,
      objective: try MaskedLanguageTask().objective(tokenizer, probability: probability),
      source: examples, options: training, on: compute)
  }
}
