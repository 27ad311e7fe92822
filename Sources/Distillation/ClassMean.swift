public import Compute
public import Training

/// A soft cross-entropy as a mean over the classes too, as the reference of TinyBERT has it: that of rows,
/// divided by the number of classes.
public struct ClassMean: AnswerLoss {
  /// The mean over rows.
  public let loss: SoftCrossEntropy

  /// Divides a loss.
  public init(_ loss: SoftCrossEntropy) { self.loss = loss }

  /// That of the loss.
  public var denominator: Denominator { loss.denominator }

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    loss.share(
      student: student, teacher: teacher, of: batch, weight: weight / Double(student.columns),
      total: total, gradient: gradient, on: context)
  }
}
