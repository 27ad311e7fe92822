public import Compute
public import Transformer

/// Cross-entropy of the class: mean over the step's labelled examples of -log softmax(z)[label].
public struct ClassificationObjective: Objective {
  /// Creates the objective; the model needs a classification head.
  public init() {}

  /// The logits.
  public var taps: BertModel.Taps { BertModel.Taps(hidden: [], scores: [], logits: true) }

  /// Adds the loss's gradient to the logits' gradient; the one term is `label`.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    guard let logits = student.logits, let gradient = tapGradients.logits else {
      preconditionFailure("classification needs a model with a classification head")
    }
    var terms = LossTerms()
    terms.add(
      "label",
      labelLoss(
        logits, batch.labels, weight: 1, labelled: totals.labelled, gradient: gradient, on: context)
    )
    return terms
  }
}

/// `weight` x this micro-batch's share of the mean cross-entropy over the step's labelled examples.
///
/// - Parameters:
///   - logits: `[examples, labels]`.
///   - labels: class of each example; negative ones are left out.
///   - weight: factor of value and gradient.
///   - labelled: labelled examples of the whole step.
///   - gradient: d(loss)/d(logits), `[examples, labels]`, added to.
///   - context: where the arithmetic runs.
/// - Returns: the weighted share of the loss.
public func labelLoss(
  _ logits: Matrix, _ labels: [Int32], weight: Double, labelled: Int, gradient: Matrix,
  on context: ComputeContext
) -> Double {
  guard labelled > 0 else { return 0 }
  let scale = weight / Double(labelled)
  return scale
    * context.crossEntropy(
      logits, labels: labels.map { $0 < 0 ? ignoredLabel : $0 }, gradientScale: Float(scale),
      addingGradientInto: gradient)
}
