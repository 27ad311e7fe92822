public import Compute
public import Training
import Transformer

/// The soft cross-entropy of where answers begin and end: the mean over the sequences of that of the
/// two distributions over their tokens, halved as the loss of known answers is.
public struct SpanSoftCrossEntropy: AnswerLoss {
  private let softening: SoftCrossEntropy

  /// Sequences.
  public var denominator: Denominator { .examples }

  /// Creates the loss.
  ///
  /// - Parameters:
  ///   - temperature: T: flattens both models' distributions.
  ///   - scalesByTemperature: whether the loss is multiplied by T^2.
  /// - Throws: `DistillationError` when the temperature is out of range.
  public init(temperature: Double = 1, scalesByTemperature: Bool = false) throws {
    softening = try SoftCrossEntropy(
      temperature: temperature, scalesByTemperature: scalesByTemperature)
  }

  /// As `AnswerLoss` says; the logits are `[N, 2]`, a row a token.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let temperature = softening.temperature
    let square = softening.scalesByTemperature ? temperature * temperature : 1
    let scale = weight * square / Double(total) / 2
    return scale
      * context.softPlaceCrossEntropy(
        student: student, teacher: teacher, of: batch.packed.sequences,
        temperature: Float(temperature), gradientScale: Float(scale), addingGradientInto: gradient)
  }
}
