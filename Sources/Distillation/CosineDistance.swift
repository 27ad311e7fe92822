public import Compute
public import Training

/// One minus the cosine of a student's vector and a teacher's: its mean over the examples.
///
/// The lengths of vectors do not matter to it.
public struct CosineDistance: AnswerLoss {
  /// Sequences.
  public var denominator: Denominator { .examples }

  /// The only one there is.
  public init() {}

  /// As `AnswerLoss` says.
  public func share(
    student: Matrix, teacher: Matrix, of batch: TrainingBatch, weight: Double, total: Int,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let scale = weight / Double(total)
    return scale
      * context.cosineDistance(student, teacher, gradientScale: scale, addingGradientInto: gradient)
  }
}
