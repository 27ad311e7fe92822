/// Measures the pace of training; time spent evaluating or saving does not count.
struct TrainingClock {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let firstStep: Int
  private var lapStart: ContinuousClock.Instant
  private var lapTokens: Int
  private var trained = Duration.zero

  init(step: Int, tokens: Int) {
    start = clock.now
    lapStart = start
    firstStep = step
    lapTokens = tokens
  }

  /// Seconds since the start, pauses included.
  var seconds: Double { (clock.now - start) / .seconds(1) }

  /// Runs something that is not training.
  mutating func pausing<R>(_ body: () throws -> R) rethrows -> R {
    let before = clock.now
    defer { lapStart = lapStart.advanced(by: clock.now - before) }
    return try body()
  }

  /// Ends a lap: the pace since the last one, and the mean time of a step since the start.
  mutating func lap(step: Int, tokens: Int) -> (tokensPerSecond: Double, secondsPerStep: Double) {
    let now = clock.now
    let lap = now - lapStart
    trained += lap
    lapStart = now
    defer { lapTokens = tokens }
    return (
      Double(tokens - lapTokens) / max(lap / .seconds(1), 1e-9),
      (trained / .seconds(1)) / Double(max(1, step - firstStep))
    )
  }
}
