import Artifacts
import Compute
import Distillation
import Files
import Pipelines
import Tasks
import Training
import Transformer

/// Several teachers of one task, whose answers are learnt as those of one (`TeacherMixture`).
///
/// One after the other is loaded, checked and asked, each by its own store of logits: what one said
/// before is not asked again because another has come.
struct SeveralTeachers {
  /// The task's data.
  let data: TaskData
  /// The first one's model: the student's tokenizer and head follow it.
  let source: ModelSource
  /// What they say together of the training rows.
  let outputs: Outputs
  /// What that is worth on the development split, as stages report it; NaN where it has no labels.
  let score: (String, Double)
  /// What the user should know, a line each.
  let notes: [String]

  /// Loads the inputs `teacher` and `dataset`.
  ///
  /// - Parameters:
  ///   - context: The stage's surroundings.
  ///   - options: The stage's.
  ///   - student: A model that may carry the logits of one of them.
  ///   - compute: Where they compute.
  /// - Throws: As `TaskTeacher`; `StageError` where the options do not fit the teachers.
  init(
    _ context: StageContext, options: OptionValues, student: ModelSource,
    on compute: ComputeContext
  ) throws {
    let given = context.inputs["teacher"] ?? []
    let path = try context.required("dataset")
    var owners: TeacherOfRows?
    var (parts, judged): ([Outputs?], [Outputs?]) = ([], [])
    var first: TaskTeacher?
    var (outputs, answers): ([Outputs], [Outputs]) = ([], [])
    var notes: [String] = []
    for (number, input) in given.enumerated() {
      let teacher = try TaskTeacher(
        context, options: options, input, isOneOfSeveral: true,
        judgedBy: { data in
          if number == 0 { owners = try TeacherOfRows(options, data, path: path) }
          return owners?.judged(by: number)
        }, on: compute)
      guard teacher.data.task.outputForm == .logits else {
        throw Self.tooWide(teacher.data.task)
      }
      if first == nil {
        // Where there are no development rows, nobody has asked yet.
        owners = try owners ?? TeacherOfRows(options, teacher.data, path: path)
        notes += teacher.remarks
      }
      notes.append("\(printable(input.path)): \(teacher.note)")
      first = first ?? teacher
      if let owners {
        let asked = owners.asked(of: number)
        let name = owners.names[number]
        notes.append(
          "\(printable(input.path)): \(asked.count.grouped) rows name it (\(printable(name)))")
        parts.append(asked.isEmpty ? nil : try teacher.logits(of: asked, naming: name))
        judged.append(teacher.answers)
      } else {
        outputs.append(try teacher.logits(for: student))
        if let answer = teacher.answers { answers.append(answer) }
      }
      let columns = (parts + outputs.map(Optional.some)).compactMap { $0?.columns }
      try Self.check(columns.last ?? 0, of: input.path, columns.first, of: given.first?.path)
      try context.stopIfAsked()
    }
    guard let first else { throw StageError.missingPort("teacher") }
    (data, source) = (first.data, first.source)
    let task = data.task
    if let owners {
      self.outputs = TeacherOfRows.joined(parts, owners: owners.train)
      guard let development = data.development, let places = owners.development else {
        score = (first.score.0, .nan)
        self.notes =
          notes + ["the development rows name no teacher: the teachers' score is not known"]
        return
      }
      let check = GuessCheck(
        task, TeacherOfRows.joined(judged, owners: places), on: development, labels: data.labels,
        of: "named teachers")
      score = (first.score.0, check.score)
      self.notes = notes + [check.figures]
      return
    }
    if try !data.teacherNames(of: "train").isEmpty {
      notes.append(
        "the rows name a teacher each, which is not heeded: each is asked of all rows; "
          + "--teacher-names says who is who")
    }
    let mixture = try SeveralTeachersFields.mixture(options, of: task, teachers: given.count)
    self.outputs = mixture.mean(of: outputs)
    let shares = zip(mixture.weights, given).map { weight, input in
      "\(SeveralTeachers.spoken(weight)) \(printable(input.path))"
    }
    notes.append(
      "the mean of \(given.count) teachers' "
        + (mixture.averagesProbabilities ? "probabilities" : "outputs")
        + " is learnt: \(shares.joined(separator: ", "))")
    if let development = data.development, answers.count == given.count {
      let check = GuessCheck(
        task, mixture.mean(of: answers), on: development, labels: data.labels,
        of: "teachers' mean")
      score = (first.score.0, check.score)
      notes.append(check.figures)
    } else {
      score = first.score
    }
    self.notes = notes
  }

  /// A share with three digits.
  private static func spoken(_ weight: Double) -> String {
    "\((weight * 1000).rounded() / 1000)"
  }

  /// Refuses teachers whose outputs are too many to be kept.
  static func tooWide(_ task: any RowTask) -> StageError {
    .usage(
      "teacher", "the answers of \(task.name) are not kept, and one teacher alone gives them anew",
      cure: "give one teacher")
  }

  /// Refuses teachers whose outputs have other numbers: vectors of another width.
  static func check(
    _ columns: Int, of path: String, _ others: Int?, of first: String?
  ) throws {
    guard let others, others != columns else { return }
    throw ArtifactError.badData(
      path, "its answers have \(columns) numbers, those of \(first ?? "another teacher") \(others)",
      cure: "use teachers of one width")
  }
}
