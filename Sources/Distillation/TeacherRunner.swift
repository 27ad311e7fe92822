public import Compute
import RandomStreams
public import Training
public import Transformer

/// Runs the teacher in memory of its own that is reused: in evaluation mode, unless its dropout is wanted.
public final class TeacherRunner {
  /// The teacher.
  public let model: BertModel
  /// Its weights; never changed here.
  public let weights: ParameterSet
  /// Seed of its dropout; there is none where nil, which is what all but one want: that of the reference of
  /// TinyBERT never left training mode, so that its answers were others on every visit.
  public let dropoutSeed: UInt64?

  private let context: ComputeContext
  private let arena = Arena()

  /// Creates a runner; its dropout, where it has a seed, depends on that, the epoch and the place.
  public init(
    _ model: BertModel, weights: ParameterSet, dropoutSeed: UInt64? = nil,
    on context: ComputeContext
  ) {
    self.model = model
    self.weights = weights
    self.dropoutSeed = dropoutSeed
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
  ///   - batch: any batch.
  /// - Returns: the taps.
  /// - Throws: `ModelError` when the batch holds tokens or positions the teacher does not know.
  public func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TapMatrices {
    try self.taps(taps, of: batch.packed, epoch: batch.epoch)
  }

  /// The same on a batch that nothing is learnt from.
  ///
  /// - Throws: `ModelError` as above.
  public func taps(_ taps: BertModel.Taps, of batch: PackedBatch) throws -> TapMatrices {
    try self.taps(taps, of: batch, epoch: 0)
  }

  private func taps(
    _ taps: BertModel.Taps, of batch: PackedBatch, epoch: Int
  ) throws -> TapMatrices {
    try model.validate(batch)
    arena.reset()
    let mode = dropoutSeed.map { seed in
      BertModel.Mode.sampling(
        DropoutStreams(
          RandomStream(seed: seed, purpose: "teacher dropout", epoch: UInt64(epoch))))
    }
    return model.forward(
      batch, weights, taps: taps, mode: mode ?? .evaluation, on: context, in: arena
    ).taps
  }
}
