import Artifacts
import Files
import Pipelines
import Tasks
import Text
import Training

/// How the files of a dataset are read, and their rows named.
extension DatasetStage {
  /// Does something with files: a fault of a row in a list is told by its place there.
  static func countingObjects<Result>(
    of paths: some Sequence<String>, _ body: () throws -> Result
  ) throws -> Result {
    do { return try body() } catch let error as TextError {
      let lists = paths.filter { (try? JSONForm.named(by: $0)) == .list }
      throw error.countingObjects(of: lists)
    }
  }

  /// The rows of the files, read and written as they are kept, and the names of the outputs.
  ///
  /// - Throws: What is wrong with a file; what `stopIfAsked` throws.
  func read(
    _ given: [String: String], seed: UInt64, unknownToken: String,
    stopIfAsked: @escaping () throws -> Void
  ) throws -> (files: DatasetFiles, labels: [String]) {
    var files = try DatasetFiles(
      self, given, seed: seed, unknownToken: unknownToken, stopIfAsked: stopIfAsked)
    if task.readsWords { try files.writeTags(self) }
    if task.takesSeveralLabels, options.texts("label_columns").isEmpty {
      try files.nameVectors(labels: namedLabels)
    }
    return (files, try labels(of: files.rowsOfLabels, path: files.train?.path ?? "train"))
  }

  /// The columns that options name in each of the files.
  ///
  /// - Throws: `TextError` naming a file that lacks one.
  func namedColumns(_ files: [(split: String, path: String)]) throws -> NamedColumns {
    let haveNames = glue == nil && !task.readsWords && !task.answersAreInText
    return try NamedColumns(options, files: haveNames ? files : [])
  }

  /// Reads the rows of a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - unknownToken: What stands for words that WikiText does not know.
  ///   - columns: The columns that options name, where there may be several files.
  /// - Returns: What reads them.
  /// - Throws: What is wrong with the file.
  func reader(
    _ path: String, unknownToken: String = "", columns: NamedColumns? = nil
  ) throws -> any RowSource {
    if task.readsRawText {
      let text = try CorpusText(options, unknownToken: unknownToken, columns: columns)
      return SentenceRows(try text.reader(path, limit: .max), of: path)
    }
    let skips = options.boolean("skip_malformed_rows")
    if task.answersAreInText {
      let format = options.optionalText("format").flatMap(SquadReader.Format.init(rawValue:))
      return try SquadReader(path, format: format, skipsMalformedRows: skips)
    }
    let quoting = QuotingField.quoting(options)
    let names = try columns ?? NamedColumns(options)
    var layout =
      glue.map { RowLayout(glue: $0, quoting: quoting) }
      ?? RowLayout(
        text: names["text_column", path], pair: names["pair_column", path],
        label: names["label_column", path], quoting: quoting)
    if task.takesSeveralLabels {
      let columns = options.texts("label_columns")
      layout.severalLabels =
        columns.isEmpty
        ? .separated(by: options.optionalText("label_separator") ?? ",") : .columns(columns)
    }
    layout.teacher = names[TeacherColumn.field.name, path].map { .named($0) }
    layout.holdsWords = task.readsWords
    layout.leavesOutBlankLines = true
    layout.columnNames = try ReadingFields.columns(options, of: path)
    layout.answers = answerKinds
    layout.takesScoresAsLabels =
      options.text("teacher_answers") == "auto"
      && (answerKinds.contains(.score) || task.readsPairsApart)
    layout.unreadAnswers = AnswersField.unread(options, of: task, glue: glue)
    return try RowReader(
      path, format: format(of: path), layout: layout, skipsMalformedRows: skips)
  }

  /// Refuses to leave out rows of a task whose rows need no label.
  func checkSkippedRows() throws {
    guard options.boolean("skip_unlabelled_rows"), !task.learnsFromAnswers || task.readsRawText
    else { return }
    throw StageError.usage(
      "skip_unlabelled_rows", "given for \(task.name), whose training rows need no label",
      cure: "leave it out")
  }

  /// The names of the outputs: those that options say, else those that the rows have.
  ///
  /// - Parameters:
  ///   - rows: The training rows.
  ///   - path: Their file.
  /// - Returns: The names.
  /// - Throws: `TextError` where there are none, which says what the file has in their place.
  func labels(of rows: [LabelledRow], path: String) throws -> [String] {
    do {
      return try task.labels(named: namedLabels, of: rows, path: path)
    } catch let error as TextError {
      let isUnknown = rows.allSatisfy { !$0.hasLabel && $0.teacher == nil }
      if isUnknown, namedLabels.isEmpty, !task.readsWords, (try? format(of: path)) == .txt {
        throw TextError(
          error.place,
          "holds a text a line, without labels; give a table or JSON lines with them, or the names of all "
            + "outputs with --labels if there are none")
      }
      guard isUnknown, namedLabels.isEmpty, glue == nil, !task.readsWords,
        let names = RowReader.columnNames(
          of: path, format: ReadingFields.format(options), quoting: QuotingField.quoting(options))
      else { throw error }
      // Without a header the first line is a row.
      let shown = try ReadingFields.columns(options, of: path)
      throw TextError(
        error.place,
        "\(error.detail); there are \(RowLayout.spoken(shown.isEmpty ? names : shown)), and a teacher's "
          + "answers are read under logits, probabilities or, in a column a label, probabilities.NAME"
      )
    }
  }

  /// Whether a row has for a label what stands for none, and the classes are named without it.
  func isUnlabelled(_ row: LabelledRow) -> Bool {
    let none = LabelledRow.noLabels
    // Few rows have it: the names are looked up for these alone.
    guard task.rowsHaveClasses, let label = row.label, none.contains(label) else { return false }
    let named = namedLabels
    return !named.isEmpty && none.isDisjoint(with: named)
  }

  /// What to know of a class that may be no label.
  func noLabelRemark(_ labels: [String], of rows: [LabelledRow]) -> [String] {
    guard namedLabels.isEmpty, task.rowsHaveClasses, labels.count > 2,
      let found = labels.first(where: LabelledRow.noLabels.contains),
      found == "-" || labels.contains("0")
    else { return [] }
    let count = rows.count { $0.label.map(LabelledRow.noLabels.contains) == true }
    let others = CommaList.shellWord(of: labels.filter { $0 != found }) ?? "a,b,..."
    return [
      "\(found) is taken for a class of its own (\(count) rows have it); where it means that there is no "
        + "label, give --labels \(others) --skip-unlabelled-rows"
    ]
  }

  /// The splits of all files; where labels of several are at fault, all of these are told.
  ///
  /// - Throws: As `SplitMaker.make`.
  func make(
    _ files: [DatasetFile], with maker: SplitMaker
  ) throws -> [(split: String, made: SplitMaker.Made)] {
    var made: [(split: String, made: SplitMaker.Made)] = []
    var fault: TextError?
    var others: [String] = []
    for file in files {
      do {
        if fault == nil {
          made.append((file.split, try maker.make(file)))
        } else {
          try maker.checkTargets(of: file)
        }
      } catch let error as TextError {
        if fault == nil { fault = error } else { others.append(error.place) }
      }
    }
    guard let fault else { return made }
    guard !others.isEmpty else { throw fault }
    throw TextError(
      fault.place, "\(fault.detail); there is such a fault at \(others.joined(separator: ", ")) too"
    )
  }
}
