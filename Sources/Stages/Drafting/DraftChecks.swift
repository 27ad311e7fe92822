import Artifacts
import Files
internal import Pipelines
import Tasks
import Text

/// What is looked at before a pipeline is drafted, so that what is written runs.
enum DraftChecks {
  /// Sees that every file that is named is there.
  ///
  /// - Throws: `PipelineError` naming all that are not, where they are several; one alone is told by
  ///   whoever reads it.
  static func presence(_ request: DraftRequest) throws {
    let named =
      [("train", request.train), ("dev", request.dev), ("test", request.test)]
      + request.texts.map { ("text", $0) }
    let missing = named.compactMap { option, path in
      path.flatMap { $0 == "-" || fileExists($0) ? nil : (option: option, path: $0) }
    }
    guard missing.count > 1 else { return }
    throw PipelineError(
      .missingInput,
      faults: missing.map {
        PipelineFault(
          keyPath: "", message: "--\($0.option) \(printable($0.path)): no such file or folder")
      })
  }

  /// Checks that a file of rows can be told by its name.
  ///
  /// - Throws: `StageError` for a name that says no format: here is no option that could.
  static func rows(_ path: String, option: String) throws {
    guard path != "-" else {
      throw StageError.usage(
        option, "standard input cannot be read again when the pipeline runs",
        cure: "write it to a file and give that")
    }
    guard fileExists(path), !isFolder(path), try RowFormat.ending(of: path) != "json",
      (try? RowFormat(ofFile: path)) == nil
    else { return }
    guard try RowFormat.ending(of: path) != "txt" else {
      throw StageError.usage(
        option, "\(printable(path)): its name ends like a table's and in .txt, which is text",
        cure: "rename the file so that it ends as what it is")
    }
    throw StageError.usage(
      option,
      "\(printable(path)): the name does not end in .tsv, .csv, .jsonl, .txt or .conll, which "
        + "says how it is to be read",
      cure: RowFormat.isOtherTable(path) ? "save its rows as .csv or .jsonl" : "rename the file")
  }

  /// How tables are read, as `dataset` is told it.
  ///
  /// - Parameters:
  ///   - request: What was asked for.
  ///   - task: What the rows are for.
  /// - Returns: The options.
  /// - Throws: `StageError` naming one that means nothing to any of the files.
  static func tableOptions(
    _ request: DraftRequest, for task: any RowTask
  ) throws -> [DraftOption] {
    let given = request.rows.tableOptions
    let rows = [request.train, request.dev, request.test].compactMap(\.self)
    if request.glue != nil || !task.readsWords && rows.contains(where: isTable) { return given }
    // Questions are left out by another rule.
    let used = task.answersAreInText ? given.filter { $0.name != "quoting" } : []
    if let idle = given.first(where: { !used.contains($0) }),
      !request.texts.contains(where: isTable)
    {
      throw StageError.unused(idle.name, beside: "files that are neither tsv nor csv")
    }
    return used
  }

  /// Whether a file has columns with separators between them.
  static func isTable(_ path: String) -> Bool {
    ["tsv", "csv"].contains((try? RowFormat.ending(of: path)) ?? "")
  }

  /// Looks at the beginning of each file of raw text.
  ///
  /// - Throws: What is wrong with it.
  static func texts(_ paths: [String], _ hints: RowsHints) throws {
    for path in paths where try JSONForm.named(by: path) != .questions {
      let isFile = fileExists(path) && !isFolder(path)
      let format = isFile ? (try? RowFormat(ofFile: path)) ?? .txt : .txt
      _ = try RowGlimpse(path, format: format, quoting: hints.quoting, limit: 200)
    }
  }

  /// Sees that either all files of rows have a header, or none has, where nobody names the columns: names
  /// that are made up for the training rows count for all files.
  ///
  /// - Throws: `TextError` naming the file that is not as the training rows are.
  static func headers(_ request: DraftRequest) throws {
    guard request.glue == nil, request.rows.columns.isEmpty,
      let own = table(request.train, request.rows)
    else { return }
    for path in [request.dev, request.test].compactMap(\.self) {
      guard let other = table(path, request.rows), other.hasHeader != own.hasHeader,
        !(other.hasHeader && other.isNamed(as: own))
      else { continue }
      let (headed, bare) = own.hasHeader ? (request.train, path) : (path, request.train)
      throw TextError(
        path,
        own.hasHeader
          ? "has no header and \(headed) has one; write its first line into it too"
          : "has a header and \(bare) has none; write the same first line into that too")
    }
  }

