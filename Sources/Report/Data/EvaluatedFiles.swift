internal import Artifacts
internal import Files
internal import HDF5
internal import Pipelines
internal import Tasks

/// The files that an `evaluate` stage read and wrote, where they still are what they were.
struct EvaluatedFiles {
  private let dataset: String?
  private let predictions: String?

  /// Looks for the files.
  init(_ attempt: Attempt, in workspace: Workspace) {
    func find(_ things: [Attempt.Thing], _ port: String) -> String? {
      guard let thing = things.first(where: { $0.port == port }) else { return nil }
      // Recorded paths are those of the folder in which the run began.
      let places = [thing.path, workspace.artifactsPath + "/" + splitPath(thing.path).name]
      return places.first { path in
        fileExists(path) && !isFolder(path)
          && (try? ArtifactReader(path: path).contentDigest.hexadecimal) == thing.content
      }
    }
    dataset = find(attempt.inputs, "dataset")
    predictions = find(attempt.outputs, "predictions")
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
          predictions: predictions)
      }
    } catch {
      faults.append("\(error)")
      return []
    }
  }
}
