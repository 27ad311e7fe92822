import Artifacts
import Files
internal import Pipelines
import Tasks
public import Text

/// What a user has said about the rows; nil is for what he leaves to be found out.
public struct RowsHints: Sendable {
  /// What the rows are for.
  public var task: String?
  /// The column of the text.
  public var textColumn: String?
  /// The column of the second text.
  public var pairColumn: String?
  /// The column of the label.
  public var labelColumn: String?
  /// The columns of 0 and 1, a label each, in place of that of the label; empty for none.
  public var labelColumns: [String] = []
  /// Names of the columns of files without header; empty for none.
  public var columns: [String] = []
  /// Names of the classes in order; empty for those of the rows.
  public var labels: [String] = []
  /// Whether quotation marks hold fields of tables together; nil for what they are used to.
  public var quoting: Quoting?
  /// Whether rows that cannot be read are left out.
  public var skipsMalformedRows = false
  /// Whether rows with neither a label nor a teacher's answer are left out.
  public var skipsUnlabelledRows = false
  /// Whether some rows of a file may have a label and others none.
  public var allowsMissingLabels = false

  /// Nothing said.
  public init() {}

  /// The columns of words and of tags as `dataset` is told them, or that of words alone as `corpus` is.
  func wordColumns(ofText: Bool = false) -> [DraftOption] {
    [("text_column", textColumn), ("label_column", ofText ? nil : labelColumn)]
      .compactMap { name, column in column.map { DraftOption(name, .text($0)) } }
  }

  /// How tables are read, as `dataset` and `corpus` are told it.
  var tableOptions: [DraftOption] {
    (quoting.map { [DraftOption("quoting", .text($0.rawValue))] } ?? [])
      + (skipsMalformedRows ? [DraftOption("skip_malformed_rows", .boolean(true))] : [])
  }

  /// What becomes of rows without label, as `dataset` is told it.
  var missingLabelOptions: [DraftOption] {
    (skipsUnlabelledRows ? [DraftOption("skip_unlabelled_rows", .boolean(true))] : [])
      + (allowsMissingLabels ? [DraftOption("allow_missing_labels", .boolean(true))] : [])
  }

  /// The beginning of a file, read as is said.
  func glimpse(_ path: String) throws -> RowGlimpse {
    try RowGlimpse(path, quoting: quoting, skipsMalformedRows: skipsMalformedRows)
  }

  /// The names of the classes as `dataset` is told them.
  var labelOption: [DraftOption] {
    labels.isEmpty ? [] : [DraftOption("labels", .list(labels.map { .text($0) }))]
  }
}

/// How a file of rows is to be read and what it is for, as its beginning tells.
struct RowsGuess {
  /// What the rows are for; nil where a text alone does not say.
  var task: (any RowTask)?
  /// Options by which `dataset` reads the files, in the order to write them.
  var options: [DraftOption] = []
  /// Options by which `corpus` reads the rows' own text; nil where it cannot.
  var textOptions: [DraftOption]?
  /// Names of the classes, as far as rows were seen; nil where rows have none.
  var labels: [String]?
  /// The labels that rows have, as far as they were seen; nil where those are not names of classes.
  var seenLabels: [String]?
  /// The names of the columns that the file itself does not name; empty where it does.
  var columns: [String] = []
  /// Whether those labels are all of them.
  var areAllLabels = true
  /// How many rows have the only class that there is, where all rows were seen and nothing else can name
  /// another; nil where there are more, or none.
  var rowsOfOnlyClass: Int?
  /// How many whole numbers the labels are, where that leaves it open whether they are classes.
  var wholeNumbers: Int?
  /// Whether rows are pairs of texts.
  var hasPairs = false
  /// Whether rows say what is right for them.
  var isLabelled = true
  /// What was found out, a line each.
  var remarks: [String] = []
  /// What the user has said, and what was found out of the columns of words.
  private(set) var hints = RowsHints()

  /// Looks at a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - hints: What is known of it.
  /// - Throws: What is wrong with the file; `StageError` where it can be read in several ways.
  init(_ path: String, _ hints: RowsHints) throws {
    self.hints = hints
    if try JSONForm.named(by: path) == .questions {
      for (option, name) in [
        ("text_column", hints.textColumn), ("label_column", hints.labelColumn),
      ]
      where name != nil {
        throw StageError.unused(option, beside: "\(path), a document of questions (SQuAD)")
      }
      task = try Self.task(hints, else: QuestionAnsweringTask(), path)
      textOptions = []
      remarks.append("\(path) is a document of questions about texts (SQuAD)")
      return
    }
    try look(at: hints.glimpse(path))
  }

