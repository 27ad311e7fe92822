/// Measures the pace of training; time spent evaluating or saving does not count.
struct TrainingClock {
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let firstStep: Int
  private var lapStart: ContinuousClock.Instant
  private var lapTokens: Int
  private var lastTold: ContinuousClock.Instant
  private var trained = Duration.zero

  init(step: Int, tokens: Int) {
    start = clock.now
    lapStart = start
    lastTold = start
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

  /// The pace since the last lap ended, and the mean time of a step since the start.
  func pace(step: Int, tokens: Int) -> (tokensPerSecond: Double, secondsPerStep: Double) {
    let lap = clock.now - lapStart
    return (
      Double(tokens - lapTokens) / max(lap / .seconds(1), 1e-9),
      ((trained + lap) / .seconds(1)) / Double(max(1, step - firstStep))
    )
  }

  /// Ends a lap.
  mutating func lap(tokens: Int) {
    let now = clock.now
    trained += now - lapStart
    lapStart = now
    lastTold = now
    lapTokens = tokens
  }

  /// Whether whoever is watching has been told nothing for a second; if so, that is about to change.
  mutating func isPulseDue() -> Bool {
    let now = clock.now
    guard now - lastTold >= .seconds(1) else { return false }
    lastTold = now
    return true
  }
}
