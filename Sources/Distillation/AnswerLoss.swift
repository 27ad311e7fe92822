public import Compute
public import Training

/// A loss of a student's outputs against a teacher's.
public protocol AnswerLoss: Sendable {
  /// What it is a mean over.
  var denominator: Denominator { get }

  /// `weight` x a micro-batch's share of the mean over the step.
  ///
  /// - Parameters:
  ///   - student: the student's logits, `[rows, columns]`.
  ///   - teacher: the teacher's, the same shape.
  ///   - batch: the micro-batch that both read.
  ///   - weight: factor of value and gradient.
  ///   - total: the denominator, counted over the step.
  ///   - gradient: d(loss)/d(student), `[rows, columns]`, added to.
  ///   - context: where the arithmetic runs.
  /// - Returns: the weighted share of the loss.
  func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double
}

/// The soft cross-entropy of class probabilities (Hinton, Vinyals and Dean 2015):
/// mean over the rows of logits of -sum softmax(t / T) log softmax(z / T), times T^2 where that is wanted.
public struct SoftCrossEntropy: AnswerLoss {
  /// T: flattens both distributions.
  public let temperature: Double
  /// Whether the loss is multiplied by T^2, which keeps its gradient's size whatever T is.
  public let scalesByTemperature: Bool

  /// What there is a row of logits for: sequences unless told otherwise.
  public let denominator: Denominator

  /// Creates the loss.
  ///
  /// - Throws: `DistillationError` when the temperature is out of range.
  public init(
    temperature: Double = 1, scalesByTemperature: Bool = false,
    over denominator: Denominator = .examples
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw DistillationError(.options, "temperature: \(temperature) is not positive")
    }
    self.temperature = temperature
    self.scalesByTemperature = scalesByTemperature
    self.denominator = denominator
  }

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let square = scalesByTemperature ? temperature * temperature : 1
    let scale = weight * square / Double(total)
    return scale
      * context.softCrossEntropy(
        student: student, teacher: teacher, temperature: Float(temperature),
        gradientScale: Float(scale), addingGradientInto: gradient)
  }
}
