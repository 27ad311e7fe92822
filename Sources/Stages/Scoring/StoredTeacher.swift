import Artifacts
import HDF5
import Pipelines
import Tasks
import Training

/// A teacher that is elsewhere, by what the rows of a dataset say that it answered: what it is worth, and
/// how far models agree with it.
struct StoredTeacher {
  /// Name by which it is shown.
  let name: String
  /// Its answers by split, none for a row that it has not answered for.
  let answers: [String: Outputs]

  private let task: any RowTask

  /// Reads the answers; nil where no split has any.
  ///
  /// - Parameters:
  ///   - dataset: The rows.
  ///   - splits: Which of them.
  ///   - names: The names of models, of which it takes none.
  ///   - options: The stage's.
  /// - Throws: `ArtifactError` where answers do not fit their rows.
  init?(
    dataset: String, splits: [String], besides names: [String], options: OptionValues
  ) throws {
    let (reader, description) = try DatasetArtifact.open(dataset)
    var answers: [String: Outputs] = [:]
    for split in splits where StoredAnswers.areThere(reader, split: split) {
      answers[split] = try StoredAnswers.read(
        reader, split: split, examples: try reader.rows("\(split)/second"),
        columns: description.labels.count)
    }
    guard !answers.isEmpty else { return nil }
    var name = "stored_answers"
    while names.contains(name) { name += "_" }
    self.name = name
    self.answers = answers
    task = try ThresholdField.task(description.rowTask(of: dataset), options)
  }

  /// What the user should know of it, a line each.
  ///
  /// - Parameters:
  ///   - labelled: The splits whose rows have labels, on which it is scored.
  ///   - hasTeacher: Whether models are compared with a teacher that is given.
  /// - Returns: A line for each split that it has answered for.
  func notes(labelled: Set<String>, hasTeacher: Bool) -> [String] {
    answers.sorted { $0.key < $1.key }.map { split, outputs in
      let known = (0..<outputs.count).count { !outputs.rows[$0].isEmpty }
      return
        "\(known.grouped) of \(outputs.count.grouped) rows of '\(split)' carry a teacher's answer"
        + (labelled.contains(split) ? ", shown as \(name)" : "") + "; agreement is with "
        + (hasTeacher ? "the teacher that is given" : "these answers")
    }
  }

  /// Its scores, where the rows that it has answered for have labels.
  func metrics(on rows: [String: TaskRows]) -> [(String, Double)] {
    var metrics: [(String, Double)] = []
    for (split, outputs) in answers.sorted(by: { $0.key < $1.key }) {
      guard let rows = rows[split], rows.targets.areKnown else { continue }
      let answered = AnsweredPart(outputs, of: rows)
      metrics += Scoring.metrics(task, answered.answers, on: answered.rows, prefix: split + "_")
    }
    return metrics.map { ("\(name).\($0.0)", $0.1) }
  }
}
