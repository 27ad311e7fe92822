import Artifacts
import Compute
import Distillation
import Files
import Pipelines
import Tasks
import Text
import Training
import Transformer

/// Who teaches the prediction phase, and the task's data: a teacher that is at hand, or the answers of
/// one that is elsewhere, which the rows carry.
struct PredictionTeacher {
  /// The task.
  let data: TaskData
  /// The tokenizer that the student keeps.
  let tokenizer: Tokenizer
  /// The teacher's score on the development split, as stages report it; NaN where it has none.
  let score: (String, Double)
  /// What the user should know, a line each.
  let notes: [String]
  /// Its head; none where it is elsewhere.
  let head: Head
  /// What it says of the training rows.
  private let logits: TeacherLogits
  /// The same of a teacher that is at hand.
  private let outputs: Outputs?

  /// Finds out who teaches, and checks it.
  ///
  /// - Parameters:
  ///   - context: The stage's surroundings, with the inputs `dataset` and, maybe, `teacher`.
  ///   - options: The stage's.
  ///   - student: The student.
  ///   - compute: Where a teacher at hand computes.
  /// - Throws: `StageError` where there are two teachers or none, `ArtifactError` where rows lack what is
  ///   needed of them, or the teacher is too weak; `StageInterruption` when asked to stop.
  init(
    _ context: StageContext, options: OptionValues, student: ModelSource,
    on compute: ComputeContext
  ) throws {
    let path = try context.required("dataset")
    let hasTeacher = context.input("teacher") != nil
    let hasAnswers = StoredAnswers.areThere(try DatasetArtifact.open(path).0, split: "train")
    let source = try AnswersSource.chosen(
      options, hasTeacher: hasTeacher, hasAnswers: hasAnswers, dataset: path)
    let unused = hasAnswers ? ["the answers in the dataset's rows are not used"] : []
    if source == .teacher, context.inputs["teacher"]?.count ?? 0 > 1 {
      let teachers = try SeveralTeachers(context, options: options, student: student, on: compute)
      (data, tokenizer) = (teachers.data, teachers.source.tokenizer)
      (score, notes) = (teachers.score, teachers.notes + unused)
      (head, logits, outputs) = (
        teachers.source.head, teachers.outputs.asTeacher, teachers.outputs
      )
      for note in notes { context.note(note) }
      return
    }
    guard source == .dataset else {
      let teacher = try TaskTeacher(context, options: options, on: compute)
      let isNamed = try !teacher.data.teacherNames(of: "train").isEmpty
      let notes =
        teacher.notes + unused
        + (isNamed
          ? ["the rows name a teacher each, which is not heeded: there is one for all"] : [])
      for note in notes { context.note(note) }
      (data, tokenizer) = (teacher.data, teacher.source.tokenizer)
      (score, self.notes) = (teacher.score, notes)
      head = teacher.source.head
      let drops = ReferenceFields.teacherDrops(options, for: teacher.data.task)
      if teacher.data.task.outputForm == .logits, !drops {
        let outputs = try teacher.logits(for: student)
        (logits, self.outputs) = (outputs.asTeacher, outputs)
      } else {
        try ReferenceFields.check(
          teacher.order, of: teacher.source.path, options, for: teacher.data.task)
        (logits, outputs) = (
          .live(teacher.runner(dropoutSeed: drops ? context.seed : nil)), nil
        )
      }
      return
    }
    var rows = try TaskData(
      path, tokenizer: student.tokenizer, configuration: student.configuration,
      answersNeededElse: nil)
    rows.task = try ThresholdField.task(rows.task, options)
    data = rows
    guard let answers = try rows.answers(of: "train") else {
      throw ArtifactError.badData(path, "has changed while it was read", cure: "run again")
    }
    var notes = [
      "the answers in the dataset's rows are learnt"
        + (hasTeacher ? ", the teacher is not used" : "")
    ]
    notes += try RowsOfUse.check(
      DatasetLessons(of: rows.train, answers: answers), hasTeacher: false,
      alpha: ReferenceFields.alpha(options, for: rows.task), path: path)
    let check = try Self.check(rows, path: path, allowsWeak: options.boolean("allow_weak_teacher"))
    (score, tokenizer) = (check.score, student.tokenizer)
    self.notes = notes + [check.note]
    for note in self.notes { context.note(note) }
    (head, logits, outputs) = (.none, answers.asAnswers, nil)
  }

  /// What a student is to learn, and what a reader should know of it.
  struct Lesson {
    /// The teacher's outputs as this student learns them.
    let logits: TeacherLogits
    /// The same as the teacher at hand gives them.
    let vectors: Outputs?
    /// Vectors of a teacher that is wider than the student, as this one learns them.
    let reduced: Outputs?
    /// What has been changed.
    let remark: String?
  }

  /// Makes the lesson.
  ///
  /// - Parameters:
  ///   - student: Who learns.
  ///   - asVectors: Whether the outputs themselves are learnt, not their similarities alone.
  ///   - compute: Where the arithmetic runs.
  /// - Returns: The lesson.
  /// - Throws: `DistillationError` where the student cannot learn them.
  func lesson(
    for student: BertModel, asVectors: Bool, on compute: ComputeContext
  ) throws -> Lesson {
    guard let outputs, asVectors else {
      return Lesson(logits: logits, vectors: outputs, reduced: nil, remark: nil)
    }
    let (taught, remark) = try data.task.taught(outputs, to: student, on: compute)
    return Lesson(
      logits: taught.asTeacher, vectors: outputs,
      reduced: taught.columns < outputs.columns ? taught : nil, remark: remark)
  }

  /// Scores answers on the labelled development rows that have some.
  private static func check(
    _ data: TaskData, path: String, allowsWeak: Bool
  ) throws -> (score: (String, Double), note: String) {
    let name = "teacher_dev_" + data.task.metrics(labels: data.labels.count)[0].name
    guard let development = data.development, let answers = try data.answers(of: "dev") else {
      return ((name, .nan), "no labelled development rows have answers: the teacher goes unchecked")
    }
    let answered = AnsweredPart(answers, of: development)
    let check = GuessCheck(
      data.task, answered.answers, on: answered.rows, labels: data.labels)
    guard check.isPassed || allowsWeak else {
      throw ArtifactError.badData(
        path, "the answers in its rows: \(check.figures)",
        cure: "see that they are of this task and their labels in order, or give "
          + "--allow-weak-teacher")
    }
    return ((name, check.score), check.figures)
  }
}

/// The rows of a split that a teacher has answered for, and its answers.
struct AnsweredPart {
  /// Its answers, all of them.
  let answers: Outputs
  /// The rows that these are for.
  let rows: TaskRows
  /// Their numbers; nil where they are all rows.
  private let kept: [Int]?

  init(_ answers: Outputs, of rows: TaskRows) {
    let known = (0..<answers.count).filter { !answers.rows[$0].isEmpty }
    kept = known.count == answers.count ? nil : known
    self.answers = Self.part(of: answers, kept)
    self.rows = kept.map { TaskRows(rows.examples.part($0), labels: rows.labels) } ?? rows
  }

  /// What another model says of these rows.
  func part(of outputs: Outputs) -> Outputs { Self.part(of: outputs, kept) }

  private static func part(of outputs: Outputs, _ kept: [Int]?) -> Outputs {
    guard let kept else { return outputs }
    var rows = Ragged<Float>()
    for index in kept { rows.append(outputs.rows[index]) }
    return Outputs(columns: outputs.columns, rows: rows)
  }
}
