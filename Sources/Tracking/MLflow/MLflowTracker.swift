internal import Files
internal import Foundation
public import Pipelines
internal import Synchronization

/// Follows the record of a workspace and brings it to an MLflow server, on a thread of its own.
///
/// It waits for the server, nobody waits for it: what the server does not take stays in the record, and is
/// sent later, by this run, by the next one or by `distill track sync`. A server that is away is asked again
/// after pauses that grow; one that will not have us is not, and that is said once.
public final class MLflowTracker: Tracker {
  private struct State {
    var run: String?
    var pipeline = ""
    /// Whether a stage began or ended since the record was looked at.
    var isNews = false
    var isEnding = false
    /// What the server said, where nothing more is sent.
    var refusal: String?
    /// The last thing that went wrong and may pass.
    var trouble: String?
    var isDone = false
    /// When a request was answered well last.
    var answered = ContinuousClock.now
    var remark: (@Sendable (RunEvent) -> Void)?
  }

  private let workspace: Workspace
  private let server: TrackingServer
  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private let registering: RegisteredModel?
  private let cure: String
  private let patience: Double
  private let interval: Double

  /// The longest pause before a server is asked again, in seconds.
  private static let longestPause = 60.0
  /// The longest that the end of a run waits, in seconds.
  private static let longestEnd = 30.0

  /// A tracker of the run in a workspace.
  ///
  /// - Parameters:
  ///   - workspace: Where the pipeline works.
  ///   - server: The server.
  ///   - registering: The name under which an exported model is registered; nil for none.
  ///   - cure: The command that sends what is left.
  ///   - patience: Seconds that the end of the run waits for the next answer while not all is sent, from the
  ///     last one on.
  ///   - interval: Seconds between two looks at the record.
  public init(
    _ workspace: Workspace, _ server: TrackingServer, registering: RegisteredModel? = nil,
    cure: String, patience: Double = 4, interval: Double = 5
  ) {
    self.workspace = workspace
    self.server = server
    self.registering = registering
    self.cure = cure
    self.patience = patience
    self.interval = interval
  }

  /// `tracking`.
  public var complaint: String { "tracking" }
  /// False.
  public var isRecord: Bool { false }

  /// Asks the server for the experiment, and makes it where it is not there.
  ///
  /// - Throws: `PipelineError` (service unavailable) where that does not succeed.
  public static func require(_ server: TrackingServer) throws {
    do {
      _ = try MLflowClient(server).experiment()
    } catch {
      throw PipelineError(
        .serviceUnavailable, at: server.place,
        "\(error); start the server, or run without --tracking required")
    }
  }

  /// Where to say at once what cannot wait for the end of the run.
  public func tell(_ remark: @escaping @Sendable (RunEvent) -> Void) {
    state.withLock { $0.remark = remark }
  }

  /// Notes what happened; the numbers are taken from the record.
  public func take(_ event: RunEvent, at time: Int) {
    switch event {
    case .step, .pulse, .progress, .note, .evaluated: return
    case .runStarted(let run, let pipeline, _, _):
      state.withLock { ($0.run, $0.pipeline) = (run.id, pipeline) }
      let thread = Thread { [self] in work() }
      thread.name = "distill.mlflow"
      thread.qualityOfService = .utility
      thread.start()
    default:
      state.withLock { $0.isNews = true }
      wake.signal()
    }
  }

  /// Waits for what is not sent yet, as long as the server answers.
  ///
  /// - Throws: What waits, and how to send it.
  public func finish() throws {
    let began = state.withLock { state in
      state.isEnding = true
      return state.run
    }
    guard let began else { return }
    wake.signal()
    let start = ContinuousClock.now
    let limit = start + .seconds(Self.longestEnd)
    while true {
      let answered = state.withLock { $0.answered }
      let left = min(max(start, answered) + .seconds(patience), limit) - .now
      guard left > .zero, ended.wait(timeout: .now() + left / .seconds(1)) == .timedOut else {
        break
      }
    }
    let (reason, isDone) = state.withLock { ($0.refusal ?? $0.trouble, $0.isDone) }
    guard !isDone else { return }
    let waiting = try MLflowSync(workspace, server, registering: registering)
      .waiting(.run(began))
    guard !waiting.isNothing else { return }
    throw Left(
      reason: "\(server.place): \(reason ?? "it takes too long"); \(waiting.words): \(cure)")
  }

  private struct Left: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
  }

  // MARK: - The thread

  private func work() {
    defer { ended.signal() }
    var failures = 0
    var hasTold = false
    var sync: MLflowSync?
    var lock: FileLock?
    defer { lock?.release() }
    while true {
      let (isEnding, isNews, run) = state.withLock { state in
        defer { state.isNews = false }
        return (state.isEnding, state.isNews, state.run)
      }
      guard let run else { return }
      var pause = interval
      do {
        lock = try lock ?? Self.lock(workspace)
        let current = try sync ?? makeSync()
        if sync == nil {
          current.adopt(as: run)
          try current.save()
        }
        if sync == nil || isNews || isEnding { try current.look() }
        sync = current
        try current.pass(.run(run), isRunning: !isEnding)
        failures = 0
        state.withLock { $0.trouble = nil }
        if isEnding { return state.withLock { $0.isDone = true } }
      } catch MLflowFault.passing(let reason, let seconds) {
        failures += 1
        state.withLock { state in
          state.trouble = reason
          state.isNews = true
        }
        if !hasTold { say("\(reason); the run goes on, what is recorded is sent later") }
        hasTold = true
        if isEnding { return }
        pause = seconds.map { Double(max(1, $0)) } ?? interval * pow(2, Double(min(failures, 6)))
        pause = min(pause, Self.longestPause)
      } catch {
        state.withLock { $0.refusal = "\(error)" }
        return say("\(error); nothing more is sent in this run")
      }
      rest(pause)
    }
  }

  /// Takes the right to send; whoever has it gives it back.
  private static func lock(_ workspace: Workspace) throws -> FileLock {
    do { return try MLflowSync.lock(workspace) } catch let error as FileError
      where error.kind == .locked
    {
      throw MLflowFault.passing("another process sends from here", after: nil)
    }
  }

  private func makeSync() throws -> MLflowSync {
    try MLflowSync(workspace, server, registering: registering) { [self] in
      state.withLock { $0.answered = .now }
    }
  }

  /// Waits for news or the time, but at least a moment, and in trouble for the time alone.
  private func rest(_ seconds: Double) {
    let end = Date.now.addingTimeInterval(seconds)
    while true {
      let left = end.timeIntervalSinceNow
      guard left > 0, wake.wait(timeout: .now() + left) == .success else { return }
      let (isEnding, isTroubled) = state.withLock { ($0.isEnding, $0.trouble != nil) }
      if isEnding { return }
      if !isTroubled { return Thread.sleep(forTimeInterval: min(0.2, max(0, left))) }
    }
  }

  private func say(_ text: String) {
    let (remark, pipeline) = state.withLock { ($0.remark, $0.pipeline) }
    remark?(.note(stage: pipeline, text: "tracking: \(server.place): \(text)"))
  }
}
