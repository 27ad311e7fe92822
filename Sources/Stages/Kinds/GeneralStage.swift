import Artifacts
import Compute
import Distillation
package import Pipelines
import Tasks
import Text
import Training
import Transformer

/// General distillation: a student learns a teacher's layers on raw text.
///
/// Jiao et al. 2020, section 3.2: embeddings, hidden states and attention scores, no labels. Beside them
/// it may learn hidden words; then it keeps the head that says them, which later phases leave aside.
package struct GeneralStage: Stage {
  package static let kind = "general"
  package static let revision = EngineRevision.plus(2)
  package static let summary =
    "general distillation: a student learns a teacher's layers on raw text"
  package static let inputs = [
    Port("teacher", kinds: ["model", "folder"], help: "teacher: folder or artifact"),
    Port("corpus", kinds: ["corpus"], help: "raw text, made by `distill corpus`"),
    Port(
      "start", kinds: ["model", "folder"], isOptional: true,
      help: "student to go on from; drawn afresh when not given"),
    StartingPoint.port(insteadOf: "start"),
  ]
  package static let outputs = [Port("model", kinds: ["model"], help: "the general student")]
  package static let fields =
    [TinyBERTPreset.field(of: kind)] + StudentFields.table + [StudentFields.initialization]
    + MatchingFields.table + LossFields.ofLayers + [MaskedWordsField.field]
    + ReferenceFields.layers + ReferenceFields.text
    + TeacherCacheFields.table
    + TrainingFields.table(epochs: 3, learningRate: 5e-4, batchSize: 64)

  let options: OptionValues

  package init(_ options: OptionValues) throws {
    self.options = options
    try TrainingFields.validate(options)
    try MatchingFields.validate(options)
    try TeacherCacheFields.validate(options)
    try ReferenceFields.validate(options)
    try MaskedWordsField.validate(options)
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try check(context)
    let source = try ModelSource(context.required("teacher"))
    let corpus = try CorpusExamples(
      context.required("corpus"), tokenizer: source.tokenizer, configuration: source.configuration,
      scratchFolder: context.checkpointFolder)
    let teacher = try source.loadEncoder()
    context.note(teacher)
    let start = try StartingPoint(context, port: "start")
    let seed = start?.seed ?? context.seed
    let head = MaskedWordsField.head(options)
    let student = try MatchedStudent(
      StudentFields.configuration(
        options, teacher: source.configuration, start: start?.source.configuration),
      head: head, labels: [], from: start?.source, teacher: source.configuration,
      options: options, seed: seed)
    try start?.requireWhole(head, drawn: student.drawn)
    let compute = try context.computeContext(options)
    var notes = student.notes
    if start == nil {
      notes += try beginning(student, teacher: teacher, on: corpus, seed: seed, compute)
    }
    for note in notes { context.note(note) }
    let phase = try LayerPhase(
      teacher: teacher, student: student, examples: corpus, limit: corpus.maxSequenceLength,
      options: options, seed: seed, preparing: preparation(source.tokenizer), on: compute)
    let store = TeacherStore(
      context, tokenizer: source.tokenizer, data: "corpus",
      maxSequenceLength: corpus.maxSequenceLength, on: compute)
    let trainer = try phase.trainer(
      kept: phase.keptTeacher(store),
      completing: { layers in
        try MaskedWordsField.objective(layers, options, tokenizer: source.tokenizer)
      })
    let report = try TrainingRun(context: context).run(trainer)
    return try context.publish(
      student.loaded, of: trainer, tokenizer: source.tokenizer,
      // What a model to go on from saw before is known of our own alone.
      seen: start == nil || start?.source.facts.seen != nil
        ? corpus.seen.united(with: start?.source.facts.seen) : nil, report: report,
      notes: (start?.notes ?? []) + notes)
  }

  /// Gives a new student its first weights, where they are not those that were drawn.
  ///
  /// - Returns: What a reader should know.
  private func beginning(
    _ student: MatchedStudent, teacher: LoadedModel, on corpus: CorpusExamples,
    seed: UInt64, _ compute: ComputeContext
  ) throws -> [String] {
    let (own, other) = (student.loaded.model.configuration, teacher.model.configuration)
    let isFree = options.text("initialization") == "auto"
    let drawn = "begins with weights that are drawn: "
    guard StudentFields.beginsWithTeacher(options, student: own, teacher: other) else {
      return isFree ? [drawn + "it is wider or deeper than the teacher, or has other heads"] : []
    }
    let layers = try LayerMap.Strategy(
      parsing: options.text("layer_map"), studentLayers: own.layerCount)
    do {
      return try student.begin(
        with: TeacherRunner(teacher.model, weights: teacher.weights, on: compute), layers,
        on: corpus)
    } catch let error as DistillationError where isFree && error == TeacherReduction.tooFarApart {
      student.draw(seed: seed)
      return [drawn + "the teacher's states lie too far apart to be reduced"]
    }
  }

  /// What hides tokens, where some are to be hidden.
  private func preparation(_ tokenizer: Tokenizer) throws -> TargetObjective.Preparation? {
    let hidden = ReferenceFields.hiddenTokens(options)
    return hidden > 0 ? try MaskedLanguageTask().hiding(hidden, tokenizer) : nil
  }
}
