public import Compute
import Training
public import Transformer

/// Runs the teacher: always in evaluation mode, in memory of its own that is reused.
public final class TeacherRunner {
  /// The teacher.
  public let model: BertModel
  /// Its weights; never changed here.
  public let weights: ParameterSet

  private let context: ComputeContext
  private let arena = Arena()

  /// Creates a runner.
  public init(_ model: BertModel, weights: ParameterSet, on context: ComputeContext) {
    self.model = model
    self.weights = weights
    self.context = context
  }

  /// The teacher's taps on a batch; they are valid until the next call.
  public func taps(_ taps: BertModel.Taps, of batch: PackedBatch) -> Activations {
    arena.reset()
    // The teacher's vocabulary logits are never matched, whatever rows the student predicts.
    return model.forward(batch, weights, taps: taps, mode: .evaluation, on: context, in: arena)
  }
}
