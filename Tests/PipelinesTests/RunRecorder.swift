internal import Files
internal import Pipelines
internal import Synchronization
internal import TestSupport

/// Runs a pipeline file in a folder of its own and keeps what happened.
final class RunRecorder: Sendable {
  let folder: String
  private let happened = Mutex<[RunEvent]>([])
  private let interrupts = Mutex(false)
  private let onStart = Mutex<(@Sendable (String) -> Void)?>(nil)
  private let onAwait = Mutex<(@Sendable () -> Void)?>(nil)

  init(_ folder: String) { self.folder = folder }

  var file: String { folder + "/pipeline.yaml" }

  func write(_ text: String, to name: String = "pipeline.yaml") throws {
    try put(Array(text.utf8), to: folder + "/" + name)
  }

  func load(seed: UInt64? = nil) throws -> Pipeline {
    try PipelineFile.load(file, registry: fakeRegistry, seed: seed)
  }

  /// Whether stages are asked to stop.
  func setInterrupts(_ value: Bool) { interrupts.withLock { $0 = value } }

  /// Called when a stage begins, after that was recorded.
  func setOnStart(_ body: (@Sendable (String) -> Void)?) { onStart.withLock { $0 = body } }

  /// Called when the runner waits for what happened to be recorded.
  func setOnAwait(_ body: (@Sendable () -> Void)?) { onAwait.withLock { $0 = body } }

  func runner(
    _ pipeline: Pipeline, _ change: (inout RunOptions) -> Void = { _ in }
  ) -> Runner {
    var options = RunOptions(threads: 1)
    change(&options)
    let services = RunServices(
      probe: FakeArtifact.probe,
      exitStatus: { error in
        error is FakeError ? .numericFailure : error is FileError ? .inputOutput : .badData
      },
      environment: ["machine": "test"], createdBy: "distill test")
    return Runner(
      pipeline, options: options, services: services,
      events: { event in
        self.happened.withLock { $0.append(event) }
        if case .stageStarted(let stage, _, _) = event {
          self.onStart.withLock { $0 }?(stage.name)
        }
      },
      awaitRecord: { self.onAwait.withLock { $0 }?() },
      isInterrupted: { self.interrupts.withLock { $0 } })
  }

  /// Loads the file and runs it; what happened before is forgotten.
  @discardableResult
  func run(
    seed: UInt64? = nil, _ change: (inout RunOptions) -> Void = { _ in }
  ) throws -> RunSummary {
    happened.withLock { $0 = [] }
    return try runner(load(seed: seed), change).run()
  }

  /// The plan, one line a stage: `train: run (never run)`.
  func plan(
    seed: UInt64? = nil, _ change: (inout RunOptions) -> Void = { _ in }
  ) throws -> [String] {
    try runner(load(seed: seed), change).plan().steps.map { step in
      "\(step.stage): \(step.action.rawValue)"
        + (step.reasons.isEmpty ? "" : " (\(step.reason))")
    }
  }

  /// What happened in the last run.
  var events: [RunEvent] { happened.withLock { $0 } }

  /// What happened in the last run, one line an event.
  var log: [String] {
    happened.withLock { events in
      events.compactMap { event in
        switch event {
        case .stageStarted(let stage, _, let reason): "start \(stage.name): \(reason)"
        case .stageSkipped(let name, _): "skip \(name)"
        case .stageRestored(let name, _): "restore \(name)"
        case .stageFinished(let name, _, _): "finish \(name)"
        case .stageInterrupted(let name, let step): "interrupt \(name) \(step ?? -1)"
        case .stageRetried(let name, _, let seconds): "retry \(name) after \(seconds)"
        case .stageBlocked(let name, let by): "block \(name) by \(by.joined(separator: "+"))"
        case .stageFailed(let name, let message): "fail \(name): \(message)"
        default: nil
        }
      }
    }
  }

  func manifest() throws -> Manifest? { try Manifest.read(load().workspace) }

  func artifact(_ name: String) throws -> String {
    try load().workspace.artifactPath(name, kind: "model")
  }
}

/// Gives the body a recorder in a fresh folder with two texts.
func withRecorder<R>(_ text: String, _ body: (RunRecorder) throws -> R) throws -> R {
  try withTemporaryFolder { folder in
    let recorder = RunRecorder(folder)
    try recorder.write("first", to: "a.txt")
    try recorder.write("second", to: "b.txt")
    try recorder.write(text)
    return try body(recorder)
  }
}
