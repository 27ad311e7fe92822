public import Compute
public import Training
public import Transformer

/// A student's vectors learn how alike the teacher's are, beside the vectors themselves or without them.
///
/// Terms: `similarity`, and `prediction` where the vectors are learnt too.
public struct SimilarityObjective: Objective {
  /// How alike they are.
  public let similarity: SimilarityDivergence
  /// What they are, where that is learnt.
  public let vectors: PredictionObjective?

  /// Creates the objective.
  public init(_ similarity: SimilarityDivergence, beside vectors: PredictionObjective? = nil) {
    (self.similarity, self.vectors) = (similarity, vectors)
  }

  /// The vectors.
  public var taps: BertModel.Taps { BertModel.Taps(logits: true) }

  /// Those of the vectors' loss.
  public var denominators: [Denominator] { vectors?.denominators ?? [] }

  /// How alike they are.
  public var stepLoss: (any StepLoss)? { similarity }

  /// What the vectors' loss adds.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    try vectors?.evaluate(
      batch, student: student, tapGradients: tapGradients, weights: weights, gradients: gradients,
      totals: totals, on: context, in: arena) ?? LossTerms()
  }
}
