public import Compute
public import Training
public import Transformer

/// Where the layer-wise losses get the teacher's side from: the teacher itself (`TeacherRunner`), or
/// what it once said of the same examples (`CachedTaps`).
public protocol TeacherSource {
  /// The teacher's sizes.
  var configuration: ModelConfiguration { get }

  /// The teacher's taps on a micro-batch; they are valid until the next call.
  ///
  /// - Parameters:
  ///   - taps: what is wanted, and nothing else is kept.
  ///   - batch: the examples.
  /// - Returns: the taps.
  /// - Throws: why they are not to be had.
  func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TeacherTaps
}

/// What a teacher exposes of a batch, shaped as in `Activations`.
public struct TeacherTaps {
  /// Hidden states, each `[N, C]`: 0 is the embedding output, `l` that of layer `l`.
  public var hidden: [Int: Matrix]
  /// Raw attention scores of layers counted from 0, each `[1, H * sum of squared lengths]`.
  public var scores: [Int: Matrix]
  /// `[B, labels]`, where they were asked for.
  public var logits: Matrix?

  /// Taps; none unless given.
  public init(hidden: [Int: Matrix] = [:], scores: [Int: Matrix] = [:], logits: Matrix? = nil) {
    self.hidden = hidden
    self.scores = scores
    self.logits = logits
  }
}

extension TeacherRunner: TeacherSource {
  /// The teacher's sizes.
  public var configuration: ModelConfiguration { model.configuration }

  /// Runs the teacher as deep as the taps need.
  ///
  /// - Throws: `ModelError` when the batch holds tokens or positions the teacher does not know.
  public func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TeacherTaps {
    let made = try self.taps(taps, of: batch.packed)
    return TeacherTaps(hidden: made.hidden, scores: made.scores, logits: made.logits)
  }
}
