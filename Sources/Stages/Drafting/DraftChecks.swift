import Artifacts
import Files
import Tasks
import Text

/// What is looked at before a pipeline is drafted, so that what is written runs.
enum DraftChecks {
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
    throw StageError.usage(
      option,
      "\(printable(path)): the name does not end in .tsv, .csv, .jsonl, .txt or .conll, which "
        + "says how it is to be read", cure: "rename the file")
  }

  /// Looks at the beginning of each file of raw text.
  ///
  /// - Throws: What is wrong with it.
  static func texts(_ paths: [String]) throws {
    for path in paths {
      let isFile = fileExists(path) && !isFolder(path)
      let format = isFile ? (try? RowFormat(ofFile: path)) ?? .txt : .txt
      _ = try RowGlimpse(path, format: format, limit: 200)
    }
  }

  /// Holds the labels of the rows to those that there are.
  ///
  /// - Parameters:
  ///   - guess: What the training rows are.
  ///   - request: What was asked for.
  /// - Throws: `StageError` naming a label that is in none of the training rows, or not in the list.
  static func labels(_ guess: RowsGuess, _ request: DraftRequest) throws {
    guard request.glue == nil else { return }
    let listed = request.rows.labels
    try hold(guess.seenLabels, of: request.train, to: listed.isEmpty ? nil : listed, "--labels")
    let known = listed.isEmpty && guess.areAllLabels ? guess.seenLabels : listed
    guard let known, !known.isEmpty else { return }
    for path in [request.dev, request.test].compactMap(\.self) where !isFolder(path) {
      var hints = request.rows
      hints.task = guess.task?.name
      let held = try RowsGuess(path, hints)
      try hold(
        held.seenLabels, of: path, to: known, listed.isEmpty ? request.train : "--labels")
    }
  }

  private static func hold(
    _ seen: [String]?, of path: String, to known: [String]?, _ place: String
  ) throws {
    guard let seen, let known, let stray = seen.first(where: { !known.contains($0) }) else {
      return
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
        + "--labels")
  }
}
