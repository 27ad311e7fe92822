public import Compute
public import Training
public import Transformer

/// TinyBERT's second phase: the student's outputs imitate the teacher's.
///
/// The loss (Jiao et al. 2020, eq. 10) is (1 - alpha) answer(t, z) + alpha target(z): the teacher's
/// outputs t and the known targets, each a mean over its own denominator. Terms: `prediction`, and
/// that of the target loss when alpha > 0.
public struct PredictionObjective: Objective {
  /// Where the teacher's logits come from.
  public let teacher: TeacherLogits
  /// How the student's outputs are compared with the teacher's.
  public let answerLoss: any AnswerLoss
  /// How they are compared with the known targets.
  public let targetLoss: any TargetLoss
  /// alpha: share of the known targets.
  public let alpha: Double

  /// Creates the objective.
  ///
  /// - Parameters:
  ///   - student: the model that is trained.
  ///   - teacher: where the teacher's logits come from.
  ///   - answerLoss: how outputs are compared with the teacher's.
  ///   - targetLoss: how outputs are compared with the known targets.
  ///   - alpha: share of the known targets.
  /// - Throws: `DistillationError` when alpha is out of range or the outputs do not match.
  public init(
    student: BertModel, teacher: TeacherLogits, answerLoss: any AnswerLoss,
    targetLoss: any TargetLoss, alpha: Double = 0
  ) throws {
    guard alpha >= 0, alpha <= 1 else {
      throw DistillationError(.options, "alpha: \(alpha) is not in [0, 1]")
    }
    guard let columns = student.logitShape?.columns else {
      throw DistillationError(.options, "the student has no head")
    }
    guard let known = teacher.columns else {
      throw DistillationError(
        .options, "the teacher has no head; fine-tune it on the task first")
    }
    guard columns == known else {
      throw DistillationError(
        .options, "the student has \(columns) labels, the teacher \(known); they must be the same")
    }
    self.teacher = teacher
    self.answerLoss = answerLoss
    self.targetLoss = targetLoss
    self.alpha = alpha
  }

  /// The logits.
  public var taps: BertModel.Taps { BertModel.Taps(logits: true) }

  /// What both losses are means over.
  public var denominators: [Denominator] { [answerLoss.denominator, targetLoss.denominator] }

  /// Adds both terms' gradients to the logits' gradient.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    var terms = LossTerms()
    guard let logits = student.logits, let gradient = tapGradients.logits else {
      // A micro-batch in which the head was asked for nothing adds nothing.
      terms.add("prediction", 0)
      if alpha > 0 { terms.add(targetLoss.term, 0) }
      return terms
    }
    let known = try teacherLogits(batch, like: logits, in: arena)
    terms.add(
      "prediction",
      answerLoss.share(
        student: logits, teacher: known, weight: 1 - alpha, total: totals[answerLoss.denominator],
        gradient: gradient, on: context))
    if alpha > 0 {
      terms.add(
        targetLoss.term,
        targetLoss.share(
          logits, batch, weight: alpha, totals: totals, gradient: gradient, on: context))
    }
    return terms
  }

  /// The teacher's logits of the batch's examples, in the shape of the student's.
  private func teacherLogits(
    _ batch: TrainingBatch, like logits: Matrix, in arena: Arena
  ) throws -> Matrix {
    switch teacher {
    case .live(let runner):
      guard let logits = try runner.taps(taps, of: batch.packed).logits else {
        preconditionFailure("the teacher has no logits")
      }
      return logits
    case .cached(_, let rows):
      let values = try rows(batch.indices)
      guard values.count == logits.rows * logits.columns else {
        throw DistillationError(
          .missingLogits,
          "\(values.count) cached teacher logits for \(batch.indices.count) examples with "
            + "\(logits.rows) rows of \(logits.columns); the logits belong to other data")
      }
      let matrix = arena.matrix(logits.rows, logits.columns)
      matrix.assign(values)
      return matrix
    }
  }
}
