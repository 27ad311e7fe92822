import Artifacts
import Tasks
import Text
import Training

/// Makes the splits of a dataset of the rows of its files.
struct SplitMaker {
  /// What the rows are for.
  let task: any RowTask
  /// Names of the outputs.
  let labels: [String]
  /// Whether somebody has given these names, and with them the order of lists.
  let areNamed: Bool
  /// Whether rows are pairs of texts that are read together.
  let hasPairs: Bool
  /// Whether some rows of a file may have a label and others none.
  let allowsMissing: Bool
  /// Makes the ids.
  let tokenizer: Tokenizer
  /// How long sequences may be.
  let lengths: SequenceLengths
  /// How many threads tokenise.
  let threads: Int
  /// Asked now and then; throws where the work is to end.
  let eachBatch: () throws -> Void

  /// A split, and what was seen while it was made.
  struct Made {
    /// Its rows and their examples.
    var split = DatasetSplit()
    /// What the user should know of them, a line each.
    var notes: [String] = []
    /// How many rows lost tokens.
    var truncatedRows = 0
    /// Whether any row carries a teacher's answer.
    var hasAnswers = false
  }

  /// Makes the split of a file.
  ///
  /// - Throws: `TextError` naming a line whose answer is missing or not understood; what `eachBatch` throws.
  func make(_ file: DatasetFile) throws -> Made {
    let (rows, path) = (file.rows, file.path)
    let targets = try targets(of: file)
    let answers = try DatasetAnswers(
      of: rows, targets: targets, task, labels: labels, areNamed: areNamed, path: path)
    let traces = try traces(of: rows)
    let encoded = try encode(rows, targets, traces)
    var made = Made()
    made.hasAnswers = answers.areThere
    if task.answersAreInText { made.split.sheet = AnswerSheet() }
    for (index, (row, examples)) in zip(rows, encoded).enumerated() {
      made.truncatedRows += examples.contains { $0.encoding.truncatedCount > 0 } ? 1 : 0
      made.split.append(
        row.text, pair: hasPairs ? row.pair ?? "" : task.readsPairsApart ? row.pair : nil,
        examples, answer: Array(answers.logits[index]), teacher: row.teacherName)
      if task.answersAreInText { made.split.sheet?.append(row, examples, in: traces[index]) }
    }
    made.notes =
      LabelRemarks.sentences(on: targets, of: rows, labels: labels, path: path) + answers.notes
      + (task.readsWords ? DatasetStage.remarks(on: encoded, of: rows, path: path) : [])
      + (DatasetStage.remark(onHidden: encoded, task, path: path).map { [$0] } ?? [])
      + Self.remarks(onWindowsOf: made.split, targets: targets, path: path)
    return made
  }

  /// Looks whether the labels of a file are known ones.
  ///
  /// - Throws: `TextError` naming the first that is not.
  func checkTargets(of file: DatasetFile) throws { _ = try targets(of: file) }

  private func targets(of file: DatasetFile) throws -> [Target] {
    try Self.targets(of: file, for: task, labels: labels, allowsMissing: allowsMissing)
  }

  /// What is right for each row of a file.
  ///
  /// - Throws: `TextError` naming the first row of which that is not known.
  static func targets(
    of file: DatasetFile, for task: any RowTask, labels: [String], allowsMissing: Bool
  ) throws -> [Target] {
    // A row that a teacher has answered for needs no label.
    let isAnswered =
      file.rows.contains { $0.teacher != nil }
      && file.rows.allSatisfy { $0.hasLabel || $0.teacher != nil }
    return try task.targets(
      of: file.rows, labels: labels, path: file.path, allowsMissing: allowsMissing || isAnswered)
  }

  /// What became of answers that no window shows whole.
  private static func remarks(
    onWindowsOf split: DatasetSplit, targets: [Target], path: String
  ) -> [String] {
    guard split.sheet != nil else { return [] }
    var shown: Set<Int> = []
    for (row, target) in zip(split.rows, split.targets) {
      if case .span(_, let last) = target, last > 0 { shown.insert(Int(row)) }
    }
    let hidden = targets.indices.count { row in
      if case .span(let first, _) = targets[row] {
        first >= 0 && !shown.contains(row)
      } else {
        false
      }
    }
    return hidden == 0
      ? []
      : [
        "\(path): \(hidden) answers are longer than what windows have in common: each window of theirs "
          + "says that it holds no answer; a greater --doc-stride keeps them whole"
      ]
  }
}
