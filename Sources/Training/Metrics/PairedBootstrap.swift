import RandomStreams

/// The difference of two models' accuracies on the same examples, with its bootstrap interval.
public struct PairedBootstrap: Sendable, Equatable {
  /// Accuracy of the first minus accuracy of the second.
  public let difference: Double
  /// Lower end of the percentile interval.
  public let lower: Double
  /// Upper end of the percentile interval.
  public let upper: Double

  /// Resamples examples with replacement, keeping each example's pair of outcomes together.
  ///
  /// - Parameters:
  ///   - first: whether the first model is right, per example.
  ///   - second: whether the second model is right on the same examples.
  ///   - confidence: coverage of the interval.
  ///   - resamples: number of resampled data sets.
  ///   - seed: seed of the draws.
  public init(
    _ first: [Bool], _ second: [Bool], confidence: Double = 0.95, resamples: Int = 10_000,
    seed: UInt64 = 42
  ) {
    self.init(
      runs: [(first, second)], confidence: confidence, resamples: resamples, seed: seed)
  }

  /// Pools runs, such as seeds, on the same examples: an example is drawn with all its runs, since
  /// their outcomes are not independent.
  ///
  /// - Parameters:
  ///   - runs: outcomes of the first and second model, per run and example.
  ///   - confidence: coverage of the interval.
  ///   - resamples: number of resampled data sets.
  ///   - seed: seed of the draws.
  public init(
    runs: [(first: [Bool], second: [Bool])], confidence: Double = 0.95, resamples: Int = 10_000,
    seed: UInt64 = 42
  ) {
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence)")
    var gains = [Int](repeating: 0, count: runs.first?.first.count ?? 0)
    precondition(!gains.isEmpty && resamples > 0, "a paired bootstrap needs examples")
    for run in runs {
      precondition(
        run.first.count == gains.count && run.second.count == gains.count,
        "a paired bootstrap needs both models' outcomes on every example")
      for (example, (a, b)) in zip(run.first, run.second).enumerated() {
        gains[example] += (a ? 1 : 0) - (b ? 1 : 0)
      }
    }
    let count = gains.count
    var random = RandomStream(seed: seed, purpose: "paired bootstrap").sequence()
    var sums = (0..<resamples).map { _ in
      (0..<count).reduce(0) { sum, _ in sum + gains[random.below(count)] }
    }
    sums.sort()
    // Linear interpolation between order statistics, as numpy.percentile.
    func quantile(_ share: Double) -> Double {
      let position = share * Double(resamples - 1)
      let below = Int(position)
      let above = min(below + 1, resamples - 1)
      let value =
        Double(sums[below])
        + (position - Double(below)) * Double(sums[above] - sums[below])
      return value / Double(count * runs.count)
    }
    difference = Double(gains.reduce(0, +)) / Double(count * runs.count)
    lower = quantile((1 - confidence) / 2)
    upper = quantile((1 + confidence) / 2)
  }
}
