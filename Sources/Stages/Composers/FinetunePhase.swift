public import Artifacts
public import Compute
public import Tasks
public import Training

/// The trainer of fine-tuning: a model that learns a task from labelled rows, or masked words of text.
public enum FinetunePhase {
  /// Makes it.
  ///
  /// - Parameters:
  ///   - loaded: What learns.
  ///   - task: What it learns.
  ///   - examples: The rows, or the texts.
  ///   - preparation: What is done to an example before each visit.
  ///   - training: How training runs.
  ///   - compute: Where the arithmetic runs.
  /// - Returns: A trainer that has taken no step.
  /// - Throws: `TrainingError` on options that contradict each other.
  public static func trainer(
    _ loaded: LoadedModel, for task: any RowTask, examples: any ExampleSource,
    preparing preparation: TargetObjective.Preparation? = nil,
    training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    try Trainer(
      loaded.model, weights: loaded.weights,
      objective: TargetObjective(task.targetLoss, preparing: preparation), source: examples,
      options: training, on: compute)
  }
}
