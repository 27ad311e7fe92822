import Artifacts
import Compute
import Pipelines
import Text
import Training

/// The trainers of fine-tuning: a model that learns labels, or masked words.
enum FinetunePhase {
  /// A model that learns the classes of rows.
  ///
  /// - Throws: `TrainingError` on options that contradict each other.
  static func trainer(
    onLabels loaded: LoadedModel, examples: any ExampleSource, training: TrainingOptions,
    on compute: ComputeContext
  ) throws -> Trainer {
    try Trainer(
      loaded.model, weights: loaded.weights, objective: ClassificationObjective(),
      source: examples, options: training, on: compute)
  }

  /// A model that learns the words that are masked, each token with `probability`.
  ///
  /// - Throws: `TrainingError` on options that contradict each other.
  static func trainer(
    onMaskedWords loaded: LoadedModel, tokenizer: Tokenizer, probability: Double,
    examples: any ExampleSource, training: TrainingOptions, on compute: ComputeContext
  ) throws -> Trainer {
    let masking = TokenMasking(
      vocabularySize: tokenizer.vocabularySize, maskId: tokenizer.maskId,
      specialIds: tokenizer.specialIds, probability: probability)
    return try Trainer(
      loaded.model, weights: loaded.weights, objective: MaskedLanguageObjective(),
      source: examples, options: training, masking: masking, on: compute)
  }
}
