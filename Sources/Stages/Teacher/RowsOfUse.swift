import Artifacts
import Files

/// What the rows of the prediction phase are there for: a row counts for the teacher's answer, for its
/// label, or for both, and one that counts for nothing is refused.
enum RowsOfUse {
  /// Looks at all training rows.
  ///
  /// - Parameters:
  ///   - rows: What they can be learnt from.
  ///   - hasTeacher: Whether a teacher answers for all of them.
  ///   - alpha: The share of the labels in the loss.
  ///   - path: The dataset.
  /// - Returns: What the user should know, a line each.
  /// - Throws: `ArtifactError` with the number of rows that count for nothing.
  static func check(
    _ rows: DatasetLessons, hasTeacher: Bool, alpha: Double, path: String
  ) throws -> [String] {
    let unlabelled = rows.unlabelled.count
    let unanswered = hasTeacher ? DatasetLessons.Part.none : rows.unanswered
    if alpha > 0, unlabelled == rows.count || alpha == 1 {
      try rows.requireLabels(of: path, cure: "label them, or give --alpha 0")
    }
    let neither = hasTeacher ? DatasetLessons.Part.none : rows.useless
    let useless = alpha > 0 ? neither : unanswered
    if useless.count > 0 {
      throw ArtifactError.badData(
        path,
        "\(useless.count) of \(rows.count) rows of 'train' have no teacher's answer"
          + (alpha > 0 ? " and no label" : "") + ", the first is \(useless.spokenFirst)",
        cure: neither.count > 0
          ? "make the dataset with --skip-unlabelled-rows"
            + (alpha > 0 || neither.count == useless.count
              ? "" : " and give --alpha above 0 for the labels of the others")
            + ", or have them answered (distill predict --logits --json)"
          : "have them answered (distill predict --logits --json), or give --alpha above 0 for their "
            + "labels")
    }
    var notes: [String] = []
    if alpha > 0, unlabelled > 0 {
      notes.append(
        "\(unlabelled.grouped) of \(rows.count.grouped) rows have no label: they count for the "
          + "teacher's answer alone")
    }
    if unanswered.count > 0, alpha < 1 {
      notes.append(
        "\(unanswered.count.grouped) of \(rows.count.grouped) rows have no teacher's answer: they count "
          + "for their label alone")
    }
    return notes
  }
}
