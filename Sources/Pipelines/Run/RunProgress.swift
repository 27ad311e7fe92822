/// How far a run is, as its events tell it: for whoever shows it, here or in another process.
public struct RunProgress: Sendable, Equatable {
  /// Identity of the run; empty before it began.
  public private(set) var run = ""
  /// Name of the pipeline.
  public private(set) var pipeline = ""
  /// Stages that the run is about.
  public internal(set) var stages = 0
  /// Those of them about which all is decided: done, current, or never to run.
  public internal(set) var settled = 0
  /// Those that run, in the order in which they began.
  public internal(set) var active: [StageProgress] = []
  /// Stages that run at the same time.
  private var jobs = 1
  /// What was reckoned of each stage that is still to run, in seconds; nil where it cannot be told.
  private var ahead: [String: Double?] = [:]
  /// What stages have taken of which something was reckoned, and what was reckoned of them.
  private var taken = (seconds: 0.0, reckoned: 0.0)

  /// A run that has not begun.
  ///
  /// - Parameters:
  ///   - ahead: What was reckoned of each stage that is to run, in seconds, nil where it cannot be
  ///     told; empty where nothing was reckoned, and then nothing is said of the whole run.
  ///   - jobs: Stages that run at the same time.
  public init(ahead: [String: Double?] = [:], jobs: Int = 1) {
    self.ahead = ahead
    self.jobs = max(1, jobs)
  }

  /// A run that another process tells of.
  init(run: String, pipeline: String, stages: Int, settled: Int, active: [StageProgress]) {
    self.run = run
    self.pipeline = pipeline
    self.stages = stages
    self.settled = settled
    self.active = active
  }

  /// Equal in what there is to show.
  public static func == (left: RunProgress, right: RunProgress) -> Bool {
    left.run == right.run && left.pipeline == right.pipeline && left.stages == right.stages
      && left.settled == right.settled && left.active == right.active
  }

  /// Takes what happened at `time`, in milliseconds since 1970.
  public mutating func take(_ event: RunEvent, at time: Int) {
    switch event {
    case .runStarted(let run, let pipeline, _, let stages):
      self.run = run.id
      self.pipeline = pipeline
      self.stages = stages
    case .stageStarted(let stage, let record, _):
      active.removeAll { $0.name == stage.name }
      active.append(
        StageProgress(
          name: stage.name, kind: stage.kind.kind, attempt: record.id, began: time))
    case .stageSkipped(let name, _), .stageRestored(let name, _), .stageBlocked(let name, _):
      settle(name)
    case .step(let stage, let step), .pulse(let stage, let step):
      change(stage) { $0.take(step, at: time) }
    case .progress(let stage, let done, let total, let unit):
      change(stage) { $0.takeWork(done: done, total: total, unit: unit, at: time) }
    case .evaluated(let stage, let step, let metrics):
      change(stage) { $0.takeScores(metrics, step: step) }
    case .stageFinished(let name, let seconds, _):
      if let reckoned = ahead[name].flatMap(\.self), reckoned >= Self.least {
        taken.seconds += seconds
        taken.reckoned += reckoned
      }
      settle(name)
    case .stageFailed(let name, _): settle(name)
    case .stageInterrupted(let name, _): active.removeAll { $0.name == name }
    case .note, .resumed, .stageRetried: break
    }
  }

  /// Less than so much reckoned says nothing of the speed.
  private static let least = 0.5

  private mutating func settle(_ name: String) {
    active.removeAll { $0.name == name }
    ahead[name] = nil
    settled = min(settled + 1, max(stages, settled))
  }

  private mutating func change(_ name: String, _ body: (inout StageProgress) -> Void) {
    guard let place = active.firstIndex(where: { $0.name == name }) else { return }
    body(&active[place])
  }

  /// A stage that runs.
  public func stage(_ name: String) -> StageProgress? { active.first { $0.name == name } }

  /// Seconds to the end of the run, at a time in milliseconds since 1970.
  ///
  /// What runs tells it itself; of what is to come counts what was reckoned, corrected by how the time of
  /// the others compares with what was reckoned of them.
  ///
  /// - Returns: The seconds, and whether something is left of which nothing is known; nil where
  ///   nothing can be said.
  public func secondsLeft(at now: Int) -> (seconds: Double, isAtLeast: Bool)? {
    guard !ahead.isEmpty else { return nil }
    var (seconds, reckoned) = taken
    for stage in active {
      guard let own = ahead[stage.name].flatMap(\.self), own >= Self.least,
        let left = stage.secondsLeft(at: now)
      else { continue }
      seconds += stage.seconds(at: now) + left
      reckoned += own
    }
    let correction = reckoned > 0 ? min(20, max(0.05, seconds / reckoned)) : 1
    var isAtLeast = false
    let running = active.map { stage -> Double in
      if let left = stage.secondsLeft(at: now) { return left }
      guard let own = ahead[stage.name].flatMap(\.self) else {
        isAtLeast = true
        return 0
      }
      return max(0, own * correction - stage.seconds(at: now))
    }
    var waiting = 0.0
    for (name, own) in ahead where !active.contains(where: { $0.name == name }) {
      if let own { waiting += own * correction } else { isAtLeast = true }
    }
    return ((running.max() ?? 0) + waiting / Double(jobs), isAtLeast)
  }
}
