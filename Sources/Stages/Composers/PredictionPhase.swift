public import Artifacts
public import Compute
public import Distillation
public import Pipelines
public import Tasks
public import Training
import Transformer

/// The trainer of the prediction phase: a student that learns a teacher's logits, all of which are
/// known before the first step where they can be kept.
public enum PredictionPhase {
  /// Makes it.
  ///
  /// - Parameters:
  ///   - student: The student under its head.
  ///   - task: What it learns.
  ///   - logits: The teacher's, in the order of the student's labels.
  ///   - vectors: The teacher's, as they are, where their similarities may be learnt.
  ///   - examples: The rows.
  ///   - options: Values of the stage's own fields.
  ///   - preparation: What is done to an example before each visit.
  ///   - training: How training runs.
  ///   - hardRows: What chooses the rows of a pass; each once where nil.
  ///   - compute: Where the arithmetic runs.
  /// - Returns: A trainer that has taken no step.
  /// - Throws: `DistillationError`, `StageError` and `TrainingError` on options that contradict each other,
  ///   `MemoryShortage` where the similarities of a step find no room.
  public static func trainer(
    _ student: LoadedModel, for task: any RowTask, logits: TeacherLogits, vectors: Outputs? = nil,
    examples: any ExampleSource,
    options: OptionValues, preparing preparation: TargetObjective.Preparation? = nil,
    training: TrainingOptions, hardRows: HardRows? = nil, on compute: ComputeContext
  ) throws -> Trainer {
    let answers = try answerLoss(of: task, options).map { loss in
      try PredictionObjective(
        student: student.model, teacher: logits, answerLoss: loss, targetLoss: task.targetLoss,
        alpha: ReferenceFields.alpha(options, for: task),
        lossWeights: try lossWeights(of: task, options), preparing: preparation,
        confidence: EmphasisFields.confidence(options, of: logits, examples: examples.count),
        hardRows: hardRows)
    }
    let trainer = try Trainer(
      student.model, weights: student.weights,
      objective: objective(
        answers,
        similarity: VectorFields.similarity(
          options, vectors, width: student.model.configuration.hiddenSize,
          examples: min(training.examplesPerStep, examples.count))),
      source: examples, options: training, on: compute)
    trainer.sampling = hardRows
    return trainer
  }

  /// One of both losses, or both.
  private static func objective(
    _ answers: PredictionObjective?, similarity: SimilarityDivergence?
  ) throws -> any Objective {
    if let similarity { return SimilarityObjective(similarity, beside: answers) }
    if let answers { return answers }
    throw VectorFields.nothingToLearn
  }

  /// What the terms weigh.
  ///
  /// - Throws: `StageError` naming a term that the loss has not.
  @discardableResult
  static func lossWeights(of task: any RowTask, _ options: OptionValues) throws -> LossWeights {
    guard VectorFields.areCompared(options) else {
      try options.requireUnused(["loss_weights"], beside: "--embedding-loss none")
      return LossWeights()
    }
    let alpha = options.real("alpha")
    return try LossFields.weights(
      options,
      of: (alpha < 1 ? ["prediction"] : []) + (alpha > 0 ? [task.targetLoss.term] : []))
  }

  /// The loss between the student's logits and the teacher's; nil where they are not compared.
  ///
  /// - Throws: `DistillationError` for a temperature that the task has no use for, `TaskError` for a
  ///   loss that it has not, `StageError` for an emphasis that the loss has no use for.
  @discardableResult
  static func answerLoss(
    of task: any RowTask, _ options: OptionValues
  ) throws -> (any AnswerLoss)? {
    let (temperature, scales) = (options.real("temperature"), options.boolean("t2"))
    let name = options.optionalText("embedding_loss")
    let loss: any AnswerLoss
    if let name {
      loss = try task.answerLoss(
        named: name, temperature: temperature, scalesByTemperature: scales)
    } else {
      let usual = try task.answerLoss(temperature: temperature, scalesByTemperature: scales)
      loss = ReferenceFields.mean(
        try AnswerLossForm(options)?.loss(of: task, usual: usual) ?? usual, options)
    }
    let compared = VectorFields.areCompared(options) ? loss : nil
    try EmphasisFields.check(options, for: task, compared)
    return compared
  }
}
