import Pipelines
import Training

/// How long a model takes to answer for one example, as a server that gets one at a time sees it.
struct Latency {
  /// Milliseconds that half of the answers take at most.
  let median: Double
  /// Milliseconds that 95 % of them take at most.
  let percentile95: Double

  /// The most examples that are timed, and after how long no further one is.
  private static let mostExamples = 200
  private static let mostTime = Duration.seconds(2)
  /// Answers before the first one that counts.
  private static let warmUps = 3

  /// About how long the timing of a model takes.
  ///
  /// - Parameter seconds: What one answer takes.
  /// - Returns: Seconds.
  static func longest(_ seconds: Double) -> Double {
    min(mostTime / .seconds(1), Double(mostExamples + warmUps) * seconds)
  }

  /// Times examples that are spread evenly over a split.
  ///
  /// - Parameters:
  ///   - predictor: The model.
  ///   - examples: The split; nil where there is none, which gives NaN.
  ///   - shouldStop: Asked before every batch.
  /// - Throws: `StageInterruption` when `shouldStop` says so.
  init(of predictor: Predictor, on examples: InMemoryExamples?, shouldStop: () -> Bool) throws {
    var times: [Double] = []
    let count = examples?.count ?? 0
    let timed = min(count, Self.mostExamples)
    let start = ContinuousClock.now
    for number in 0..<(timed == 0 ? 0 : Self.warmUps + timed) {
      guard let examples, times.isEmpty || ContinuousClock.now - start < Self.mostTime else {
        break
      }
      let example = InMemoryExamples([examples[max(number - Self.warmUps, 0) * count / timed]])
      let began = ContinuousClock.now
      guard try predictor.outputs(of: example, shouldStop: shouldStop) != nil else {
        throw StageInterruption(step: nil)
      }
      if number >= Self.warmUps { times.append((ContinuousClock.now - began) / .milliseconds(1)) }
    }
    times.sort()
    // Nearest rank: a time that was measured.
    let rank = { (share: Double) in
      times.isEmpty
        ? .nan : times[min(Int((share * Double(times.count)).rounded(.up)), times.count) - 1]
    }
    (median, percentile95) = (rank(0.5), rank(0.95))
  }
}
