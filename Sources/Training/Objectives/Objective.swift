public import Compute
public import Transformer

/// A loss over taps of the model.
///
/// It never runs the model backward; it seeds the backward sweep.
public protocol Objective {
  /// What the forward sweep has to expose for this loss.
  var taps: BertModel.Taps { get }

  /// What its terms are means over; counted over the whole step and handed to `evaluate`.
  var denominators: [Denominator] { get }

  /// The example as this visit of training shows it to the model, such as with hidden tokens.
  ///
  /// Its length stays. What is drawn depends on (seed, epoch, place) alone.
  ///
  /// - Parameters:
  ///   - example: the example as the source has it.
  ///   - seed: seed of the training.
  ///   - epoch: the epoch, counted from 0.
  ///   - place: the example's place in the epoch's order.
  /// - Returns: what the model is shown, and the target that goes with it.
  func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example

  /// Parameters outside the model that the loss trains, such as a projection.
  var ownedParameters: [Parameter] { get }

  /// What the loss has beside `evaluate`, of all examples of a step at once; the logits must be tapped and
  /// have a row an example.
  var stepLoss: (any StepLoss)? { get }

  /// Adds d(loss)/d(tap) to the tap gradients, and d(loss)/d(owned parameter) to `gradients`.
  ///
  /// - Parameters:
  ///   - batch: one micro-batch of the step.
  ///   - student: the model's taps on this batch.
  ///   - tapGradients: one gradient per tap, added to.
  ///   - weights: the student's parameters, those owned by the objective among them.
  ///   - gradients: same layout as `weights`; only owned parameters are added to.
  ///   - totals: its denominators, counted over the whole optimiser step.
  ///   - context: where the arithmetic runs.
  ///   - arena: scratch memory that lives until the step's backward sweep is done.
  /// - Returns: this micro-batch's share of each term, already divided by the step's totals.
  /// - Throws: an error when what the loss compares with is not to be had.
  func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms
}

extension Objective {
  /// Most objectives own no parameters.
  public var ownedParameters: [Parameter] { [] }

  /// Most losses are sums over examples.
  public var stepLoss: (any StepLoss)? { nil }

  /// Most objectives show examples as they are.
  public func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example {
    example
  }
}
