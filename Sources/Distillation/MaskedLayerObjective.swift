public import Compute
public import Training
public import Transformer

/// A student learns a teacher's layers and, beside them, the tokens that are hidden from both.
///
/// Terms: those of the layers, and that of the hidden tokens' loss.
public struct MaskedLayerObjective: Objective {
  /// What is learnt of the teacher.
  public let layers: LayerObjective
  /// What is learnt of the text, and how it is hidden.
  public let words: TargetObjective
  /// What the text weighs beside the teacher.
  public let weight: Double

  /// Creates the objective; the student needs the head that the words' loss takes.
  ///
  /// - Parameters:
  ///   - layers: what is learnt of a running teacher: a kept one has not seen the hidden text.
  ///   - words: what is learnt of the text, with what hides its tokens.
  ///   - weight: factor of the latter.
  public init(_ layers: LayerObjective, beside words: TargetObjective, weight: Double) {
    (self.layers, self.words, self.weight) = (layers, words, weight)
  }

  /// Those of both.
  public var taps: BertModel.Taps { layers.taps.union(words.taps) }

  /// Those of both.
  public var denominators: [Denominator] { layers.denominators + words.denominators }

  /// The projection's.
  public var ownedParameters: [Parameter] { layers.ownedParameters }

  /// The example with tokens hidden.
  public func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example {
    words.prepared(example, seed: seed, epoch: epoch, place: place)
  }

  /// Adds the gradients of both.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    var terms = try layers.evaluate(
      batch, student: student, tapGradients: tapGradients, weights: weights, gradients: gradients,
      totals: totals, on: context, in: arena)
    var share = 0.0
    // A micro-batch of which nothing is hidden has no logits.
    if let logits = student.logits, let gradient = tapGradients.logits {
      share = words.loss.share(
        logits, batch, weight: weight, totals: totals, gradient: gradient, on: context)
    }
    terms.add(words.loss.term, share)
    return terms
  }
}
