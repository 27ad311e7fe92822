import Artifacts
import Compute
import Distillation
package import Pipelines
import Transformer

/// Task distillation, first phase: the general student learns the layers of a task teacher.
///
/// Jiao et al. 2020, section 3.2, on the task's own text. Where the teacher runs to its last layer
/// with every step, its logits of all training rows are kept with the student, so that the prediction
/// phase on the same rows need not run it again.
package struct IntermediateStage: Stage {
  package static let kind = "intermediate"
  package static let revision = EngineRevision.plus(3)
  package static let summary =
    "task distillation, phase 1: a student learns a task teacher's layers"
  package static let inputs = [
    Port("teacher", kinds: ["model", "folder"], help: "teacher, fine-tuned on the task"),
    Port("student", kinds: ["model", "folder"], help: "general student"),
    StartingPoint.port(insteadOf: "student"),
    Port("dataset", kinds: ["dataset"], help: "labelled rows, augmented or not"),
  ]
  package static let outputs = [
    Port("model", kinds: ["model"], help: "the student, its projection and the teacher's logits")
  ]
  package static let fields =
    [TinyBERTPreset.field(of: kind)] + MatchingFields.table + LossFields.ofLayers
    + ReferenceFields.layers
    + [ThresholdField.field] + TeacherFields.table + TeacherCacheFields.table
    + TrainingFields.table(epochs: 10, learningRate: 5e-4, batchSize: 32)

  let options: OptionValues

  package init(_ options: OptionValues) throws {
    self.options = options
    try TrainingFields.validate(options)
    try MatchingFields.validate(options)
    try TeacherCacheFields.validate(options)
    try ReferenceFields.validate(options)
  }

  package func run(_ context: StageContext) throws -> StageResult {
    try check(context)
    let compute = try context.computeContext(options)
    let teacher = try TaskTeacher(context, options: options, on: compute)
    context.note(teacher.note)
    let start = try context.start("student")
    let source = start.source
    context.noteUnseen(teacher.data, by: source)
    let student = try MatchedStudent(
      source.configuration, head: .none, labels: [], from: source,
      teacher: teacher.source.configuration, options: options, seed: start.seed)
    try start.requireWhole(.none, drawn: student.drawn)
    for note in student.notes { context.note(note) }

    let phase = try LayerPhase(
      teacher: teacher.loaded, student: student, examples: teacher.data.train,
      limit: teacher.data.maxSequenceLength, options: options, seed: start.seed, on: compute)
    let kept = try phase.keptTeacher(teacher.store)
    let recorder = kept == nil && phase.teacherRunsWhole ? teacher.makeRecorder() : nil
    let trainer = try phase.trainer(kept: kept, recorder: recorder)
    var report = try TrainingRun(
      context: context,
      extraTensors: recorder.map { [("teacher.logits", $0.values), ("teacher.known", $0.known)] }
        ?? []
    ).run(trainer)
    report.metrics.append(teacher.score)
    return try context.publish(
      student.loaded, of: trainer, tokenizer: teacher.source.tokenizer,
      teacherLogits: recorder.flatMap(teacher.kept), report: report,
      notes: start.notes + [teacher.note] + student.notes)
  }
}
