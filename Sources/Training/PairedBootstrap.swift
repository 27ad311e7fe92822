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
  ///   - first: whether the first model is right, per example; to pool over seeds, concatenate.
  ///   - second: whether the second model is right on the same examples.
  ///   - confidence: coverage of the interval.
  ///   - resamples: number of resampled data sets.
  ///   - seed: seed of the draws.
  public init(
    _ first: [Bool], _ second: [Bool], confidence: Double = 0.95, resamples: Int = 10_000,
    seed: UInt64 = 42
  ) {
    precondition(
      first.count == second.count && !first.isEmpty && resamples > 0,
      "a paired bootstrap needs two outcomes per example")
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence)")
    let gains = zip(first, second).map { ($0 ? 1 : 0) - ($1 ? 1 : 0) }
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
      return value / Double(count)
    }
    difference = Double(gains.reduce(0, +)) / Double(count)
    lower = quantile((1 - confidence) / 2)
    upper = quantile((1 + confidence) / 2)
  }
}
