public import Artifacts
public import Compute
import Distillation
public import Pipelines
public import Training

/// The trainer of the prediction phase: a student that learns a teacher's logits, all of which are
/// known before the first step.
public enum PredictionPhase {
  /// Makes it.
  ///
  /// - Parameters:
  ///   - student: The student under its classifier.
  ///   - logits: The teacher's, row-major `[examples, labels]`, in the order of the student's labels.
  ///   - examples: The rows.
  ///   - options: Values of the stage's own fields.
  ///   - training: How training runs.
  ///   - compute: Where the arithmetic runs.
  /// - Throws: `DistillationError` and `TrainingError` on options that contradict each other.
  public static func trainer(
    _ student: LoadedModel, logits: [Float], examples: any ExampleSource, options: OptionValues,
    training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    let labels = student.labels.count
    let objective = try PredictionObjective(
      student: student.model,
      teacher: .cached(labels: labels) { rows in
        rows.flatMap { logits[$0 * labels..<($0 + 1) * labels] }
      },
      temperature: options.real("temperature"), scalesByTemperature: options.boolean("t2"),
      alpha: options.real("alpha"))
    return try Trainer(
      student.model, weights: student.weights, objective: objective, source: examples,
      options: training, on: compute)
  }
}
