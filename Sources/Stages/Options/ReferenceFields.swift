import Distillation
internal import Files
import Pipelines
import Tasks
import Training
import Transformer

/// What the program published with TinyBERT computes otherwise than its paper, or than is good: a switch for
/// each, off unless it is given or `TinyBERTPreset` sets it, so that anyone can see what each is worth.
///
/// | switch | the reference |
/// |---|---|
/// | `pad_to_max_length` | sequences have one length; the states and scores of padding are compared like others, and means are over all of them |
/// | `attention_cutoff` | scores up to -100 count as 0, the teacher's and the student's each by itself |
/// | `teacher_dropout` | the teacher is never told that it is not trained |
/// | `masked_min` | one token of every sequence is hidden, though nothing predicts it |
/// | `soft_ce_mean` | the prediction loss is a mean over examples and classes |
/// | `gold_scores` | numbers are learnt from the rows, not from the teacher |
enum ReferenceFields {
  /// Those of the general phase alone.
  static let text: [OptionField] = [
    OptionField(
      "masked_min", .integer(0...1000), default: nil,
      help: "tokens of every sequence that are hidden from both models at each visit (0)")
  ]

  /// Those of the phases in which layers are learnt.
  static let layers: [OptionField] = [
    OptionField(
      "pad_to_max_length", .boolean, default: .boolean(false),
      help: "pad every sequence to the data's max_seq_length and compare the padding too"),
    OptionField(
      "attention_cutoff", .real(-1e6 ... -1e-6), default: nil,
      help: "raw scores at or below it count as 0, on each side by itself"),
    teacherDropout,
  ]

  /// Those of the prediction phase.
  static let prediction: [OptionField] = [
    OptionField(
      "soft_ce_mean", .choice(["examples", "classes"]), default: nil,
      help:
        "what the soft cross-entropy is a mean over: examples, or examples and classes (examples)"
    ),
    OptionField(
      "gold_scores", .boolean, default: .boolean(false),
      help: "regression: learn the rows' numbers in place of the teacher's, as alpha 1 does"),
    teacherDropout,
  ]

  private static let teacherDropout = OptionField(
    "teacher_dropout", .boolean, default: .boolean(false),
    help: "leave the teacher's dropout on: it says something else at every visit")

  /// Checks the options of a phase in which layers are learnt.
  ///
  /// - Throws: `StageError` where a teacher is to be kept that says something else at every visit, or of
  ///   sequences that are not those of the data.
  static func validate(_ options: OptionValues) throws {
    try validateLosses(options)
    guard options.boolean("cache_teacher") else { return }
    var off: [(name: String, flag: String)] = []
    for name in ["pad_to_max_length", "teacher_dropout"] where options.boolean(name) {
      off.append((name, "--\(name.flag) false"))
    }
    if hiddenTokens(options) > 0 { off.append(("masked_min", "--masked-min 0")) }
    guard !off.isEmpty else { return }
    throw StageError.usage(
      "cache_teacher",
      "what the teacher says once is not what it says under "
        + off.map { "--\($0.name.flag)" }.joined(separator: " and "),
      cure: "give \(off.map(\.flag).joined(separator: " ")), or leave --cache-teacher out")
  }

  /// Refuses switches beside losses that do not know them.
  private static func validateLosses(_ options: OptionValues) throws {
    let divergence = options.optionalText("attention_loss") == "kl"
    if options.boolean("pad_to_max_length") {
      let fault = "is not computed over padding"
      let cure = "give --pad-to-max-length false, or leave it out"
      if options.texts("losses").contains("relations") {
        throw StageError.usage("losses", "relations: \(fault)", cure: cure)
      }
      if divergence { throw StageError.usage("attention_loss", "kl \(fault)", cure: cure) }
    }
    if divergence, options.optionalReal("attention_cutoff") != nil {
      throw StageError.usage(
        "attention_cutoff", "what is attended to has no cut-off scores",
        cure: "leave out --attention-loss kl, or this option")
    }
    if hiddenTokens(options) > 0, options.names.contains("masked_language_weight"),
      options.optionalReal("masked_language_weight") != nil
    {
      throw StageError.usage(
        "masked_min", "--masked-language-weight hides tokens of its own",
        cure: "give --masked-min 0, or leave one of them out")
    }
  }

