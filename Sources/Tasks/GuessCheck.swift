public import Training

/// Whether a model does better than what can be had without one.
///
/// A teacher that does not teaches nothing (a raw pre-trained encoder given as teacher, or labels in
/// another order, are the usual causes); a student that does not is worth nothing, whatever share of its
/// teacher's score that is.
public struct GuessCheck: Sendable {
  /// By what the model is judged.
  public let metric: Metric
  /// Its score.
  public let score: Double
  /// Whether it is better than what can be had without a model.
  public let isPassed: Bool
  /// Both figures, for a message; and that they are close, where rows are too few to tell them apart.
  public let figures: String

  /// Scores a model.
  ///
  /// - Parameters:
  ///   - task: what it was trained for.
  ///   - outputs: its logits on a split, in the order of the dataset's labels.
  ///   - rows: the split.
  ///   - labels: names of the outputs.
  ///   - name: what the model is called in `figures`.
  ///   - split: what the split is called there.
  public init(
    _ task: any RowTask, _ outputs: Outputs, on rows: TaskRows, labels: [String],
    of name: String = "teacher", split: String = "the development split"
  ) {
    metric = task.metrics(labels: labels.count)[0]
    score = task.scores(of: outputs, on: rows)[0]
    let baseline = task.baseline(on: rows, labels: labels)
    isPassed = metric.greaterIsBetter ? score > baseline.score : score < baseline.score
    guard !score.isNaN else {
      figures =
        "the \(name)'s \(metric.name) on \(split) is undefined: all its answers are equal, or all "
        + "that is right"
      return
    }
    // The half of a 95 % interval of a share of so many rows.
    let share = min(max(baseline.score, 0), 1)
    let half = 1.96 * (share * (1 - share) / Double(max(rows.count, 1))).squareRoot()
    figures =
      "\(name) \(metric.name) \(metric.spoken(score)) on \(split), \(baseline.name) "
      + metric.spoken(baseline.score)
      + (isPassed && metric.isShare && score - share < half
        ? ", which \(rows.count) rows do not tell apart: it may be no better" : "")
  }
}
