import Artifacts
import Compute
package import Pipelines
import Tasks
import Training
import Transformer

/// Task distillation, second phase: the student learns the teacher's class probabilities.
///
/// Jiao et al. 2020, equation 10. The teacher's logits of all rows are known before the first step:
/// carried by the rows, kept with the student, in the workspace's cache, or computed once.
package struct PredictionStage: Stage {
  package static let kind = "prediction"
  package static let revision = EngineRevision.plus(4)
  package static let summary =
    "task distillation, phase 2: a student learns a teacher's predictions"
  package static let inputs = [
    Port(
      "teacher", kinds: ["model", "folder"], isOptional: true, allowsMany: true,
      help: "teacher, fine-tuned on the task; none where the rows carry a teacher's answers"),
    Port("student", kinds: ["model", "folder"], help: "student of the intermediate phase"),
    StartingPoint.port(insteadOf: "student"),
    Port("dataset", kinds: ["dataset"], help: "labelled rows, augmented or not"),
  ]
  package static let outputs = [
    Port("model", kinds: ["model"], help: "the task student"), TrainingFields.lastModel,
  ]
  package static let fields =
    [TinyBERTPreset.field(of: kind)] + [
      OptionField(
        "head", .choice(["hf", "tinybert"]), default: .text("hf"),
        help: "classifier: hf = dropout then linear, tinybert = ReLU then linear"),
      HeadStart.field,
      OptionField(
        "temperature", .real(0.01...1000), default: .real(1), help: "divides both models' logits"),
      OptionField(
        "t2", .boolean, default: .boolean(false), help: "multiply the soft term by temperature^2"),
      OptionField(
        "alpha", .real(0...1), default: .real(0),
        help: "share of the hard labels in the loss; 1 is TinyBERT's way with scores"),
    ] + LossFields.ofAnswers + ReferenceFields.prediction + EmphasisFields.table
    + VectorFields.table + [AnswersSource.field, ThresholdField.field] + SeveralTeachersFields.all
    + TrainingFields.table(epochs: 3, learningRate: 5e-5, batchSize: 32)
    + TrainingFields.evaluation

  let options: OptionValues

  package init(_ options: OptionValues) throws {
    self.options = options
    try TrainingFields.validate(options)
    try VectorFields.validate(options)
    try ReferenceFields.validatePrediction(options)
    try EmphasisFields.validate(options)
    try AnswerLossForm.validate(options)
    _ = try LossFields.weights(options, of: nil)
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try check(context)
    let compute = try context.computeContext(options)
    let start = try context.start("student")
    let source = start.source
    let teacher = try PredictionTeacher(context, options: options, student: source, on: compute)
    let data = teacher.data
    context.noteUnseen(data, by: source)
    let style = ClassifierStyle(rawValue: options.text("head")) ?? .hf
    let (student, drawn) = try source.load(
      under: data.task.head(labels: data.labels, style: style, ofTeacher: teacher.head),
      labels: data.labels, seed: start.seed)
    try start.requireWhole(student.model.head, drawn: drawn)
    context.note(student)
    if !drawn.isEmpty { context.note("drawn afresh: \(drawn.joined(separator: ", "))") }

    try VectorFields.check(options, for: data.task)
    try ReferenceFields.check(options, for: data.task)
    let lesson = try teacher.lesson(
      for: student.model, asVectors: VectorFields.areCompared(options), on: compute)
    let beginning = try HeadStart(
      of: student, drawn: drawn, lesson, of: data, options: options, on: compute)
    let remarks = [lesson.remark, beginning.remark].compactMap(\.self)
    for remark in remarks { context.note(remark) }
    let hardRows = EmphasisFields.hardRows(options, examples: data.train.count)
    let trainer = try PredictionPhase.trainer(
      student, for: data.task, logits: beginning.logits, vectors: lesson.vectors,
      examples: data.train, options: options, preparing: data.task.preparation(source.tokenizer),
      training: TrainingFields.options(options, seed: start.seed, data: data), hardRows: hardRows,
      on: compute)
    let choice = EmphasisFields.remark(hardRows, in: trainer)
    if let choice { context.note(choice) }
    var report = try TrainingRun(context: context, extraTensors: hardRows?.tensors ?? []).run(
      trainer, of: student, on: data, compute: compute)
    report.metrics.append(teacher.score)
    return try context.publish(
      student, for: data.task, hasPairs: data.hasPairs, of: trainer,
      tokenizer: teacher.tokenizer, report: report,
      notes: start.notes + teacher.notes + remarks + [choice].compactMap(\.self))
  }
}
