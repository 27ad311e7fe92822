public import Compute
public import Transformer

/// Masked language modelling: mean over the step's masked positions of -log softmax(z)[original id].
public struct MaskedLanguageObjective: Objective {
  /// Creates the objective; the model needs a masked-language head and the trainer a masking.
  public init() {}

  /// The vocabulary logits of the masked positions.
  public var taps: BertModel.Taps { BertModel.Taps(hidden: [], scores: [], logits: true) }

  /// Adds the loss's gradient to the logits' gradient; the one term is `masked_language`.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    var terms = LossTerms()
    guard !batch.maskedLabels.isEmpty else {
      terms.add("masked_language", 0)
      return terms
    }
    guard let logits = student.logits, let gradient = tapGradients.logits else {
      preconditionFailure("masked language modelling needs a model with a masked-language head")
    }
    let scale = 1 / Double(totals.predictions)
    terms.add(
      "masked_language",
      scale
        * context.crossEntropy(
          logits, labels: batch.maskedLabels, gradientScale: Float(scale),
          addingGradientInto: gradient))
    return terms
  }
}