  /// Checks the options of the prediction phase against each other.
  ///
  /// - Throws: `StageError` where two say what numbers are learnt, or where rows are chosen or weighed by what
  /// a teacher once said that says something else at every visit.
  static func validatePrediction(_ options: OptionValues) throws {
    let drops = options.boolean("teacher_dropout")
    for name in ["row_sampling", "confidence_weight"] where drops && options.given.contains(name) {
      if options[name] == .text("uniform") { continue }
      throw StageError.usage(
        name, "a teacher with dropout says something else at every visit",
        cure: "give --teacher-dropout false, or leave the option out")
    }
    if options.optionalText("soft_ce_mean") == "classes" {
      try options.requireUnused(["prediction_loss"], beside: "--soft-ce-mean classes")
    }
    guard options.given.contains("gold_scores"), options.boolean("gold_scores") else { return }
    try options.requireUnused(["alpha"], beside: "--gold-scores, which is --alpha 1 for numbers")
  }

  /// Refuses switches that were given and are of no use to a task; a preset's are then without effect.
  ///
  /// - Throws: `StageError` naming the switch.
  static func check(_ options: OptionValues, for task: any RowTask) throws {
    let refuse = { (name: String, fault: String) in
      guard options.given.contains(name), isOn(options, name) else { return }
      throw StageError.usage(name, "the task \(task.name) \(fault)", cure: "leave the option out")
    }
    if !task.answersAreNumbers { try refuse("gold_scores", "has no scores") }
    if !meansOverClasses(task) {
      try refuse("soft_ce_mean", "has no classes one of which is right")
    }
    if task.answersAreVectors {
      try refuse("teacher_dropout", "learns vectors, which are computed once")
    }
  }

  private static func isOn(_ options: OptionValues, _ name: String) -> Bool {
    options.optionalBoolean(name) ?? (options.optionalText(name) != "examples")
  }

  private static func meansOverClasses(_ task: any RowTask) -> Bool {
    (try? task.answerLoss(temperature: 1, scalesByTemperature: false)) is SoftCrossEntropy
  }

  /// How many tokens of each sequence are hidden.
  static func hiddenTokens(_ options: OptionValues) -> Int {
    options.names.contains("masked_min") ? options.optionalInteger("masked_min") ?? 0 : 0
  }

  /// Refuses dropout for a teacher whose tags are in another notation than the dataset's: into that, what it says is
  /// brought once.
  ///
  /// - Throws: `StageError`.
  static func check(
    _ order: LabelOrder, of teacher: String, _ options: OptionValues, for task: any RowTask
  ) throws {
    guard order.isTranslation, teacherDrops(options, for: task) else { return }
    throw StageError.usage(
      "teacher_dropout",
      "\(printable(teacher)) has tags in another notation than the dataset's IOB2, into which what it says is "
        + "brought once, before the first step", cure: "give --teacher-dropout false")
  }

  /// Whether the teacher says the same of an example at every visit, so that it may be kept.
  static func keepsTeacher(_ options: OptionValues) -> Bool {
    !options.boolean("teacher_dropout") && !options.boolean("pad_to_max_length")
      && hiddenTokens(options) == 0
  }

  /// The padding that the options ask for; nil where they ask for none.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - length: The limit that sequences were cut to.
  ///   - student: The student's sizes.
  /// - Returns: The padding.
  /// - Throws: `StageError` where the student has no positions for it.
  static func padding(
    _ options: OptionValues, to length: Int, of student: ModelConfiguration
  ) throws -> SequencePadding? {
    guard options.boolean("pad_to_max_length") else { return nil }
    guard length <= student.longestSequence else {
      throw StageError.usage(
        "pad_to_max_length",
        "the data's limit is \(length) tokens, the student takes \(student.longestSequence)",
        cure: "make the data again with --max-seq-length \(student.longestSequence)")
    }
    guard let token = Int32(exactly: student.paddingToken), token >= 0,
      student.paddingToken < student.vocabularySize
    else {
      throw StageError.usage(
        "pad_to_max_length",
        "the student's pad_token_id, \(student.paddingToken), is no token of its vocabulary",
        cure: "leave the option out")
    }
    return SequencePadding(to: length, token: token)
  }

  /// Share of the known answers in the prediction loss.
  static func alpha(_ options: OptionValues, for task: any RowTask) -> Double {
    let isGold = options.boolean("gold_scores") && task.answersAreNumbers
    return isGold && !options.given.contains("alpha") ? 1 : options.real("alpha")
  }

  /// Whether the teacher's answers are others at every visit.
  static func teacherDrops(_ options: OptionValues, for task: any RowTask) -> Bool {
    options.boolean("teacher_dropout") && !task.answersAreVectors
  }

  /// The loss as a mean over what the options say.
  static func mean(_ loss: any AnswerLoss, _ options: OptionValues) -> any AnswerLoss {
    guard options.optionalText("soft_ce_mean") == "classes", let loss = loss as? SoftCrossEntropy
    else { return loss }
    return ClassMean(loss)
  }
}
