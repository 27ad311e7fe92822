import Artifacts
import Files
import Training

/// What the rows of the prediction phase are there for: a row counts for the teacher's answer, for its
/// label, or for both, and one that counts for nothing is refused.
enum RowsOfUse {
  /// Looks at all training rows.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - answers: What rows carry; nil where a teacher answers for all.
  ///   - alpha: The share of the labels in the loss.
  ///   - path: The dataset.
  /// - Returns: What the user should know, a line each.
  /// - Throws: `ArtifactError` with the number of rows that count for nothing.
  static func check(
    _ rows: InMemoryExamples, answers: Outputs?, alpha: Double, path: String
  ) throws -> [String] {
    let isAnswered = { (index: Int) in answers?.rows[index].isEmpty != true }
    let isLabelled = { (index: Int) in rows.targets.isKnown(index) }
    let all = 0..<rows.count
    let unlabelled = all.count { !isLabelled($0) }
    let unanswered = all.count { !isAnswered($0) }
    if alpha > 0, unlabelled == rows.count || (alpha == 1 && unlabelled > 0) {
      try rows.requireAnswers(split: "train", of: path, cure: "label them, or give --alpha 0")
    }
    let useless = all.filter { !(isAnswered($0) && alpha < 1) && !(isLabelled($0) && alpha > 0) }
    if let first = useless.first {
      throw ArtifactError.badData(
        path,
        "\(useless.count) of \(rows.count) rows of 'train' have no teacher's answer"
          + (alpha > 0 ? " and no label" : "") + ", the first is row \(rows.row(of: first))",
        cure: "leave them out, have them answered (distill predict --logits --json), or "
          + (alpha > 0 ? "label them" : "give --alpha above 0 for their labels"))
    }
    var notes: [String] = []
    if alpha > 0, unlabelled > 0 {
      notes.append(
        "\(unlabelled.grouped) of \(rows.count.grouped) rows have no label: they count for the "
          + "teacher's answer alone")
    }
    if unanswered > 0, alpha < 1 {
      notes.append(
        "\(unanswered.grouped) of \(rows.count.grouped) rows have no teacher's answer: they count for "
          + "their label alone")
    }
    return notes
  }
}
