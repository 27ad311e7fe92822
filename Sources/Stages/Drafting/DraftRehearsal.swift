import Files
internal import Pipelines
import Tasks
import Text

/// The rows, read and understood as `dataset` will, before a pipeline is written that would stop there.
struct DraftRehearsal {
  /// What may not be meant, a line each.
  let notes: [String]
  /// Training rows that are not left out.
  let trainingRows: Int
  /// Whether some training rows have a label and others none.
  let lacksLabels: Bool

  /// Bytes of all files up to which they are read: some seconds of work.
  private static let byteLimit = 1 << 26
  /// As much text as a byte of a packed file may hold.
  private static let packing = 8

  /// Reads the files with the options that `dataset` gets.
  ///
  /// What larger files have, the stage itself tells when it runs.
  ///
  /// - Parameters:
  ///   - request: The files.
  ///   - options: The options.
  ///   - finetunes: Whether a teacher is to learn from the training rows.
  /// - Returns: What was seen; nil where the files are large.
  /// - Throws: What `dataset` would throw, and where labels are missing that a training or a score needs.
  static func of(
    _ request: DraftRequest, _ options: [DraftOption], finetunes: Bool
  ) throws -> DraftRehearsal? {
    let values = try OptionValues(
      values: options.map { ($0.name, $0.value) }, fields: DatasetStage.fields)
    let stage = try DatasetStage(values)
    let given = ["train": request.train, "dev": request.dev, "test": request.test]
      .compactMapValues(\.self)
    var bytes = 0
    for (_, path) in try SplitFiles.find(given, glue: stage.glue) {
      let isPacked = Packing.endings.contains { path.lowercased().hasSuffix(".\($0)") }
      bytes += try RegularFile(path).size * (isPacked ? packing : 1)
    }
    guard bytes <= byteLimit else { return nil }
    return try DatasetStage.countingObjects(of: given.values) {
      try DraftRehearsal(of: given, stage, finetunes: finetunes)
    }
  }

  private init(of given: [String: String], _ stage: DatasetStage, finetunes: Bool) throws {
    let (read, labels) = try stage.read(given, seed: 0, unknownToken: "") {}
    _ = try read.hasPairs(for: stage.task)
    var lacksLabels = false
    for file in read.files {
      let lacks = try Self.checkLabels(
        of: file, stage.task, finetunes: finetunes,
        areAllowed: stage.options.boolean("allow_missing_labels"))
      if file.split == "train" { lacksLabels = lacks }
      let targets = try SplitMaker.targets(
        of: file, for: stage.task, labels: labels, allowsMissing: lacks)
      _ = try DatasetAnswers(
        of: file.rows, targets: targets, stage.task, labels: labels,
        areNamed: !stage.namedLabels.isEmpty, path: file.path)
    }
    notes = stage.noLabelRemark(labels, of: read.rowsOfLabels)
    trainingRows = read.train?.rows.count ?? 0
    self.lacksLabels = lacksLabels
  }

  /// The error on training rows none of which has a label, where the teacher has to be fine-tuned.
  static func nothingToLearn(_ task: any RowTask) -> StageError {
    .usage(
      "train", "the rows have no labels, and the teacher has to be fine-tuned on some",
      cure: "give labelled rows, or a teacher that was fine-tuned for \(task.name)")
  }

  /// Whether some rows of a file have a label and others none.
  ///
  /// - Throws: `TextError` where that cannot be, with what helps here.
  private static func checkLabels(
    of file: DatasetFile, _ task: any RowTask, finetunes: Bool, areAllowed: Bool
  ) throws -> Bool {
    // Texts alone are learnt from as they are.
    guard !task.answersAreVectors || file.rows.first?.pair != nil else { return false }
    let missing = file.rows.filter { !$0.hasLabel }
    let areScored = file.split != "train"
    guard let first = missing.first else { return false }
    guard missing.count < file.rows.count else {
      guard finetunes, !areScored else { return false }
      throw nothingToLearn(task)
    }
    let mayLack = !areScored && !finetunes
    if mayLack, areAllowed || missing.allSatisfy({ $0.teacher != nil }) { return true }
    let reason =
      areScored
      ? ", by which models are scored" : finetunes ? ", from which the teacher learns" : ""
    let areSkipped =
      task.learnsFromAnswers && !areAllowed && missing.allSatisfy { $0.teacher == nil }
    let cure = areSkipped ? "leave them out with --skip-unlabelled-rows" : "leave the rows out"
    throw TextError(
      file.path, line: first.line,
      "\(missing.count) of \(file.rows.count) rows have no label (the first here)\(reason); fill them in"
        + (mayLack
          ? ", \(cure), or give --allow-missing-labels to distil with them" : ", or \(cure)"))
  }
}
