public import Compute
public import Training

/// The binary cross-entropy of labels' probabilities: the mean over the examples and labels of
/// -p log q - (1 - p) log(1 - q), p = sigmoid(t / T), q = sigmoid(z / T), times T^2 where that is
/// wanted.
public struct SoftBinaryCrossEntropy: AnswerLoss {
  let softening: Softening

  /// Sequences.
  public var denominator: Denominator { .examples }

  /// Creates the loss.
  ///
  /// - Parameters:
  ///   - temperature: T: flattens both probabilities.
  ///   - scalesByTemperature: whether the loss is multiplied by T^2, which keeps its gradient's size
  ///     whatever T is.
  /// - Throws: `DistillationError` when the temperature is out of range.
  public init(temperature: Double = 1, scalesByTemperature: Bool = false) throws {
    softening = try Softening(temperature, scales: scalesByTemperature)
  }

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let scale = weight * softening.factor / Double(total) / Double(student.columns)
    return scale
      * context.softBinaryCrossEntropy(
        student: student, teacher: teacher, temperature: Float(softening.temperature),
        gradientScale: Float(scale), addingGradientInto: gradient)
  }
}

/// What a temperature does to a loss.
struct Softening: Sendable {
  /// T.
  let temperature: Double
  /// T^2 where that is wanted, else 1.
  let factor: Double

  /// - Throws: `DistillationError` when the temperature is out of range.
  init(_ temperature: Double, scales: Bool) throws {
    guard temperature > 0, temperature.isFinite else {
      throw DistillationError(.options, "temperature: \(temperature) is not positive")
    }
    self.temperature = temperature
    factor = scales ? temperature * temperature : 1
  }
}
