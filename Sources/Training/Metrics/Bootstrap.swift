import RandomStreams

/// A figure of a sample, such as a model's accuracy or the difference of two, with its bootstrap
/// interval: how far it would move if other rows had been drawn.
public struct Bootstrap: Sendable, Equatable {
  /// The figure on the sample itself.
  public let value: Double
  /// Lower end of the percentile interval; NaN where no resampled figure is a number.
  public let lower: Double
  /// Upper end of the percentile interval.
  public let upper: Double

  /// Draws rows with replacement, as many as there are, again and again.
  ///
  /// Figures that are taken on the same draw belong together: the difference of two models is one
  /// statistic, and so is the mean over seeds, since their outcomes on a row are not independent.
  ///
  /// - Parameters:
  ///   - count: rows of the sample, at least one.
  ///   - confidence: coverage of the interval.
  ///   - resamples: how often rows are drawn.
  ///   - seed: seed of the draws.
  ///   - statistic: the figure of the rows with these numbers. Where it is NaN (the correlation of rows
  ///     that are all alike) the draw is left out.
  public init(
    count: Int, confidence: Double = 0.95, resamples: Int = 10_000, seed: UInt64 = 42,
    statistic: ([Int]) -> Double
  ) {
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence)")
    precondition(count > 0 && resamples > 0, "a bootstrap needs rows")
    var random = RandomStream(seed: seed, purpose: "paired bootstrap").sequence()
    var drawn = Array(0..<count)
    value = statistic(drawn)
    var figures: [Double] = []
    figures.reserveCapacity(resamples)
    for _ in 0..<resamples {
      for place in 0..<count { drawn[place] = random.below(count) }
      let figure = statistic(drawn)
      if !figure.isNaN { figures.append(figure) }
    }
    figures.sort()
    lower = Self.quantile((1 - confidence) / 2, of: figures)
    upper = Self.quantile((1 + confidence) / 2, of: figures)
  }

  /// Linear interpolation between order statistics, as `numpy.percentile`.
  private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    guard let last = sorted.last else { return .nan }
    let position = share * Double(sorted.count - 1)
    let below = Int(position)
    let above = below + 1 < sorted.count ? sorted[below + 1] : last
    return sorted[below] + (position - Double(below)) * (above - sorted[below])
  }
}
