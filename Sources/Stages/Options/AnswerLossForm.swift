import Distillation
import Pipelines
import Tasks
import Training

/// How a student's outputs are compared with the teacher's where that is not left to the task.
enum AnswerLossForm: String, CaseIterable {
  /// KL(teacher || student): the task's cross-entropy less the teacher's own.
  case kl
  /// The squared difference of logits, a mean over rows and columns.
  case mse

  /// That of the options; nil for the task's own.
  init?(_ options: OptionValues) {
    guard let form = options.optionalText("prediction_loss").flatMap(AnswerLossForm.init(rawValue:))
    else { return nil }
    self = form
  }

  /// Checks the options against each other.
  ///
  /// - Throws: `StageError` naming the option.
  static func validate(_ options: OptionValues) throws {
    guard let form = AnswerLossForm(options) else { return }
    let named = "--prediction-loss \(form.rawValue)"
    try options.requireUnused(
      (form == .mse ? ["temperature", "t2"] : []) + ["embedding_loss"], beside: named)
    if options.optionalReal("alpha") == 1 {
      throw StageError.unused("prediction_loss", beside: "--alpha 1")
    }
  }

  /// The loss of a task's answers.
  ///
  /// - Parameters:
  ///   - task: The task.
  ///   - usual: Its own.
  /// - Returns: The loss.
  /// - Throws: `StageError` where the task's answers are nothing that could be compared so.
  func loss(of task: any RowTask, usual: any AnswerLoss) throws -> any AnswerLoss {
    switch (self, usual) {
    case (.kl, is SoftCrossEntropy), (.kl, is SoftBinaryCrossEntropy),
      (.kl, is SpanSoftCrossEntropy):
      return AnswerDivergence(usual)
    case (.mse, is SoftCrossEntropy), (.mse, is SoftBinaryCrossEntropy):
      return SquaredAnswerError(ofLogitsOver: usual.denominator)
    case (.kl, _):
      throw StageError.usage(
        "prediction_loss", "the task \(task.name) has no probabilities that could diverge",
        cure: "leave the option out")
    case (.mse, _):
      throw StageError.usage(
        "prediction_loss",
        "the task \(task.name) "
          + (usual is SquaredAnswerError
            ? "is learnt by squared differences anyway" : "has no classes of a row"),
        cure: usual is SquaredAnswerError
          ? "leave the option out" : "take --prediction-loss kl, or leave the option out")
    }
  }
}
