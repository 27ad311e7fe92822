public import Training

/// The check before distilling: a teacher that does no better than a guess teaches nothing (a raw
/// pre-trained encoder given as teacher, or labels in another order, are the usual causes).
public struct TeacherCheck: Sendable {
  /// By what the teacher is judged.
  public let metric: Metric
  /// The teacher's score.
  public let score: Double
  /// Whether it is better than what can be had without a model.
  public let isPassed: Bool
  /// Both figures, for a message.
  public let figures: String

  /// Scores a teacher.
  ///
  /// - Parameters:
  ///   - task: what it was trained for.
  ///   - outputs: its logits on the development split, in the order of the dataset's labels.
  ///   - rows: the development split.
  ///   - labels: names of the outputs.
  public init(
    _ task: any RowTask, _ outputs: Outputs, on rows: TaskRows, labels: [String]
  ) {
    metric = task.metrics(labels: labels.count)[0]
    score = task.scores(of: outputs, on: rows)[0]
    let baseline = task.baseline(on: rows, labels: labels)
    isPassed = metric.greaterIsBetter ? score > baseline.score : score < baseline.score
    figures =
      score.isNaN
      ? "the teacher's \(metric.name) on the development split is undefined: all its answers are "
        + "equal, or all that is right"
      : "teacher \(metric.name) \(metric.spoken(score)) on the development split, \(baseline.name) "
        + metric.spoken(baseline.score)
  }
}
