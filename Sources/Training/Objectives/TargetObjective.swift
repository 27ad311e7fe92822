public import Compute
public import Transformer

/// Fine-tuning: the head's output is compared with the examples' own targets.
public struct TargetObjective: Objective {
  /// Changes an example every time that training visits it; see `Objective.prepared`.
  public typealias Preparation =
    @Sendable (
      _ example: Example, _ seed: UInt64, _ epoch: Int, _ place: Int
    ) -> Example

  /// The loss.
  public let loss: any TargetLoss
  private let preparation: Preparation?

  /// Creates the objective; the model needs a head that the loss takes.
  ///
  /// - Parameters:
  ///   - loss: the loss.
  ///   - preparation: what is done to an example before each visit, such as hiding tokens.
  public init(_ loss: any TargetLoss, preparing preparation: Preparation? = nil) {
    self.loss = loss
    self.preparation = preparation
  }

  /// The logits.
  public var taps: BertModel.Taps { BertModel.Taps(logits: true) }

  /// What the loss is a mean over.
  public var denominators: [Denominator] { [loss.denominator] }

  /// The example as the preparation leaves it.
  public func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example {
    preparation?(example, seed, epoch, place) ?? example
  }

  /// Adds the loss's gradient to that of the logits; the one term is the loss's.
  ///
  /// A micro-batch in which the head was asked for nothing adds nothing.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    var terms = LossTerms()
    guard let logits = student.taps.logits, let gradient = tapGradients.logits else {
      terms.add(loss.term, 0)
      return terms
    }
    terms.add(
      loss.term, loss.share(logits, batch, totals: totals, gradient: gradient, on: context))
    return terms
  }
}
