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
  func taps(_ taps: BertModel.Taps, of batch: TrainingBatch) throws -> TapMatrices
}

extension TeacherRunner: TeacherSource {
  /// The teacher's sizes.
  public var configuration: ModelConfiguration { model.configuration }
}
