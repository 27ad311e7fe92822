import Artifacts
import Files
import Tasks
public import Text

/// The rows that `distill predict` reads.
public struct PredictionInput: Sendable {
  /// A file, or `-` for standard input.
  public let path: String
  /// Its format; nil for the one that its name says, and for text on standard input.
  public let format: RowFormat?
  /// Its columns.
  public let layout: RowLayout

  /// Rows to read.
  public init(_ path: String, format: RowFormat?, layout: RowLayout) {
    self.path = path
    self.format = format
    self.layout = layout
  }

  /// Opens the rows.
  ///
  /// - Parameters:
  ///   - task: What is answered: rows may be words, or questions about texts.
  ///   - form: How answers are written.
  /// - Returns: What reads them.
  /// - Throws: What is wrong with the file.
  func open(for task: any RowTask, form: AnswerForm) throws -> any RowSource {
    if task.answersAreInText {
      guard format == nil || format == .jsonl else {
        throw StageError.usage(
          "--format", "\(format?.rawValue ?? "") holds no questions",
          cure: "give jsonl, or SQuAD's .json without it")
      }
      guard path != "-" else { return try SquadReader.standardInput() }
      return try SquadReader(path, format: format == .jsonl ? .jsonl : nil, readsAnswers: false)
    }
    var layout = layout
    layout.readsAnswers = false
    layout.holdsWords = task.readsWords
    // What is right for a row goes on with it where rows are written for learning.
    if case .row = form {
      layout.readsAnswers = true
      if task.takesSeveralLabels {
        layout.severalLabels = layout.severalLabels ?? .separated(by: ",")
      } else if let several = layout.severalLabels {
        throw StageError.usage(
          several.isColumns ? "label_columns" : "label_separator",
          "rows of the task \(task.name) have one label", cure: "leave it out")
      }
    }
    if path == "-" { return try RowReader(standardInput: format ?? .txt, layout: layout) }
    do {
      _ = try LineReader(path)
    } catch let error as FileError where error.kind == .notRegular && !isFolder(path) {
      throw FileError(
        .notRegular, path: path,
        detail: "\(error.detail); give --input - and let standard input come from it")
    }
    return try RowReader(path, format: format, layout: layout)
  }

  /// Refuses a submission in other words than the benchmark's.
  ///
  /// - Throws: `ArtifactError` where the model's task or labels are not those of the task of GLUE.
  func check(_ task: any RowTask, _ labels: [String], of model: String, form: AnswerForm) throws {
    guard case .submission = form, let glue = layout.glue else { return }
    guard (glue.labels == nil) == task.answersAreNumbers else {
      throw ArtifactError.badData(
        model,
        "it is a model of \(task.name), the answers of \(glue.rawValue) are "
          + (glue.labels == nil ? "numbers" : "classes"), cure: "use a model of this task")
    }
    guard let wanted = glue.labels,
      Set(labels) != Set(wanted)
    else { return }
    let own = labels.prefix(20).map { printable(String($0.prefix(60))) }.joined(separator: ", ")
    throw ArtifactError.badData(
      model, "its labels are \(own), those of the benchmark \(wanted.joined(separator: ", "))",
      cure: labels.count == wanted.count
        ? "name its outputs in order with --labels" : "use a model of this task")
  }
}

extension SeveralLabels {
  /// Whether each label has a column of its own.
  fileprivate var isColumns: Bool {
    if case .columns = self { true } else { false }
  }
}
