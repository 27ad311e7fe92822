public import Compute
public import Training

/// The divergence of probabilities, KL(teacher || student): their cross-entropy less the teacher's own.
///
/// Its gradient is the cross-entropy's; its value is 0 where the student says what the teacher says.
public struct AnswerDivergence: AnswerLoss {
  private let crossEntropy: any AnswerLoss

  /// That of the cross-entropy.
  public var denominator: Denominator { crossEntropy.denominator }

  /// Takes the cross-entropy of a task's probabilities.
  public init(_ crossEntropy: any AnswerLoss) { self.crossEntropy = crossEntropy }

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let crossEntropy = crossEntropy.share(
      student: student, teacher: teacher, of: batch, weight: weight, total: total,
      gradient: gradient, on: context)
    // What a teacher lacks to itself is nothing: the gradient is that of before.
    let own = self.crossEntropy.share(
      student: teacher, teacher: teacher, of: batch, weight: weight, total: total,
      gradient: gradient, on: context)
    return crossEntropy - own
  }
}
