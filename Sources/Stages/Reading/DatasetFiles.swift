import Artifacts
import Files
import Pipelines
import Tasks
import Text

/// A file of a dataset, read.
struct DatasetFile {
  /// The split that it becomes.
  let split: String
  /// Where it lies.
  let path: String
  /// Its rows, or those that are taken of them.
  var rows: [LabelledRow]
}

/// The files of a dataset, read, and what a reader should know of them.
struct DatasetFiles {
  /// The files, in the order of their splits.
  private(set) var files: [DatasetFile] = []
  /// What the user should know of them, a line each.
  private(set) var notes: [String] = []
  /// Rows that were left out.
  private(set) var skippedRows = 0

  /// Training rows that were not drawn and say what answers there are beside those of the rows drawn.
  private var others: [LabelledRow] = []
  private var rowsRead: [(String, Double)] = []

  /// Reads the files that a stage is given.
  ///
  /// - Parameters:
  ///   - stage: How they are read.
  ///   - given: The files by the names of their inputs.
  ///   - seed: Draws the rows that are taken of many.
  ///   - unknownToken: What stands for words that WikiText does not know.
  ///   - stopIfAsked: Throws where reading is to end.
  /// - Throws: What is wrong with a file; what `stopIfAsked` throws.
  init(
    _ stage: DatasetStage, _ given: [String: String], seed: UInt64, unknownToken: String,
    stopIfAsked: @escaping () throws -> Void
  ) throws {
    let found = try SplitFiles.find(given, glue: stage.glue)
    let columns = try stage.namedColumns(found)
    let skips = stage.options.boolean("skip_unlabelled_rows")
    let isToSkip = { (row: LabelledRow) in skips && !row.hasLabel && row.teacher == nil }
    notes += columns.notes
    for (split, path) in found {
      let reader = try stage.reader(path, unknownToken: unknownToken, columns: columns)
      let teacherColumn = columns[TeacherColumn.field.name, path]
      var unlabelled = 0
      var sample = RowSample(split == "train" ? stage.limit : nil, seed: seed)
      try LongReading.asking(stopIfAsked) {
        while var row = try reader.next() {
          try stopIfAsked()
          if stage.isUnlabelled(row) { row.answer = .label("") }
          try TeacherColumn.require(row, column: teacherColumn, of: path)
          if split == "train", isToSkip(row) { unlabelled += 1 } else { try sample.see(row) }
        }
      }
      guard sample.total > 0 || unlabelled > 0 else {
        throw ArtifactError.badData(path, "no rows in it", cure: "give at least one")
      }
      var rows = sample.taken()
      // A held-out file may have no labels at all, as those of benchmarks.
      if split != "train", rows.contains(where: \.hasLabel) {
        unlabelled = rows.count(where: isToSkip)
        rows.removeAll(where: isToSkip)
      }
      if unlabelled > 0 {
        guard sample.total > 0 else {
          throw ArtifactError.badData(
            path, "none of its \(unlabelled.grouped) rows has a label or a teacher's answer",
            cure: "leave --skip-unlabelled-rows out")
        }
        notes.append(
          "\(path): \(unlabelled.grouped) rows with neither a label nor a teacher's answer are left out"
        )
        skippedRows += unlabelled
      }
      files.append(DatasetFile(split: split, path: path, rows: rows))
      skippedRows += reader.skippedRows
      notes += reader.remarks
      guard
        let remark = sample.remark(of: path, taken: rows, namesLabels: stage.task.rowsHaveClasses)
      else { continue }
      notes.append(remark)
      others = sample.answers(beside: rows)
      rowsRead = [("\(split)_rows_read", Double(sample.total))]
    }
  }

  /// The training file.
  var train: DatasetFile? { files.first { $0.split == "train" } }

  /// The rows by which labels are known.
  var rowsOfLabels: [LabelledRow] { (train?.rows ?? []) + others }

  /// How many rows there are, by split.
  var counts: [(String, Double)] {
    files.map { ("\($0.split)_rows", Double($0.rows.count)) } + rowsRead
  }

  /// Brings all tags into IOB2, those of rows that were not drawn too, or they would be labels of their
  /// own.
  mutating func writeTags(_ stage: DatasetStage) throws {
    let isLimited = !others.isEmpty
    if isLimited {
      files.append(DatasetFile(split: "train", path: train?.path ?? "train", rows: others))
    }
    notes += try stage.writeTags(of: &files)
    if isLimited { others = files.removeLast().rows }
  }

  /// Puts names in place of lists of 0 and 1, in the rows that were not drawn too.
  ///
  /// - Parameter labels: The names in order; empty where nobody has given them.
  /// - Throws: `TextError` where they are needed and are not given, or lists have other places.
  mutating func nameVectors(labels: [String]) throws {
    for (index, file) in files.enumerated() {
      let beside = file.split == "train" ? others : []
      let rows = try LabelVectors.named(file.rows + beside, labels: labels, path: file.path)
      files[index].rows = Array(rows.prefix(file.rows.count))
      if !beside.isEmpty { others = Array(rows.dropFirst(file.rows.count)) }
    }
  }

  /// Whether rows are pairs of texts that are read together: all rows of a file have a second text or none
  /// has.
  ///
  /// - Throws: `ArtifactError` where one file has pairs and another single texts.
  func hasPairs(for task: any RowTask) throws -> Bool {
    guard !task.readsPairsApart else { return false }
    let hasPairs = train?.rows.first?.pair != nil
    if let train, let other = files.first(where: { ($0.rows.first?.pair != nil) != hasPairs }) {
      throw ArtifactError.badData(
        other.path,
        "holds \(hasPairs ? "single texts" : "pairs of texts"), \(train.path) "
          + (hasPairs ? "pairs" : "single texts"),
        cure: "give all files the same columns")
    }
    return hasPairs
  }
}
