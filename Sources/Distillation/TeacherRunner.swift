public import Compute
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

  /// Whether all layers run for these taps.
  public func runsWhole(for taps: BertModel.Taps) -> Bool {
    model.depth(for: taps) == model.configuration.layerCount
  }

  /// The teacher's taps on a batch; they are valid until the next call.
  ///
  /// - Parameters:
  ///   - taps: what is to be kept.
  ///   - batch: any packed batch.
  /// - Returns: the taps.
  /// - Throws: `ModelError` when the batch holds tokens or positions the teacher does not know.
  public func taps(_ taps: BertModel.Taps, of batch: PackedBatch) throws -> TapMatrices {
    try model.validate(batch)
    arena.reset()
    return model.forward(
      batch, weights, taps: taps, mode: .evaluation, on: context, in: arena
    ).taps
  }
}
