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
  /// Whether it is one document of questions, SQuAD's, whatever its name says.
  public let isDocument: Bool
  /// Its columns.
  public let layout: RowLayout

  /// Rows to read.
  public init(
    _ path: String, format: RowFormat?, isDocument: Bool = false, layout: RowLayout
  ) {
    self.path = path
    self.isDocument = isDocument
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
          cure: "give json or jsonl")
      }
      guard path != "-" else { return try SquadReader.standardInput(isDocument ? .json : .jsonl) }
      let known: SquadReader.Format? = isDocument ? .json : format == .jsonl ? .jsonl : nil
      return try SquadReader(path, format: known, readsAnswers: false, mayRepeatIds: false)
    }
    guard !isDocument else {
      throw StageError.usage(
        "--format", "json is SQuAD's document of questions, and the model is for \(task.name)",
        cure: "give jsonl for an object a line")
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

  /// What the user should know of columns of labels that nobody has named; nil where there are none.
  ///
  /// - Parameters:
  ///   - labels: The names of the outputs.
  ///   - task: What is answered.
  ///   - form: How answers are written.
  /// - Returns: A line.
  func remark(onColumnsOf labels: [String], _ task: any RowTask, form: AnswerForm) -> String? {
    guard case .row = form, task.takesSeveralLabels, path != "-", layout.label == nil,
      case .separated = layout.severalLabels ?? .separated(by: ","),
      let names = RowReader.columnNames(of: path, format: format, quoting: layout.quoting),
      ["label", "labels"].allSatisfy({ RowLayout.column($0, among: names) == nil })
    else { return nil }
    let columns = names.filter(Set(labels).contains)
    guard !columns.isEmpty else { return nil }
    return
      "\(path): has columns that are called as labels, \(RowLayout.spoken(columns)), and rows are written "
      + "without: to keep what they say, give --label-columns "
      + columns.prefix(20).map { printable(String($0.prefix(60))) }.joined(separator: ",")
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
