import Artifacts
import Pipelines
import Tasks
import Text
import Training

/// What a file's rows say that a teacher answered, as logits in the order of the labels.
struct DatasetAnswers {
  /// Whether any row has an answer.
  let areThere: Bool
  /// The logits of each row, none for one without answer.
  let logits: Ragged<Float>
  /// What the user should know of them, a line each.
  let notes: [String]

  /// Labels that agree with all answers, in so many rows, are not likely to be anything but them.
  private static let suspicious = 20

  /// Converts the answers of all rows of a file.
  ///
  /// - Parameters:
  ///   - rows: All rows.
  ///   - targets: What is right for each.
  ///   - task: What they are for.
  ///   - labels: The names of the outputs.
  ///   - areNamed: Whether somebody has given the names, and with them the order of lists.
  ///   - path: The file.
  /// - Throws: `TextError` naming the first line whose answer cannot be one, or where labels say that lists
  ///   have another order than that in which they would be read.
  init(
    of rows: [LabelledRow], targets: [Target], _ task: any RowTask, labels: [String],
    areNamed: Bool, path: String
  ) throws {
    var answers = TeacherAnswers(task, labels: labels, path: path)
    var logits = Ragged<Float>()
    for row in rows { logits.append(try answers.logits(of: row)) }
    self.logits = logits
    guard let kind = rows.lazy.compactMap(\.teacher).first?.kind else {
      (areThere, notes) = (false, [])
      return
    }
    areThere = true
    let count = rows.count { $0.teacher != nil }
    let mayBeRight = kind == .score && targets.allSatisfy { $0 == .none }
    var notes = [
      "\(path): \(count) of \(rows.count) rows have a teacher's answer (\(kind.rawValue))"
        + (mayBeRight ? "; if the scores are what is right, give --label-column score" : "")
    ]
    let useless = rows.indices.filter { rows[$0].teacher == nil && targets[$0] == .none }
    if let first = useless.first {
      notes.append(
        "\(path):\(rows[first].line): \(useless.count) of \(rows.count) rows have neither a label nor a "
          + "teacher's answer (the first here): nothing is learnt from them without a teacher; "
          + "--skip-unlabelled-rows leaves such training rows out")
    }
    if answers.zeros > 0 {
      notes.append(
        "\(path): \(answers.zeros) probabilities are 0 and count as 1e-8, or as the least other one of "
          + "their row")
    }
    if answers.lists > 0, labels.count > 1 {
      let order = ListOrder(Self.lists(of: rows, logits), targets: targets, labels: labels)
      if order.isDoubtful {
        guard areNamed else { throw TextError(path, "\(order.fault); \(order.cure)") }
        notes.append("\(path): \(order.fault)")
      }
      if !areNamed {
        notes.append(
          "\(path): \(answers.lists) answers are lists, read in the order \(ListOrder.shown(labels)); "
            + "name the labels with --labels if theirs is another")
      }
    }
    let greatest = Outputs(columns: labels.count, values: logits.values).greatest
    let known = rows.indices.filter { rows[$0].teacher != nil }
    let pairs = zip(known, greatest).compactMap { row, answer -> Bool? in
      if case .label(let label) = targets[row] { label == answer } else { nil }
    }
    if pairs.count >= Self.suspicious, pairs.allSatisfy(\.self) {
      notes.append(
        "\(path): all \(pairs.count) labels are what the teacher answers too: if they are its own, they "
          + "teach and measure nothing")
    }
    self.notes = notes
  }

  /// The logits of the rows whose answer is a list.
  private static func lists(of rows: [LabelledRow], _ logits: Ragged<Float>) -> Ragged<Float> {
    var lists = Ragged<Float>()
    for (index, row) in rows.enumerated() {
      lists.append(row.teacher?.names.isEmpty == true ? Array(logits[index]) : [])
    }
    return lists
  }
}

/// Whether a teacher's answers are read from the rows of files.
enum AnswersField {
  static let field = OptionField(
    "teacher_answers", .choice(["auto", "none"] + TeacherAnswer.Kind.allCases.map(\.rawValue)),
    default: .text("auto"),
    help: "a teacher's answers in the rows: those that are there, none, or just this kind")

  /// The kinds that are not looked for, of which a user should hear that they are not; none where he has
  /// said what he wants.
  static func unread(
    _ options: OptionValues, of task: any RowTask, glue: GlueTask?
  ) -> [TeacherAnswer.Kind] {
    guard options.text("teacher_answers") == "auto", glue == nil else { return [] }
    return [.logits, .probabilities].filter { !task.answerKinds.contains($0) }
  }

  /// The kinds to look for.
  ///
  /// - Throws: `StageError` where the task has no such answers, or the layout has no place for them.
  static func kinds(
    _ options: OptionValues, of task: any RowTask, glue: GlueTask?
  ) throws -> [TeacherAnswer.Kind] {
    let chosen = options.text("teacher_answers")
    guard let kind = TeacherAnswer.Kind(rawValue: chosen) else {
      return chosen == "none" || glue != nil ? [] : task.answerKinds
    }
    guard glue == nil else {
      throw StageError.usage(
        "teacher_answers", "files of GLUE have none", cure: "leave one of the options out")
    }
    guard task.answerKinds.contains(kind) else {
      let known = task.answerKinds.map(\.rawValue).joined(separator: " or ")
      throw StageError.usage(
        "teacher_answers", "\(task.name) takes no \(chosen)",
        cure: known.isEmpty ? "leave the option out" : "give \(known)")
    }
    return [kind]
  }
}