  /// Tells what a file is from its beginning.
  private mutating func look(at glimpse: RowGlimpse) throws {
    let path = glimpse.path
    let names = glimpse.columns.map { $0.lowercased() }
    switch glimpse.format {
    case .conll:
      try columnsOfWords(glimpse)
      task = try Self.task(hints, else: TokenClassificationTask(), path)
      textOptions = self.hints.wordColumns(ofText: true)
      options = self.hints.wordColumns() + hints.labelOption
      remarks.append("\(path) has a word and its tag a line")
      return
    case .jsonl where holdsQuestions(names):
      task = try Self.task(hints, else: QuestionAnsweringTask(), path)
      textOptions = [DraftOption("text_column", .text("context"))]
      remarks.append("\(path) has questions about texts, one a line")
      return
    case .jsonl where Self.holdsWords(glimpse):
      task = try Self.task(hints, else: TokenClassificationTask(), path)
      textOptions = [DraftOption("text_column", .text(Self.words(glimpse) ?? "tokens"))]
      options = hints.labelOption
      remarks.append("\(path) has words with tags, a sentence an object")
      return
    case .txt:
      task = try hints.task.map { try Self.task(named: $0) }
      isLabelled = false
      textOptions = []
      remarks.append("\(path) is text, a line a text, without labels")
      return
    case .tsv, .csv, .jsonl: break
    }
    var table = try RowColumns(glimpse, hints)
    guard !glimpse.rows.isEmpty || !table.isNamedInFile else {
      throw TextError(
        path, "has names of columns and no row; give a file with at least one row")
    }
    task = try hints.task.map { try Self.task(named: $0) } ?? table.task
    if task == nil, table.isLabelled { wholeNumbers = table.labels?.count }
    try table.settle(for: task)
    options = table.options
    columns = table.hasHeader ? [] : table.names
    textOptions = table.textOptions
    hasPairs = table.pair != nil
    isLabelled = table.isLabelled
    labels = task?.rowsHaveClasses == true ? table.labels : nil
    seenLabels = task?.rowsHaveClasses == true ? table.seenLabels : nil
    areAllLabels = table.areAllLabels
    if hints.labels.isEmpty, areAllLabels, seenLabels?.count == 1, !table.mayHaveAnswers {
      rowsOfOnlyClass = table.labelledRows
    }
    remarks += table.remarks
  }

  /// Whether rows with these keys are questions about texts, and not pairs of the same names.
  private func holdsQuestions(_ names: [String]) -> Bool {
    guard Set(names).isSuperset(of: ["question", "context"]), hints.textColumn == nil else {
      return false
    }
    return names.contains("answers")
      || Set(names).isDisjoint(with: ["label", "labels"])
        && hints.labelColumn == nil
  }

  /// Which columns hold words and tags, where the first numbers the words.
  ///
  /// - Throws: `StageError` where nobody says which one holds the tags, and the last one has words without.
  private mutating func columnsOfWords(_ glimpse: RowGlimpse) throws {
    guard glimpse.numbersWords else { return }
    if hints.textColumn == nil {
      hints.textColumn = "2"
      remarks.append(
        "\(glimpse.path) numbers its words in the first column: they stand in the second")
    }
    let last = glimpse.columns.count - 1
    guard hints.labelColumn == nil, glimpse.values(of: last).contains(where: { $0.string == "_" })
    else { return }
    throw StageError.usage(
      "label-column", "\(glimpse.path) has '_' in its last column, which is no tag",
      cure:
        "give --label-column 4 for the parts of speech of CoNLL-U, or the number of another column"
    )
  }

  /// Whether rows are lists of words beside lists of tags.
  private static func holdsWords(_ glimpse: RowGlimpse) -> Bool {
    words(glimpse) != nil && list(UsualColumns.tags, of: glimpse) != nil
  }

  /// The name of the lists of words that rows have; nil where they have none.
  private static func words(_ glimpse: RowGlimpse) -> String? {
    list(UsualColumns.words, of: glimpse)
  }

  /// The first of the names that lists have in the rows.
  private static func list(_ usual: [String], of glimpse: RowGlimpse) -> String? {
    usual.first { name in
      guard let column = glimpse.columns.firstIndex(of: name) else { return false }
      return glimpse.values(of: column).first?.array?.isEmpty == false
    }
  }

  /// The task that is named, or else the one that the file's kind is for.
  private static func task(
    _ hints: RowsHints, else usual: any RowTask, _ path: String
  ) throws -> any RowTask {
    guard let name = hints.task, name != usual.name else { return usual }
    let named = try task(named: name)
    throw StageError.usage(
      "task", "\(path) holds rows for \(usual.name), not for \(named.name)",
      cure: "leave it out, or give another file")
  }

  /// The task of that name.
  ///
  /// - Throws: `StageError` for a name that no task has, and for one of which no draft is made.
  static func task(named name: String) throws -> any RowTask {
    guard let task = TaskTable.ofRows(named: name) else {
      let known = TaskTable.ofRows.map(\.name)
      throw StageError.usage(
        "task", "there is no task '\(printable(String(name.prefix(60))))'",
        cure: "name one of \(known.joined(separator: ", "))")
    }
    guard !task.readsRawText else {
      throw StageError.usage(
        "task", "no pipeline of \(name) is made here",
        cure: "start from pipelines/wikitext.yaml, which is one")
    }
    return task
  }
}
