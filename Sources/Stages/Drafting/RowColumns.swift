import Files
internal import Pipelines
import Tasks
import Text

/// Which columns of a table of rows hold texts and labels, and what the labels are.
struct RowColumns {
  /// Names that columns of one text, of two and of labels are known by, the likelier ones first.
  private static let texts = [
    "sentence", "text", "review", "content", "comment", "body", "tweet", "message", "utterance",
    "document", "query", "title", "description",
  ]
  private static let labels = [
    "label", "labels", "gold_label", "class", "category", "sentiment", "polarity", "intent",
    "emotion", "is_duplicate", "target", "score", "similarity", "similarity_score", "rating",
    "stars", "tags", "y",
  ]
  private static let others = ["id", "idx", "index"]
  /// What columns hold that are a label each, those of pandas too.
  private static let markings = [["0", "1"], ["false", "true"]]
  /// The most classes that rows are taken to have.
  private static let classLimit = 1_000

  /// Places of texts and label.
  private(set) var text = 0
  private(set) var pair: Int?
  private(set) var label: Int?
  /// Places of columns of 0 and 1, or of True and False, a label each.
  private(set) var marks: [Int] = []
  /// What was found out, a line each.
  private(set) var remarks: [String] = []

  let glimpse: RowGlimpse
  let hints: RowsHints
  /// Names of the columns, made up where the file has none.
  private(set) var names: [String]
  /// Whether the first line says what its columns are, where nobody else does.
  let hasHeader: Bool
  /// Whether it says the names that are given.
  private let repeatsNames: Bool
  private let lower: [String]

  /// Looks for texts and labels.
  ///
  /// - Throws: `StageError` where a column is named that is not there, or several may be meant;
  ///   `TextError` where something else than commas parts the columns.
  init(_ glimpse: RowGlimpse, _ hints: RowsHints) throws {
    self.glimpse = glimpse
    self.hints = hints
    if glimpse.format == .csv,
      let fault = RowLayout.separatorFault(glimpse.columns, tabs: "let its name end in .tsv")
    {
      throw TextError("\(glimpse.path):1", fault)
    }
    let isNamed = !hints.columns.isEmpty
    if isNamed, hints.columns.count != glimpse.columns.count {
      throw StageError.usage(
        "columns",
        "\(glimpse.path) has \(glimpse.columns.count) columns, \(hints.columns.count) are named",
        cure: "name every column, _ for one that is not read")
    }
    hasHeader = !isNamed && (glimpse.format == .jsonl || Self.isHeader(glimpse, hints))
    repeatsNames = isNamed && Self.areSame(hints.columns, glimpse.columns)
    names = isNamed ? hints.columns : glimpse.columns
    lower = hasHeader || isNamed ? names.map(RowLayout.plain) : names.map { _ in "" }
    try refuseWords()
    try findTexts()
    try findLabels()
    if !hasHeader, !isNamed { nameColumns() }
  }

  /// Whether the first line names the columns: a name that is said or known is among them, or nothing in
  /// it reads as if it stood in a row.
  private static func isHeader(_ glimpse: RowGlimpse, _ hints: RowsHints) -> Bool {
    // A number may be a column's place, as where columns are of words and tags.
    let said = [hints.textColumn, hints.pairColumn, hints.labelColumn].compactMap(\.self)
      .filter { Int($0) == nil }
    if said.contains(where: glimpse.columns.contains) { return true }
    let lower = glimpse.columns.map(RowLayout.plain)
    let known = texts + labels + UsualColumns.pairs.flatMap { [$0.0, $0.1] }
    if lower.contains(where: known.contains) { return true }
    return !glimpse.columns.indices.contains { column in
      let field = glimpse.columns[column]
      if field.split(separator: " ").count > 3 || Double(field) != nil { return true }
      let values = glimpse.values(of: column)
      // What spreadsheets leave at the end of every line, the odd note in it aside, is no column of rows.
      if isBlank(field), values.count(where: { !isBlank($0.string) }) * 50 <= values.count {
        return false
      }
      let alike = values.count { $0 == .string(field) }
      return alike > 0 && alike * 50 > values.count
    }
  }

  private static func isBlank(_ field: String?) -> Bool {
    field?.allSatisfy(\.isWhitespace) == true
  }

  /// Whether a column can be named: it has a name, and is not said to be left alone.
  private func isNameable(_ column: Int) -> Bool {
    hasNames ? names[column] != RowLayout.unreadColumn && !Self.isBlank(names[column]) : true
  }

  /// The first names of columns, for a message.
  private var listed: String {
    names.indices.filter(isNameable).prefix(20)
      .map { printable(String(names[$0].prefix(60))) }.joined(separator: ", ")
  }

  /// The values of a column, that of the first line included where it is a row.
  private func values(of column: Int) -> [JSONValue] {
    let first = hasHeader || repeatsNames ? [] : [column].filter(glimpse.columns.indices.contains)
    return first.map { .string(glimpse.columns[$0]) } + glimpse.values(of: column)
  }

  /// A column's name in quotation marks.
  func shown(_ column: Int) -> String {
    "'\(printable(String(names[column].prefix(60))))'"
  }

