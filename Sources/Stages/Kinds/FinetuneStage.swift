import Artifacts
import Compute
package import Pipelines
import Tasks
import Text
import Training
import Transformer

/// Trains a model on labels, or on masked words: makes teachers, baselines and the masked-language
/// model that augmentation asks for candidates.
package struct FinetuneStage: Stage {
  package static let kind = "finetune"
  package static let revision = EngineRevision.plus(3)
  package static let summary =
    "train a model on a dataset's labels, or on a corpus' masked words"
  package static let inputs = [
    Port("model", kinds: ["model", "folder"], help: "model to start from: folder or artifact"),
    StartingPoint.port(insteadOf: "model"),
    Port(
      "dataset", kinds: ["dataset"], isOptional: true, help: "labelled rows"),
    Port(
      "corpus", kinds: ["corpus"], isOptional: true,
      help: "raw text (masked-language), in place of the dataset's training rows"),
  ]
  package static let outputs = [
    Port("model", kinds: ["model"], help: "the trained model"), TrainingFields.lastModel,
  ]
  package static let fields =
    [
      OptionField(
        "objective", .choice(TaskTable.all.map(\.name)), default: nil,
        help: "what is learnt: the dataset's task, by default; masked-language of a corpus"),
      OptionField(
        "head", .choice(["hf", "tinybert"]), default: .text("hf"),
        help: "classifier: hf = dropout then linear, tinybert = ReLU then linear"),
      OptionField(
        "mlm_probability", .real(0.001...1), default: .real(0.15),
        help: "share of tokens to predict (masked-language)"),
      OptionField(
        "whole_word_mask", .boolean, default: .boolean(false),
        help: "predict all pieces of a word or none (masked-language)"),
      VocabularyHeadStart.field, ThresholdField.field,
    ] + TrainingFields.table(epochs: 3, learningRate: 5e-5, batchSize: 32)
    + TrainingFields.evaluation

  let options: OptionValues
  /// Masked words, with the share that is to be learnt.
  let masked: MaskedLanguageTask
  /// The name of the objective that learns masked words.
  package static let maskedObjective = MaskedLanguageTask().name
  /// Whether masked words are asked for; a dataset of them asks for them itself.
  var learnsMaskedWords: Bool { options.optionalText("objective") == Self.maskedObjective }

  package init(_ options: OptionValues) throws {
    self.options = options
    masked = MaskedLanguageTask(
      probability: options.real("mlm_probability"),
      hidesWholeWords: options.boolean("whole_word_mask"))
    try TrainingFields.validate(options)
    let objective = "--objective \(masked.name)"
    if learnsMaskedWords {
      try options.requireUnused(["head"], beside: objective)
    } else {
      try options.requireGiven(
        objective, for: ["mlm_probability", "whole_word_mask", VocabularyHeadStart.field.name])
    }
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try check(context)
    return context.input("corpus") == nil ? try trainOnRows(context) : try trainOnText(context)
  }

  private func trainOnRows(_ context: StageContext) throws -> StageResult {
    let start = try context.start("model")
    let source = start.source
    let data = try data(context, for: source)
    context.noteUnseen(data, by: source)
    let style = ClassifierStyle(rawValue: options.text("head")) ?? .hf
    let (loaded, drawn) = try source.load(
      under: data.task.head(labels: data.labels, style: style), labels: data.labels,
      seed: start.seed)
    try start.requireWhole(loaded.model.head, drawn: drawn)
    context.note(loaded)
    if !drawn.isEmpty { context.note("drawn afresh: \(drawn.joined(separator: ", "))") }
    try beginHead(of: loaded, drawn: drawn, on: data.train, source.tokenizer, context)
    let compute = try context.computeContext(options)
    let trainer = try FinetunePhase.trainer(
      loaded, for: data.task, examples: data.train,
      preparing: data.task.preparation(source.tokenizer),
      training: TrainingFields.options(options, seed: start.seed, data: data), on: compute)
    let report = try TrainingRun(context: context).run(
      trainer, of: loaded, on: data, compute: compute)
    return try context.publish(
      loaded, for: data.task, hasPairs: data.hasPairs, of: trainer, tokenizer: source.tokenizer,
      report: report, notes: start.notes)
  }

  /// Gives a masked-language head that was drawn what is known before the first step, where that is asked for.
  private func beginHead(
    of loaded: LoadedModel, drawn: [String], on examples: any ExampleSource, _ tokenizer: Tokenizer,
    _ context: StageContext
  ) throws {
    guard options.optionalText(VocabularyHeadStart.field.name) == "text",
      let remark = try VocabularyHeadStart.fill(loaded, drawn: drawn, on: examples, tokenizer)
    else { return }
    context.note(remark)
  }

  /// The rows that are learnt from, or scored on.
  private func data(_ context: StageContext, for source: ModelSource) throws -> TaskData {
    var data = try TaskData(
      context.required("dataset"),
      tokenizer: source.tokenizer, configuration: source.configuration,
      answersNeededElse: DatasetLessons.labelCure(haveAnswers: false))
    data.task =
      data.task.name == masked.name ? masked : try ThresholdField.task(data.task, options)
    return data
  }

  /// Refuses a dataset of another task than the one that is named, where one is.
  func requireTask(_ task: any RowTask, of dataset: String) throws {
    guard task.learnsFromAnswers else {
      throw ArtifactError.badData(
        dataset, "a model of \(task.name) does not learn from the answers of rows",
        cure: "let a student learn from a teacher: distill prediction")
    }
    guard let named = options.optionalText("objective"), named != task.name else { return }
    throw StageError.usage(
      "objective", "the dataset is for \(task.name), not for \(named)",
      cure: "leave the option out, or give another dataset")
  }

  /// Learns masked words of a corpus; the development rows of a dataset, where one is given, score them.
  private func trainOnText(_ context: StageContext) throws -> StageResult {
    let start = try context.start("model")
    let source = start.source
    let corpus = try CorpusExamples(
      context.required("corpus"), tokenizer: source.tokenizer,
      configuration: source.configuration, scratchFolder: context.checkpointFolder)
    let data = context.input("dataset") == nil ? nil : try data(context, for: source)
    let (loaded, drawn) = try source.load(
      under: masked.head, labels: [], seed: start.seed)
    try start.requireWhole(masked.head, drawn: drawn)
    context.note(loaded)
    if !drawn.isEmpty { context.note("drawn afresh: \(drawn.joined(separator: ", "))") }
    try beginHead(of: loaded, drawn: drawn, on: corpus, source.tokenizer, context)
    let compute = try context.computeContext(options)
    let trainer = try FinetunePhase.trainer(
      loaded, for: masked, examples: corpus, preparing: masked.preparation(source.tokenizer),
      training: data.map { try TrainingFields.options(options, seed: start.seed, data: $0) }
        ?? TrainingFields.optionsWithoutScores(options, seed: start.seed), on: compute)
    let run = TrainingRun(context: context)
    let report =
      try data.map { try run.run(trainer, of: loaded, on: $0, compute: compute) }
      ?? run.run(trainer)
    return try context.publish(
      loaded, of: trainer, tokenizer: source.tokenizer, report: report, notes: start.notes)
  }
}
