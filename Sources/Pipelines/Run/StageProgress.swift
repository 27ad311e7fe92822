/// How far a stage is that runs, as its events tell it.
public struct StageProgress: Sendable, Equatable {
  /// A number with its name.
  public struct Value: Sendable, Equatable {
    /// Name, such as `attention_loss`.
    public let name: String
    /// The number; may be NaN or infinite.
    public let value: Double

    /// A number.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// The score that counts, after a step.
  public struct Score: Sendable, Equatable {
    /// Which score, such as `accuracy`.
    public let name: String
    /// The score.
    public let value: Double
    /// The step after which it was measured.
    public let step: Int
  }

  /// Work that is counted in units.
  public struct Work: Sendable, Equatable {
    /// Units done.
    public var done: Int
    /// Units in all.
    public var total: Int
    /// What they are, such as `rows`; `steps` in training.
    public let unit: String
    /// Units that were done when this work was first told of, which other times may have taken.
    public let firstDone: Int
    /// When it was first told of, in milliseconds since 1970.
    public let firstTime: Int
    /// When it was last told of.
    public var time: Int

    /// The share that is done, from 0 to 1.
    public var share: Double {
      total > 0 ? min(1, max(0, Double(done) / Double(total))) : 0
    }

    /// Units a second since it was first told of; nil while nothing can be said.
    public var unitsPerSecond: Double? {
      let seconds = Double(time - firstTime) / 1000
      return seconds >= 0.2 && done > firstDone ? Double(done - firstDone) / seconds : nil
    }
  }

  /// What training tells beside its steps.
  public struct Training: Sendable, Equatable {
    /// Epochs done, as a fraction.
    public let epoch: Double
    /// Mean loss terms of late, in the order to show them.
    public let terms: [Value]
    /// Learning rate of the last step.
    public let learningRate: Double
    /// Tokens a second of late.
    public let tokensPerSecond: Double
    /// Seconds to its end, as it reckoned them when it told this; nil while unknown.
    public let secondsLeft: Double?
  }

  /// The stage.
  public let name: String
  /// Its kind.
  public let kind: String
  /// Identity of the attempt; nil where it has none.
  public let attempt: String?
  /// When it began in this run, in milliseconds since 1970.
  public let began: Int
  /// What it does; nil while it has not told.
  public internal(set) var work: Work?
  /// What its training tells; nil where it trains nothing yet.
  public internal(set) var training: Training?
  /// The score of the last evaluation.
  public internal(set) var last: Score?
  /// The best score of this run.
  public internal(set) var best: Score?

  /// A stage that begins.
  init(name: String, kind: String, attempt: String?, began: Int) {
    self.name = name
    self.kind = kind
    self.attempt = attempt
    self.began = began
  }

  /// The optimiser step that it has reached; nil where it takes none.
  public var step: Int? { work?.unit == Self.steps ? work?.done : nil }

  /// Seconds that it has run for in this run, at a time in milliseconds since 1970.
  public func seconds(at now: Int) -> Double { max(0, Double(now - began) / 1000) }

  /// Seconds to its end, at a time in milliseconds since 1970; nil while nothing can be said.
  public func secondsLeft(at now: Int) -> Double? {
    guard let work else { return nil }
    let since = max(0, Double(now - work.time) / 1000)
    if work.unit == Self.steps {
      return training?.secondsLeft.map { max(0, $0 - since) }
    }
    return work.unitsPerSecond.map { max(0, Double(work.total - work.done) / $0 - since) }
  }

  /// The unit of training.
  static let steps = "steps"

  /// Takes what training tells.
  mutating func take(_ step: StepEvent, at time: Int) {
    takeWork(done: step.step, total: step.totalSteps, unit: Self.steps, at: time)
    training = Training(
      epoch: step.epoch, terms: step.terms.map { Value($0.0, $0.1) },
      learningRate: step.learningRate, tokensPerSecond: step.tokensPerSecond,
      secondsLeft: step.secondsLeft)
  }

  /// Takes how much is done; another unit, another amount or less than before is other work.
  mutating func takeWork(done: Int, total: Int, unit: String, at time: Int) {
    if let old = work, old.unit == unit, old.total == total, done >= old.done {
      work?.done = done
      work?.time = time
    } else {
      work = Work(
        done: done, total: total, unit: unit, firstDone: done, firstTime: time, time: time)
    }
  }

  /// Takes scores, the one that counts first.
  mutating func takeScores(_ metrics: [(String, Double)], step: Int) {
    guard let (name, value) = metrics.first else { return }
    let score = Score(name: name, value: value, step: step)
    last = score
    guard let best, best.name == name, !best.value.isNaN else {
      self.best = score
      return
    }
    let isBetter = MetricName.isBetterLow(name) ? value < best.value : value > best.value
    if isBetter { self.best = score }
  }
}
