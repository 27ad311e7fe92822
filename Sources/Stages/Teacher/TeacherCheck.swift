import Artifacts
import Pipelines
import Training

/// The check before distilling: a teacher that does not beat the majority class teaches nothing
/// (a raw pre-trained encoder given as teacher, or labels in another order, are the usual causes).
enum TeacherCheck {
  /// Scores the teacher on the development split.
  ///
  /// - Parameters:
  ///   - logits: The teacher's logits, `[rows, labels]`, in the dataset's label order.
  ///   - labels: The development labels.
  ///   - names: Names of the classes.
  ///   - allowWeak: Turns the error into a note.
  ///   - teacher: Where the teacher lies, to name it.
  /// - Returns: The teacher's accuracy and a line to show.
  /// - Throws: `StageError` with both figures when the teacher is no better than the majority.
  static func run(
    logits: [Float], labels: [Int32], names: [String], allowWeak: Bool, teacher: String
  ) throws -> (accuracy: Double, note: String) {
    let predicted = Predictor.classes(logits: logits, labels: names.count)
    let accuracy = ClassificationMetrics.accuracy(predicted, labels)
    var counts = [Int](repeating: 0, count: names.count)
    for label in labels where label >= 0 { counts[Int(label)] += 1 }
    let most = counts.indices.max { counts[$0] < counts[$1] } ?? 0
    let majority = Double(counts[most]) / Double(max(labels.count, 1))
    let figures =
      "teacher \(accuracy.percent) on the development split, majority class "
      + "'\(names[most])' \(majority.percent)"
    guard accuracy > majority || allowWeak else {
      throw ArtifactError.badData(
        teacher, figures,
        cure: "fine-tune the teacher on this task (distill finetune), or give --allow-weak-teacher")
    }
    return (accuracy, figures)
  }
}
