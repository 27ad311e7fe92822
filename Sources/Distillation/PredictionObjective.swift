public import Compute
public import Training
public import Transformer

/// TinyBERT's second phase: the student's outputs imitate the teacher's.
///
/// The loss (Jiao et al. 2020, eq. 10) is (1 - alpha) answer(t, z) + alpha target(z): the teacher's
/// outputs t and the known targets, each a mean over its own denominator, to which an example belongs that
/// the teacher has answered for, or whose target is known. Terms: `prediction`, and
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
  /// What the terms weigh, beside alpha.
  public let lossWeights: LossWeights
  /// What the teacher's term is a mean over.
  private let answerDenominator: Denominator
  private let preparation: TargetObjective.Preparation?
  /// How much each of the teacher's rows counts; the same where nil.
  public let confidence: TeacherConfidence?
  /// Told how far apart student and teacher are on the examples of every step.
  public let hardRows: HardRows?

  /// Creates the objective.
  ///
  /// - Parameters:
  ///   - student: the model that is trained.
  ///   - teacher: where the teacher's logits come from.
  ///   - answerLoss: how outputs are compared with the teacher's.
  ///   - targetLoss: how outputs are compared with the known targets.
  ///   - alpha: share of the known targets.
  ///   - lossWeights: what the terms weigh, beside alpha.
  ///   - preparation: what is done to an example before each visit; the teacher must then be `live`.
  ///   - confidence: how much each of the teacher's rows counts; a soft cross-entropy alone takes it.
  ///   - hardRows: told how far apart student and teacher are; the teacher must then not be `live`.
  /// - Throws: `DistillationError` when alpha is out of range, the outputs do not match, or the loss does
  ///   not take what is given beside it.
  public init(
    student: BertModel, teacher: TeacherLogits, answerLoss: any AnswerLoss,
    targetLoss: any TargetLoss, alpha: Double = 0, lossWeights: LossWeights = LossWeights(),
    preparing preparation: TargetObjective.Preparation? = nil,
    confidence: TeacherConfidence? = nil, hardRows: HardRows? = nil
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
    self.lossWeights = lossWeights
    self.preparation = preparation
    if confidence != nil, !(answerLoss is SoftCrossEntropy) {
      throw DistillationError(
        .options, "confidence_weight: the loss has no class probabilities; leave the option out")
    }
    if hardRows != nil, !(answerLoss is any ComparesExamples) {
      throw DistillationError(
        .options, "row_sampling: the loss does not compare single examples; leave the option out")
    }
    self.confidence = confidence
    self.hardRows = hardRows
    answerDenominator =
      if case .stored(let answers) = teacher {
        answerLoss.denominator.answered(answers)
      } else { answerLoss.denominator }
  }

  /// The logits.
  public var taps: BertModel.Taps { BertModel.Taps(logits: true) }

  /// What both losses are means over.
  public var denominators: [Denominator] {
    [answerDenominator, targetLoss.denominator] + (confidence.map { [$0.denominator] } ?? [])
  }

  /// The example as the preparation leaves it.
  public func prepared(_ example: Example, seed: UInt64, epoch: Int, place: Int) -> Example {
    preparation?(example, seed, epoch, place) ?? example
  }

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
    try hardRows?.record(batch, logits, teacher, answerLoss)
    if case .stored(let answers) = teacher {
      terms.add(
        "prediction",
        try share(
          of: answers, batch, logits, gradient: gradient, totals: totals, on: context, in: arena))
    } else {
      let known = try teacher.logits(of: batch, like: logits, in: arena)
      terms.add(
        "prediction",
        compare(logits, with: known, of: batch, totals, gradient: gradient, on: context))
    }
    if alpha > 0 {
      terms.add(
        targetLoss.term,
        targetLoss.share(
          logits, batch, weight: alpha * lossWeights[targetLoss.term, totals], totals: totals,
          gradient: gradient, on: context))
    }
    return terms
  }

  /// The teacher's term where it has not answered for all examples.
  private func share(
    of answers: Outputs, _ batch: TrainingBatch, _ logits: Matrix, gradient: Matrix,
    totals: StepTotals, on context: ComputeContext, in arena: Arena
  ) throws -> Double {
    guard let answered = try AnsweredRows(batch, answers, like: logits, in: arena) else { return 0 }
    let part = answered.gather(gradient, in: arena)
    part.fill(0)
    let share = compare(
      answered.gather(logits, in: arena), with: answered.teacher, of: batch, totals,
      gradient: part, on: context)
    answered.scatter(part, addingInto: gradient, on: context)
    return share
  }

  /// The share of the rows that the teacher has answered for.
  private func compare(
    _ logits: Matrix, with known: Matrix, of batch: TrainingBatch, _ totals: StepTotals,
    gradient: Matrix, on context: ComputeContext
  ) -> Double {
    let weight = (1 - alpha) * lossWeights["prediction", totals]
    if let confidence, let loss = answerLoss as? SoftCrossEntropy {
      return confidence.share(
        of: loss, student: logits, teacher: known, of: batch, weight: weight, totals: totals,
        gradient: gradient)
    }
    return answerLoss.share(
      student: logits, teacher: known, of: batch, weight: weight,
      total: totals[answerDenominator], gradient: gradient, on: context)
  }
}
