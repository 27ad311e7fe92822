public import Compute
public import Training
public import Transformer

/// TinyBERT's second phase: the student's classes imitate the teacher's.
///
/// The loss (Jiao et al. 2020, eq. 10) is
/// (1 - alpha) T^2 mean CE(softmax(t / T), softmax(z / T)) + alpha mean CE(label, softmax(z)), where
/// T^2 is left out unless `scalesByTemperature`. The means are over the step's examples, that of the
/// labels over those that have one. Terms: `prediction`, and `label` when alpha > 0.
public struct PredictionObjective: Objective {
  /// Where the teacher's logits come from.
  public let teacher: TeacherLogits
  /// T: flattens both distributions.
  public let temperature: Double
  /// Whether the soft term is multiplied by T^2, which keeps its gradient's size whatever T is.
  public let scalesByTemperature: Bool
  /// alpha: share of the hard labels.
  public let alpha: Double

  /// Creates the objective.
  ///
  /// - Parameters:
  ///   - student: the model that is trained; it needs a classification head.
  ///   - teacher: where the teacher's logits come from.
  ///   - temperature: T.
  ///   - scalesByTemperature: whether the soft term is multiplied by T^2.
  ///   - alpha: share of the hard labels.
  /// - Throws: `DistillationError` when an option is out of range or the label counts differ.
  public init(
    student: BertModel, teacher: TeacherLogits, temperature: Double = 1,
    scalesByTemperature: Bool = false, alpha: Double = 0
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw DistillationError(.options, "temperature: \(temperature) is not positive")
    }
    guard alpha >= 0, alpha <= 1 else {
      throw DistillationError(.options, "alpha: \(alpha) is not in [0, 1]")
    }
    guard let labels = student.labels else {
      throw DistillationError(.options, "the student has no classification head")
    }
    guard let known = teacher.labels else {
      throw DistillationError(
        .options, "the teacher has no classification head; fine-tune it on the task first")
    }
    guard labels == known else {
      throw DistillationError(
        .options, "the student has \(labels) labels, the teacher \(known); they must be the same")
    }
    self.teacher = teacher
    self.temperature = temperature
    self.scalesByTemperature = scalesByTemperature
    self.alpha = alpha
  }

  /// The logits.
  public var taps: BertModel.Taps { BertModel.Taps(logits: true) }

  /// Adds both terms' gradients to the logits' gradient.
  public func evaluate(
    _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
    weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
    on context: ComputeContext, in arena: Arena
  ) throws -> LossTerms {
    guard let logits = student.logits, let gradient = tapGradients.logits else {
      preconditionFailure("the prediction loss needs the student's logits")
    }
    var terms = LossTerms()
    let square = scalesByTemperature ? temperature * temperature : 1
    let scale = (1 - alpha) * square / Double(totals.examples)
    let known = try teacherLogits(batch, labels: logits.columns, in: arena)
    terms.add(
      "prediction",
      scale
        * context.softCrossEntropy(
          student: logits, teacher: known, temperature: Float(temperature),
          gradientScale: Float(scale), addingGradientInto: gradient))
    if alpha > 0 {
      terms.add(
        "label",
        labelLoss(
          logits, batch.labels, weight: alpha, labelled: totals.labelled, gradient: gradient,
          on: context))
    }
    return terms
  }

  /// The teacher's logits of the batch's examples, `[examples, labels]`.
  private func teacherLogits(
    _ batch: TrainingBatch, labels: Int, in arena: Arena
  ) throws -> Matrix {
    switch teacher {
    case .live(let runner):
      guard let logits = try runner.taps(taps, of: batch.packed).logits else {
        preconditionFailure("the teacher has no logits")
      }
      return logits
    case .cached(_, let rows):
      let values = try rows(batch.indices)
      guard values.count == batch.indices.count * labels else {
        throw DistillationError(
          .missingLogits,
          "\(values.count) cached teacher logits for \(batch.indices.count) examples of \(labels) "
            + "labels; the logits belong to other data")
      }
      let matrix = arena.matrix(batch.indices.count, labels)
      matrix.assign(values)
      return matrix
    }
  }
}
