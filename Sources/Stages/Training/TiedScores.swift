import Training

/// Notices a score as good as the best, whose weights are not kept: the earlier ones are, as transformers
/// has it.
struct TiedScores {
  private let metric: String?
  private let greaterIsBetter: Bool
  private var best: (value: Double, step: Int)?
  private var isTold = false

  /// Scores of a training.
  ///
  /// - Parameters:
  ///   - options: Its options.
  ///   - state: Where it goes on; nil where it begins.
  init(_ options: TrainingOptions, after state: TrainerState?) {
    metric = options.loadBestModelAtEnd ? options.metricForBestModel : nil
    greaterIsBetter = options.greaterIsBetter
    if let value = state?.bestMetric, let step = state?.bestStep { best = (value, step) }
  }

  /// What is to be told after an event: the first tie.
  mutating func remark(on event: TrainingEvent) -> String? {
    guard case .evaluated(let step, let metrics, _) = event, let metric,
      let value = metrics[metric], !value.isNaN
    else { return nil }
    guard let best else {
      self.best = (value, step)
      return nil
    }
    if greaterIsBetter ? value > best.value : value < best.value { self.best = (value, step) }
    guard value == best.value, step > best.step, !isTold else { return nil }
    isTold = true
    return
      "\(metric) after step \(step) is as good as after step \(best.step), whose weights are kept: "
      + "of equals the earlier"
  }
}
