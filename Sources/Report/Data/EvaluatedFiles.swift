internal import Artifacts
internal import Files
internal import HDF5
internal import Pipelines
internal import Tasks

/// The files that an `evaluate` stage read and wrote, where they still are what they were.
struct EvaluatedFiles {
  private let dataset: String?
  private let predictions: String?
  private let attempt: Attempt
  private let workspace: Workspace

  /// Looks for the files.
  init(_ attempt: Attempt, in workspace: Workspace) {
    (self.attempt, self.workspace) = (attempt, workspace)
    func find(_ things: [Attempt.Thing], _ port: String) -> String? {
      guard let thing = things.first(where: { $0.port == port }) else { return nil }
      return Self.places(of: thing, in: workspace).first { path in
        fileExists(path) && !isFolder(path)
          && (try? ArtifactReader(path: path).contentDigest.hexadecimal) == thing.content
      }
    }
    dataset = find(attempt.inputs, "dataset")
    predictions = find(attempt.outputs, "predictions")
  }

  /// Where a thing may lie: recorded paths are those of the folder in which the run began.
  private static func places(of thing: Attempt.Thing, in workspace: Workspace) -> [String] {
    [thing.path, workspace.artifactsPath + "/" + splitPath(thing.path).name]
  }

  /// Where a model that was scored lies; nil where it is not what it was any more.
  func model(_ name: String) -> String? {
    attempt.inputs.first { $0.name == name && ["teacher", "models"].contains($0.port) }
      .flatMap { thing in
        Self.places(of: thing, in: workspace).first { path in
          guard fileExists(path) else { return false }
          let content =
            isFolder(path)
            ? try? Digest.ofFolder(path) : try? ArtifactReader(path: path).contentDigest
          return content?.hexadecimal == thing.content
        }
      }
  }

  /// The first rows of a split as a model reads them whole; none where the dataset is gone, or where rows
  /// are windows of long texts.
  ///
  /// - Throws: What is wrong with the dataset.
  func rows(of split: String, most: Int) throws -> [(text: String, pair: String?)] {
    guard let dataset else { return [] }
    let (rows, description) = try DatasetArtifact.open(dataset)
    let task = try description.rowTask(of: dataset)
    guard !task.answersAreInText else { return [] }
    guard rows.contains("\(split)/text/bytes") else { return [] }
    let texts = try PackedStrings(rows, group: "\(split)/text").strings()
    let pairs =
      !task.readsPairsApart && rows.contains("\(split)/pair/bytes")
      ? try PackedStrings(rows, group: "\(split)/pair").strings() : []
    return texts.prefix(most).enumerated().map { row, text in
      (text, pairs.indices.contains(row) ? pairs[row] : nil)
    }
  }

  /// Names of the dataset's labels; empty where they are not known.
  var labels: [String] {
    dataset.flatMap { try? DatasetArtifact.open($0).1.labels } ?? []
  }

  /// The rows of the split that counts on which each student and the teacher differ most; none where the
  /// files are gone or the task has no such measure.
  func disagreements(in evaluation: Evaluation, _ faults: inout [String]) -> [Disagreements] {
    guard let dataset, let predictions, let teacher = evaluation.first(.teacher),
      let split = evaluation.chiefSplit
    else { return [] }
    do {
      return try evaluation.models.filter { $0.role == .student }.prefix(3).compactMap { student in
        try Disagreements(
          between: teacher.name, and: student.name, on: split, dataset: dataset,
          predictions: predictions,
          threshold: attempt.options.first { $0.name == "threshold" }?.value.real ?? 0.5)
      }
    } catch {
      faults.append("\(error)")
      return []
    }
  }
}