  /// The columns of a file; nil where it has none, or they cannot be told.
  private static func table(_ path: String, _ hints: RowsHints) -> RowColumns? {
    guard !isFolder(path), let format = try? RowFormat(ofFile: path),
      [.tsv, .csv].contains(format),
      let glimpse = try? hints.glimpse(path)
    else { return nil }
    return try? RowColumns(glimpse, hints)
  }

  /// Holds the labels of the rows to those that there are.
  ///
  /// - Parameters:
  ///   - guess: What the training rows are.
  ///   - request: What was asked for.
  /// - Throws: `StageError` naming a label that is in none of the training rows, or not in the list;
  ///   `TextError` where they have one label alone.
  static func labels(_ guess: RowsGuess, _ request: DraftRequest) throws {
    guard request.glue == nil else { return }
    if let rows = guess.rowsOfOnlyClass, let label = guess.seenLabels?.first {
      throw TextError(
        request.train,
        "all \(rows) labelled rows have the label '\(printable(String(label.prefix(60))))', and there "
          + "must be two classes; give rows of another one too, or name all classes with --labels")
    }
    let listed = request.rows.labels
    try hold(guess.seenLabels, of: request.train, to: listed.isEmpty ? nil : listed, "--labels")
    let known = listed.isEmpty && guess.areAllLabels ? guess.seenLabels : listed
    guard let known, !known.isEmpty, !guess.options.contains(where: { $0.name == "label_columns" })
    else { return }
    for path in [request.dev, request.test].compactMap(\.self) where !isFolder(path) {
      var hints = request.rows
      hints.task = guess.task?.name
      let held = try RowsGuess(path, hints)
      try hold(
        held.seenLabels, of: path, to: known, listed.isEmpty ? request.train : "--labels")
    }
  }

  /// Whether the rows of a file say what is right for them; those of a benchmark's folder do.
  ///
  /// - Parameters:
  ///   - path: The file; nil for one in the folder.
  ///   - request: What was asked for.
  ///   - guess: What the training rows are.
  ///   - task: What the rows are for.
  /// - Returns: False also where it cannot be told.
  static func isLabelled(
    _ path: String?, _ request: DraftRequest, like guess: RowsGuess, for task: any RowTask
  ) -> Bool {
    guard let path, request.glue == nil, !isFolder(path) else { return true }
    var hints = request.rows
    hints.task = task.name
    // What stands where, the training rows tell better: few numbers look like anything.
    if hints.columns.isEmpty { hints.columns = guess.columns }
    return (try? RowsGuess(path, hints).isLabelled) ?? false
  }

  private static func hold(
    _ seen: [String]?, of path: String, to known: [String]?, _ place: String
  ) throws {
    guard let seen, let known else { return }
    let names = Set(known + known.map(LabelSet.wholeNumber))
    var strays = seen.filter { !names.contains($0) && !names.contains(LabelSet.wholeNumber($0)) }
    // Where the classes are named, `dataset` takes it for no label.
    if place == "--labels", LabelledRow.noLabels.isDisjoint(with: known) {
      strays.removeAll(where: LabelledRow.noLabels.contains)
    }
    guard let stray = strays.first else { return }
    guard !strays.allSatisfy(LabelledRow.noLabels.contains) else {
      throw TextError(
        path,
        "has the label '\(stray)', which no row of \(place) has; give --labels "
          + "\(CommaList.shellWord(of: known) ?? "a,b,...") if it stands for no label, beside "
          + "--skip-unlabelled-rows")
    }
    let label = printable(String(stray.prefix(60)))
    if place == "--labels" {
      throw StageError.usage(
        "labels", "\(path) has the label '\(label)', which is not among them",
        cure: "name all of them, or leave it out")
    }
    throw TextError(
      path,
      "has the label '\(label)', which no row of \(place) has; take it out, or name all labels with "
        + "--labels" + CommaList.notation(for: known + [stray]))
  }
}