  private func place(of name: String, option: String) throws -> Int {
    if let place = names.firstIndex(of: name) { return place }
    throw StageError.usage(
      option, "\(glimpse.path) has no column '\(printable(String(name.prefix(60))))'",
      cure: "name one of \(listed)")
  }

  // MARK: - Texts

  private mutating func findTexts() throws {
    if let name = hints.textColumn {
      text = try place(of: name, option: "text_column")
      pair = try hints.pairColumn.map { try place(of: $0, option: "pair_column") }
      return
    }
    for (first, second) in UsualColumns.pairs {
      guard let one = lower.firstIndex(of: first), let other = lower.firstIndex(of: second) else {
        continue
      }
      (text, pair) = (one, other)
      remarks += passedOver
      return
    }
    if let place = Self.texts.lazy.compactMap({ [lower] in lower.firstIndex(of: $0) }).first {
      text = place
      remarks += passedOver
      return
    }
    try findTextsByContent()
  }

  /// Texts are what has several words.
  private mutating func findTextsByContent() throws {
    let lengths = names.indices.map { column -> Double in
      if hints.labelColumn == names[column] || !isNameable(column) { return 0 }
      let texts = values(of: column).compactMap(\.string)
      let words = texts.reduce(0) { $0 + $1.split(separator: " ").count }
      return texts.isEmpty ? 0 : Double(words) / Double(texts.count)
    }
    let long = lengths.indices.filter { lengths[$0] >= 3 }
    guard long.count < 3, let longest = lengths.indices.max(by: { lengths[$0] < lengths[$1] }),
      lengths[longest] > 0
    else {
      throw StageError.usage(
        "text_column",
        "it is not clear which column of \(glimpse.path) holds the text (\(listed))",
        cure: "name it with --text-column, or all columns with --columns where there is no header")
    }
    text = long.first ?? longest
    if let second = long.dropFirst().first { pair = second }
  }

  // MARK: - Labels

  private mutating func findLabels() throws {
    guard hints.labelColumns.isEmpty else {
      marks = try hints.labelColumns.map { try place(of: $0, option: "label_columns") }
      return
    }
    if let name = hints.labelColumn {
      label = try place(of: name, option: "label_column")
      return
    }
    let free = names.indices.filter { $0 != text && $0 != pair }
    for name in Self.labels {
      guard let place = free.first(where: { lower[$0] == name }) else { continue }
      label = place
      return
    }
    let open = free.filter { !Self.others.contains(lower[$0]) && isNameable($0) }
    let marked = Self.markings.map { marks in
      open.filter { column in
        let values = values(of: column)
        return !values.isEmpty
          && values.allSatisfy { Self.text(of: $0).map { marks.contains($0.lowercased()) } == true }
      }
    }
    if hasHeader, let columns = marked.first(where: { $0.count > 1 }) {
      marks = columns
      return
    }
    var likely = open.filter { column in
      let values = values(of: column)
      let distinct = Set(values.compactMap(Self.text)).count
      return distinct > 1 && distinct <= max(2, min(100, values.count / 3))
    }
    if likely.isEmpty || !hasHeader {
      let scores = open.filter { Self.areFractions(values(of: $0)) }
      likely = Set(likely + scores).sorted()
    }
    guard likely.count < 2 else {
      let known = likely.map { printable(String(names[$0].prefix(60))) }
      throw StageError.usage(
        "label_column",
        "it is not clear which column of \(glimpse.path) holds the label (\(known.joined(separator: ", ")))",
        cure: "name it with --label-column, or all columns with --columns where there is no header")
    }
    label = likely.first
  }

  /// Whether any row says what is right for it.
  var isLabelled: Bool {
    !marks.isEmpty
      || label.map { values(of: $0).contains { $0 != .string("") } } ?? false
  }

  /// Whether `labels` are all there are.
  var areAllLabels: Bool { glimpse.isWhole || !hints.labels.isEmpty }

  /// The names of the classes, as far as rows were seen; nil where there are none, or too many.
  var labels: [String]? {
    hints.labels.isEmpty ? seenLabels : hints.labels
  }

  /// How many of the rows seen have a label.
  var labelledRows: Int {
    label.map { values(of: $0).count { Self.label(of: $0)?.isEmpty == false } } ?? 0
  }

  /// Whether a teacher's answers may stand in a column, which name classes beside those of the labels.
  var mayHaveAnswers: Bool {
    let kinds = TeacherAnswer.Kind.allCases.map(\.rawValue)
    return lower.contains { name in kinds.contains { name == $0 || name.hasPrefix($0 + ".") } }
  }

  /// The labels that rows have, as far as rows were seen; nil where there are none, or too many.
  var seenLabels: [String]? {
    guard isLabelled, let label else { return nil }
    let values = Set(values(of: label).compactMap(Self.label)).subtracting([""])
    return values.count <= Self.classLimit ? values.sorted() : nil
  }

