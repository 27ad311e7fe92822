internal import Files
internal import Pipelines
import Tasks
import Text

/// The tags of words, looked at before a pipeline is drafted.
enum DraftTags {
  /// Words of all files up to which they are read: a second's work.
  private static let wordLimit = 1 << 20

  /// The tags that the dataset will have: those of the training rows, or all that a teacher knows that
  /// knows them.
  ///
  /// Holds the tags of held-out rows to them, as `dataset` does. What else is wrong with the files is left to
  /// those that read them for good.
  ///
  /// - Parameters:
  ///   - request: What was asked for.
  ///   - hints: Which columns hold words and tags, and the labels.
  ///   - task: What the rows are for.
  ///   - teacher: Names of the teacher's outputs; nil where it has none of use.
  /// - Returns: The tags, and whether the dataset must be told; nil where they are not known.
  /// - Throws: `TextError` naming the tags of a file that the dataset would not have.
  static func labels(
    _ request: DraftRequest, _ hints: RowsHints, for task: any RowTask, taughtBy teacher: [String]?
  ) throws -> (names: [String], mustBeTold: Bool)? {
    let paths = [request.train] + [request.dev, request.test].compactMap(\.self)
    guard task.readsWords, !paths.contains(where: isFolder),
      let files = try? read(paths, for: task, hints), let train = files.first,
      let own = try? task.labels(named: hints.labels, of: train, path: request.train)
    else { return nil }
    let taught = teacher.map { task.labels(taughtBy: $0) } ?? []
    // Some models have outputs for what no word is tagged with, such as their padding.
    let areTags = (try? task.labels(named: taught, of: [], path: request.train)) == taught
    let isTold = hints.labels.isEmpty && areTags && Set(taught).isStrictSuperset(of: own)
    let labels = isTold ? taught : own
    for (path, rows) in zip(paths, files).dropFirst() {
      _ = try task.targets(of: rows, labels: labels, path: path, allowsMissing: true)
    }
    return (labels, isTold)
  }

  /// The rows of the files with their tags as datasets hold them; nil where there are many.
  private static func read(
    _ paths: [String], for task: any RowTask, _ hints: RowsHints
  ) throws -> [[LabelledRow]]? {
    let given: [(name: String, text: String?)] = [
      ("task", task.name), ("text-column", hints.textColumn), ("label-column", hints.labelColumn),
    ]
    let flags = given.compactMap { flag in flag.text.map { (name: flag.name, text: $0) } }
    let options = try OptionValues(flags: flags, fields: DatasetStage.fields)
    let stage = try DatasetStage(options)
    var files: [(path: String, rows: [LabelledRow])] = []
    var words = 0
    for path in paths {
      var rows: [LabelledRow] = []
      let reader = try stage.reader(path)
      while let row = try reader.next() {
        rows.append(row)
        words += row.words.count
        guard words <= wordLimit else { return nil }
      }
      files.append((path, rows))
    }
    let tagged = try TaggedRows(files, scheme: nil, labels: hints.labels)
    return files.map { tagged.written($0.rows, path: $0.path).rows }
  }
}
