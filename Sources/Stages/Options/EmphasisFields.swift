import Artifacts
import Distillation
import Pipelines
import Tasks
import Training

/// Which rows count for more in the prediction phase: those on which student and teacher differ, by how
/// often they are visited; those of which the teacher is sure, by their weight in the loss.
enum EmphasisFields {
  /// How the rows of a pass are chosen.
  enum Sampling: String, CaseIterable {
    /// Each once.
    case uniform
    /// See `HardRows`.
    case hard
  }

  /// The share of places that hard rows get unless another is named.
  private static let usualShare = 0.25

  static let table = [
    OptionField(
      "row_sampling", .choice(Sampling.allCases.map(\.rawValue)), default: nil,
      help:
        "rows of a pass: uniform = each once (default), hard = from the second pass on more often "
        + "those on which student and teacher differed most"),
    OptionField(
      "hard_share", .real(0.001...0.999), default: nil,
      help:
        "share of a pass that goes to as many of the hardest rows, with row_sampling hard (0.25)"
    ),
    OptionField(
      "confidence_weight", .real(0.001...100), default: nil,
      help:
        "a row's weight in the soft term is the teacher's greatest class probability to this power"),
  ]

  /// Whether hard rows are visited more often.
  static func areHardRowsFavoured(_ options: OptionValues) -> Bool {
    options.optionalText("row_sampling") == Sampling.hard.rawValue
  }

  /// Checks the options against each other.
  ///
  /// - Throws: `StageError` naming the option.
  static func validate(_ options: OptionValues) throws {
    if areHardRowsFavoured(options) {
      if options.optionalInteger("max_steps") == nil, options.real("num_train_epochs") <= 1 {
        throw StageError.usage(
          "row_sampling", "hard does nothing in the first pass, and there is no other",
          cure: "give --num-train-epochs 2 or more, or leave the option out")
      }
    } else {
      try options.requireGiven("--row-sampling hard", for: ["hard_share"])
    }
    if options.real("alpha") == 1 {
      try options.requireUnused(
        ["confidence_weight"], beside: "--alpha 1, which leaves the teacher's answers out")
    }
  }

  /// Refuses options that a task has no use for.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - task: What is learnt.
  ///   - loss: How outputs are compared with the teacher's; nil where they are not.
  /// - Throws: `StageError` naming the option.
  static func check(
    _ options: OptionValues, for task: any RowTask, _ loss: (any AnswerLoss)?
  ) throws {
    let areKept = task.outputForm == .logits
    // Another loss than the task's own: that is what does not fit then.
    let other = ["prediction_loss", "soft_ce_mean"].first { name in
      options.optionalText(name).map { $0 != "examples" } ?? false
    }
    func refuse(_ name: String, _ fault: String) throws {
      throw StageError.usage(
        name, other.map { "it goes by the task's own loss, not by that of --\($0.flag)" } ?? fault,
        cure: other == nil ? "leave the option out" : "leave one of them out")
    }
    if areHardRowsFavoured(options), !areKept || !(loss is any ComparesExamples) {
      try refuse("row_sampling", "the loss of \(task.name) does not say how hard a single row is")
    }
    if options.optionalReal("confidence_weight") != nil, !areKept || !(loss is SoftCrossEntropy) {
      try refuse("confidence_weight", "the answers of \(task.name) are not one of several classes")
    }
  }

  /// What chooses the rows of a pass, where the options want another choice than each once.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - examples: How many there are.
  /// - Returns: It; nil where each is visited once.
  static func hardRows(_ options: OptionValues, examples: Int) -> HardRows? {
    guard areHardRowsFavoured(options), examples > 0 else { return nil }
    return HardRows(
      examples: examples, share: options.optionalReal("hard_share") ?? usualShare)
  }

  /// What a reader should know of the choice of rows.
  ///
  /// - Parameters:
  ///   - hardRows: What chooses them.
  ///   - trainer: What trains on them.
  /// - Returns: A line; nil where each is visited once because that is wanted.
  static func remark(_ hardRows: HardRows?, in trainer: Trainer) -> String? {
    guard let hardRows else { return nil }
    let (steps, pass) = (trainer.schedule.totalSteps, trainer.order.stepsPerEpoch)
    if steps <= pass {
      return
        "row_sampling hard does nothing: \(steps) steps are no more than the first pass, \(pass)"
    }
    if hardRows.frontCount == 0 {
      return
        "row_sampling hard does nothing: hard_share of \(trainer.order.count) rows is less than one"
    }
    return "row_sampling hard: from the second pass on, \(hardRows.frontCount.grouped) of "
      + "\(trainer.order.count.grouped) places go to the rows on which student and teacher differed most"
  }

  /// How much each of the teacher's rows counts, where the options weigh them.
  ///
  /// - Throws: `DistillationError` where the teacher's answers are not known.
  static func confidence(
    _ options: OptionValues, of teacher: TeacherLogits, examples: Int
  ) throws -> TeacherConfidence? {
    try options.optionalReal("confidence_weight").map {
      try TeacherConfidence(of: teacher, examples: examples, power: $0)
    }
  }
}
