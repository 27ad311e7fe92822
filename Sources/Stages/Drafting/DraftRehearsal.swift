import Files
internal import Pipelines
import Tasks
import Text

/// The rows, read and understood as `dataset` will, before a pipeline is written that would stop there.
enum DraftRehearsal {
  /// Bytes of all files up to which they are read: about a second's work.
  private static let byteLimit = 1 << 26

  /// Reads the files with the options that `dataset` gets.
  ///
  /// What larger files have, the stage itself tells when it runs.
  ///
  /// - Parameters:
  ///   - request: The files.
  ///   - options: The options.
  ///   - task: What the rows are for.
  /// - Returns: What may not be meant, a line each.
  /// - Throws: What `dataset` would throw.
  static func notes(
    _ request: DraftRequest, _ options: [DraftOption], of task: any RowTask
  ) throws -> [String] {
    let values = try OptionValues(
      values: options.map { ($0.name, $0.value) }, fields: DatasetStage.fields)
    let stage = try DatasetStage(values)
    let given = ["train": request.train, "dev": request.dev, "test": request.test]
      .compactMapValues(\.self)
    var bytes = 0
    for (_, path) in try SplitFiles.find(given, glue: stage.glue) {
      bytes += try RegularFile(path).size
    }
    guard bytes <= byteLimit else { return [] }
    let (read, labels) = try stage.read(given, seed: 0, unknownToken: "") {}
    let named = stage.namedLabels
    for file in read.files {
      if file.split != "train", file.rows.contains(where: \.hasLabel),
        let row = file.rows.first(where: { !$0.hasLabel }), values.boolean("allow_missing_labels")
      {
        throw TextError(
          file.path, line: row.line,
          "has no label, and others of its file have one, by which models are scored; fill it in, or take it "
            + "out")
      }
      let targets = try SplitMaker.targets(
        of: file, for: task, labels: labels,
        allowsMissing: values.boolean("allow_missing_labels"))
      _ = try DatasetAnswers(
        of: file.rows, targets: targets, task, labels: labels, areNamed: !named.isEmpty,
        path: file.path)
    }
    return stage.noLabelRemark(labels, of: read.rowsOfLabels)
  }
}
