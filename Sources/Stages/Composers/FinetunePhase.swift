public import Artifacts
public import Compute
public import Tasks
import Text
public import Training

<<<<<<< HEAD
/// The trainer of fine-tuning: a model that learns a task from labelled rows, or masked words of text.
enum FinetunePhase {
  /// Makes it.
  ///
  /// - Throws: `TrainingError` on options that contradict each other, `TaskError` on a tokenizer that the
  ///   task cannot be learnt with.
  static func trainer(
    _ loaded: LoadedModel, for task: any RowTask, tokenizer: Tokenizer,
=======
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
>>>>>>> fcc52102a6ee81b1f30b34c5af0006c1b2d43f05
    examples: any ExampleSource, training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    let objective = TargetObjective(
      task.targetLoss, preparing: try task.preparation(tokenizer))
    return try Trainer(
      loaded.model, weights: loaded.weights, objective: objective, source: examples,
      options: training, on: compute)
  }
}
