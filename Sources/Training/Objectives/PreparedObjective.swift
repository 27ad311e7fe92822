public import Compute
public import Transformer

/// An objective whose examples are changed before each visit, such as by hiding tokens that nothing
/// predicts.
public struct PreparedObjective: Objective {
  /// The objective.
  public let objective: any Objective
  private let preparation: TargetObjective.Preparation

  /// Lets an objective see examples as `preparation` leaves them.
  public init(
    _ objective: any Objective, preparing preparation: @escaping TargetObjective.Preparation
  ) {
    self.objective = objective
    self.preparation = preparation
  }

  /// Those of the objective.
  public var taps: BertModel.Taps { objective.taps }
  /// Those of the objective.
  public var denominators: [Denominator] { objective.denominators }
  /// Those of the objective.
  public var ownedParameters: [Parameter] { objective.ownedParameters }
  /// That of the objective.
  public var stepLoss: (any StepLoss)? { objective.stepLoss }

  /// The example as the preparation leaves it.
  public func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example {
    preparation(
      objective.prepared(example, seed: seed, epoch: epoch, place: place), seed, epoch, place)
  }

  /// As the objective does.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    try objective.evaluate(
      batch, student: student, tapGradients: tapGradients, weights: weights,
      gradients: gradients, totals: totals, on: context, in: arena)
  }
}
