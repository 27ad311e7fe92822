import Artifacts
import Compute
import Distillation
import Pipelines
import Tasks
import Training
import Transformer

/// What the head of a student begins with in the prediction phase.
struct HeadStart {
  /// The option that chooses it.
  static let field = OptionField(
    "head_initialization", .choice(["random", "teacher"]), default: .text("teacher"),
    help:
      "a new head's first weights: drawn, or its last layer fitted to the teacher's answers on a sample of "
      + "the rows (vectors: the teacher's turned to the student's)")

  /// The teacher's answers as the student learns them.
  let logits: TeacherLogits
  /// What a reader should know.
  let remark: String?

  /// Fits the last layer of a head that was drawn, see ``HeadFit``, or turns reduced vectors, see ``VectorAlignment``.
  ///
  /// - Parameters:
  ///   - student: The student; its weights are changed.
  ///   - drawn: Names of its parameters that were drawn.
  ///   - lesson: What it is to learn.
  ///   - data: The task's data.
  ///   - options: The stage's.
  ///   - compute: Where the arithmetic runs.
  /// - Throws: What teacher and data throw.
  init(
    of student: LoadedModel, drawn: [String], _ lesson: PredictionTeacher.Lesson, of data: TaskData,
    options: OptionValues, on compute: ComputeContext
  ) throws {
    let (model, weights) = (student.model, student.weights)
    let isFitted =
      options.text(Self.field.name) == "teacher"
      && ReferenceFields.alpha(options, for: data.task) < 1
    if isFitted, case .embedding(_, let isNormalized) = model.head, let reduced = lesson.reduced,
      let aligned = try VectorAlignment(
        reduced, to: model, weights,
        learnsLengths: !isNormalized && options.optionalText("embedding_loss") != "cosine",
        on: data.train, computing: compute)
    {
      aligned.fill(model, weights)
      logits = aligned.outputs.asTeacher
      remark =
        "they are turned to the student's, of whose variance they say \(aligned.share.spokenShare)"
    } else if isFitted, let layer = model.lastLayer, drawn.contains(layer.weight.name),
      let fit = try HeadFit.fill(
        model, weights, to: lesson.logits,
        by: data.task.answerLoss(temperature: 1, scalesByTemperature: false), on: data.train,
        computing: compute)
    {
      remark =
        "the head begins fitted to the teacher's answers on \(fit.count) rows, of whose variance it says "
        + fit.share.spokenShare
      logits = lesson.logits
    } else {
      (logits, remark) = (lesson.logits, nil)
    }
  }
}
