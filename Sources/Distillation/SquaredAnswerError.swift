public import Compute
public import Training

/// The squared error of a student's numbers to a teacher's: its mean over the rows and columns.
public struct SquaredAnswerError: AnswerLoss {
  /// What there is a row of numbers for: sequences unless told otherwise.
  public let denominator: Denominator

  /// Of a classifier's logits.
  public init(ofLogitsOver denominator: Denominator) { self.denominator = denominator }

  /// Creates the loss.
  ///
  /// - Throws: `DistillationError` for a temperature: there are no probabilities for it to flatten.
  public init(temperature: Double = 1, scalesByTemperature: Bool = false) throws {
    denominator = .examples
    guard temperature == 1, !scalesByTemperature else {
      throw DistillationError(
        .options,
        "\(scalesByTemperature ? "t2" : "temperature"): numbers have no classes whose "
          + "probabilities it could flatten; leave temperature and t2 out")
    }
  }

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let scale = weight / Double(total * student.columns)
    return scale
      * context.squaredDifference(
        student, teacher, gradientScale: Float(2 * scale), addingGradientInto: gradient)
  }
}