  /// What the labels are for; nil where there are none, and for whole numbers of which they do not say
  /// whether they are classes.
  var task: (any RowTask)? {
    if !marks.isEmpty { return MultiLabelTask() }
    guard isLabelled, let label else { return nil }
    let values = values(of: label)
    if values.contains(where: { $0.array.map { $0.count != 1 } == true }) {
      return MultiLabelTask()
    }
    let texts = values.compactMap(Self.label).filter { !$0.isEmpty }
    if !texts.isEmpty, texts.allSatisfy(SeveralLabels.isList) { return MultiLabelTask() }
    let numbers = texts.compactMap { Double($0) }
    guard !texts.isEmpty, numbers.count == texts.count, hints.labels.isEmpty else {
      return ClassificationTask()
    }
    guard numbers.allSatisfy({ $0 == $0.rounded() }) else { return RegressionTask() }
    switch Set(numbers).count {
    case ...20: return ClassificationTask()
    case ...Self.classLimit where labels != nil: return nil
    default: return RegressionTask()
    }
  }

  // MARK: - What is said of it

  /// Gives names to the columns of a file that has none.
  private mutating func nameColumns() {
    names = names.map { _ in RowLayout.unreadColumn }
    names[text] = pair == nil ? "sentence" : "sentence1"
    if let pair { names[pair] = "sentence2" }
    if let label { names[label] = "label" }
  }

  /// Says what was found, for rows of a task.
  ///
  /// - Throws: `StageError` where the task does not go with the columns.
  mutating func settle(for task: (any RowTask)?) throws {
    if !marks.isEmpty, task?.takesSeveralLabels == false {
      throw StageError.usage(
        "label_column",
        "\(glimpse.path) has several columns of marks, 0 and 1 or True and False, and a row of "
          + "\(task?.name ?? "its task") has one label",
        cure: "name the one that counts")
    }
    let path = glimpse.path
    var words = "texts in \(shown(text))" + (pair.map { " and \(shown($0))" } ?? "")
    if let label, isLabelled {
      words += ", labels in \(shown(label))"
    } else if !marks.isEmpty {
      words +=
        ", a label in each of \(marks.prefix(5).map(shown).joined(separator: ", "))"
        + (marks.count > 5 ? " and \(marks.count - 5) more" : "")
    } else {
      words += ", no labels"
    }
    remarks.append(
      hasHeader || !hints.columns.isEmpty
        ? "\(path): \(words)"
        : "\(path) has no header; its columns are given names: \(words)")
    if task?.rowsHaveClasses == true, let labels, !labels.isEmpty {
      let listed = labels.prefix(10).map { printable(String($0.prefix(40))) }
      remarks.append(
        "\(labels.count == 1 ? "1 class" : "\(labels.count) classes"): \(listed.joined(separator: ", "))"
          + (labels.count > 10 ? ", ..." : "")
          + (areAllLabels ? "" : " (in the first \(glimpse.rows.count) rows)"))
    }
  }

  /// Options that say what is not as usual.
  var options: [DraftOption] {
    var options = reading
    let isPair = pair != nil
    let usual = isPair ? ("sentence1", "sentence2") : ("sentence", "")
    // What the reader may take for texts by itself.
    let rivals = UsualColumns.all.subtracting([usual.0, usual.1])
    let isUsual =
      lower[text] == usual.0 && (pair.map { lower[$0] == usual.1 } ?? true)
      && !lower.contains(where: rivals.contains)
    if hasNames, !isUsual {
      options.append(DraftOption("text_column", .text(names[text])))
      if let pair { options.append(DraftOption("pair_column", .text(names[pair]))) }
    }
    if hasNames, let label, isLabelled, lower[label] != "label" {
      options.append(DraftOption("label_column", .text(names[label])))
      // Elsewhere such a column may hold what a teacher said.
      if lower[label] == "score" {
        options.append(DraftOption("teacher_answers", .text("none")))
      }
    }
    if !marks.isEmpty {
      options.append(DraftOption("label_columns", .list(marks.map { .text(names[$0]) })))
    } else {
      options += hints.labelOption
    }
    return options
  }

  /// Options by which the texts of the rows are read as raw text.
  var textOptions: [DraftOption] {
    reading + [DraftOption("text_column", .text(names[text]))]
      + (pair.map { [DraftOption("pair_column", .text(names[$0]))] } ?? [])
  }

  /// Whether the first line of the file says what its columns are.
  var isNamedInFile: Bool { hasHeader && glimpse.format != .jsonl }

  /// Whether its columns are called as another file's, those that are not read aside.
  func isNamed(as other: RowColumns) -> Bool {
    names.count == other.names.count && Self.areSame(other.names, names)
  }

  /// Whether columns are called as is said, those that are not read aside.
  private static func areSame(_ said: [String], _ names: [String]) -> Bool {
    zip(said, names).allSatisfy {
      $0 == RowLayout.unreadColumn || $0.lowercased() == $1.lowercased()
    }
  }

  private var hasNames: Bool { hasHeader || !hints.columns.isEmpty }

  /// Options about the form of the file.
  private var reading: [DraftOption] {
    var options: [DraftOption] = []
    if !hasHeader {
      options.append(DraftOption("columns", .list(names.map { .text($0) })))
    }
    if glimpse.isQuoted { options.append(DraftOption("quoting", .text("csv"))) }
    return options
  }
}
