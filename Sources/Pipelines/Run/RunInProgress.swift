internal import Files
internal import Foundation
internal import Synchronization

/// One run under way: what waits, what runs, what came of it.
///
/// It starts every stage whose inputs are settled, as many at a time as there may be jobs, and
/// records how each ends. All decisions and all writing of the manifest happen on the
/// thread that calls `run`.
///
/// ```
///   waiting ──► current (skipped)
///      │   └──► blocked (a stage before it failed)
///      └──► active ──► done | interrupted | failed
/// ```
struct RunInProgress {
  /// A stage that runs.
  private struct Active {
    let stage: PipelineStage
    let sources: [SourceRecord]
    let start: ContinuousClock.Instant
    let record: StageRecord
  }

  let runner: Runner
  private let selection: StageSelection
  let runRecord: RunRecord
  var planner: Planner
  private let clock = ContinuousClock()
  private let endings = Mailbox()
  /// Stages about which nothing is decided, in order.
  private var waiting: [PipelineStage]
  private var active: [String: Active] = [:]
  /// Stages that are done or current.
  private var settled: Set<String> = []
  private var summary = RunSummary()

  init(_ runner: Runner, _ selection: StageSelection, _ planner: Planner, _ run: RunRecord) {
    self.runner = runner
    self.selection = selection
    self.runRecord = run
    self.planner = planner
    let unneeded = planner.unneeded(of: selection)
    waiting = runner.pipeline.stages.filter {
      selection.selected.contains($0.name) && !unneeded.contains($0.name)
    }
  }

  var workspace: Workspace { runner.pipeline.workspace }
  var archive: AttemptArchive { AttemptArchive(workspace) }
  var cache: RunCache { RunCache(workspace) }

  /// Works until nothing is left that may run.
  mutating func run() throws -> RunSummary {
    do {
      try startWhatCan()
      while !active.isEmpty {
        try settle(endings.take())
        try startWhatCan()
      }
    } catch {
      // What still runs is recorded as running, which is what the next run will find it was.
      try? drain()
      throw error
    }
    if summary.isFinished { planner.finishRun() }
    try planner.saveRefreshed()
    return summary
  }

  /// Waits for the stages that run and records how they ended.
  private mutating func drain() throws {
    while !active.isEmpty { try settle(endings.take()) }
  }

  private mutating func startWhatCan() throws {
    for stage in waiting {
      guard active.count < runner.options.jobs else { return }
      let before = dependencies(of: stage)
      let broken = before.intersection(summary.failures.map(\.stage) + summary.blocked)
      if !broken.isEmpty {
        remove(stage)
        if runner.options.keepsGoing {
          summary.blocked.append(stage.name)
          runner.events(.stageBlocked(name: stage.name, by: broken.sorted()))
        }
        continue
      }
      guard before.isSubset(of: settled) else { continue }
      if !summary.failures.isEmpty, !runner.options.keepsGoing { return }
      var decision: Planner.Decision
      do {
        decision = try decide(stage, rereadsSources: false)
      } catch is StageInterruption {
        summary.wasInterrupted = true
        return
      }
      if planner.isFrozen(stage), !decision.step.reasons.isEmpty {
        throw runner.pipeline.error(
          .badData, at: "stages.\(stage.name)", stage.location,
          "\(decision.step.reason), which was adopted; adopt it again, or make it with "
            + "--force \(stage.name)")
      }
      do {
        if decision.step.action != .skip { decision = try decide(stage, rereadsSources: true) }
      } catch is StageInterruption {
        summary.wasInterrupted = true
        return
      }
      if decision.step.action == .skip {
        // What is set aside may be another attempt, from which a restored one only took over.
        try removeTree(CheckpointShelf(workspace, of: stage.name).current)
        planner.confirm(stage)
        settled.insert(stage.name)
        remove(stage)
        summary.skipped.append(stage.name)
        runner.events(
          .stageSkipped(name: stage.name, record: planner.manifest.stages[stage.name]))
        continue
      }
      if runner.isInterrupted() {
        summary.wasInterrupted = true
        return
      }
      let entry: RunCache.Entry?
      do {
        entry = try Self.asking(runner.isInterrupted) { try kept(for: stage, decision) }
      } catch is StageInterruption {
        summary.wasInterrupted = true
        return
      }
      remove(stage)
      guard let entry else {
        try start(stage, decision)
        continue
      }
      try restore(stage, decision, entry)
      planner.confirm(stage)
      settled.insert(stage.name)
      summary.restored.append(stage.name)
    }
  }

  private func removeCheckpoints(of stage: String) throws {
    let shelf = CheckpointShelf(workspace, of: stage)
    try removeTree(shelf.current)
    try shelf.clear()
  }

  /// The planner's decision, which may read large files; a request to stop ends that.
  private mutating func decide(
    _ stage: PipelineStage, rereadsSources: Bool
  ) throws -> Planner.Decision {
    try Self.asking(runner.isInterrupted) {
      try planner.decide(
        stage, rereadsSources: rereadsSources, isSelected: selection.selected.contains)
    }
  }

  /// What `body` gives, which may read large files; a request to stop ends that.
  private static func asking<Value>(
    _ isInterrupted: @escaping @Sendable () -> Bool, _ body: () throws -> Value
  ) throws -> Value {
    func check() throws {
      if isInterrupted() { throw StageInterruption(step: nil) }
    }
    return try LongReading.asking(check, body)
  }

  private mutating func remove(_ stage: PipelineStage) {
    waiting.removeAll { $0.name == stage.name }
  }

  /// The stages of this run that must be settled before `stage`.
  private func dependencies(of stage: PipelineStage) -> Set<String> {
    planner.isFrozen(stage)
      ? [] : runner.pipeline.predecessors(of: stage).intersection(selection.selected)
  }

  /// Records that a stage runs, and runs it.
  private mutating func start(_ stage: PipelineStage, _ decision: Planner.Decision) throws {
    guard let inputs = decision.inputs else {
      preconditionFailure("stage \(stage.name) runs before what it reads from")
    }
    let fingerprint = Fingerprint(of: stage, inputs: inputs)
    // A checkpoint of other options or inputs must never be gone on from. It is out of the way before
    // the new fingerprint is recorded, and what was set aside is taken back after that: a kill in
    // between costs the checkpoint at worst, not its correctness.
    let previous = planner.manifest.stages[stage.name]
    let goesOn = previous.map { !$0.status.hasOutputs && $0.fingerprint == fingerprint } ?? false
    let isForced = planner.forced.contains(stage.name)
    let beginsAnew = !goesOn || isForced
    let shelf = CheckpointShelf(workspace, of: stage.name)
    if isForced {
      try shelf.clear()
      try removeTree(shelf.current)
    } else if let previous, beginsAnew, !previous.status.hasOutputs {
      try shelf.setAside(previous.fingerprint, keeping: fingerprint)
    } else if beginsAnew {
      try removeTree(shelf.current)
    }
    let takesUp = try !isForced && beginsAnew && shelf.holds(fingerprint)
    var record = StageRecord(
      status: .running, fingerprint: fingerprint, started: Date.now.formatted(.iso8601))
    record.inputs = StageRecord.inputs(of: stage, inputs)
    record.step = goesOn ? previous?.step : nil
    // What is taken up again is the attempt that it was.
    let known = try takesUp ? archive.unfinished(stage.name, fingerprint) : previous?.id
    record.id = (beginsAnew && !takesUp ? nil : known) ?? Identity.fresh()
    record.owner = FileLock.ownName
    let threads = stage.threads ?? max(1, runner.options.threads / runner.options.jobs)
    record.environment = runner.services.environment
    record.environment["threads"] = "\(threads)"
    if !stage.launcher.isEmpty {
      record.environment["launcher"] = stage.launcher.joined(separator: " ")
    }
    if let previous, previous.id != record.id { try makeWay(previous, of: stage.name) }
    planner.manifest.run = runRecord
    planner.manifest.stages[stage.name] = record
    planner.manifest.createdBy = runner.services.createdBy
    try planner.save()
    let remark = try archive.begin(
      stage, record, pipeline: runner.pipeline.name, run: runRecord.id,
      createdBy: runner.services.createdBy)
    if !isForced { try shelf.takeBack(fingerprint) }
    runner.events(.stageStarted(stage: stage, record: record, reason: decision.step.reason))
    if let remark { runner.events(.note(stage: stage.name, text: remark)) }
    active[stage.name] = Active(
      stage: stage, sources: decision.sources, start: clock.now, record: record)

    let outputs = stage.outputs.map { ($0.port, runner.pipeline.path(of: $0, of: stage)) }
    let execution = StageExecution(
      job: StageJob(
        stage: stage.name, kind: stage.kind, options: stage.options, seed: stage.seed,
        inputs: inputs, outputs: Dictionary(outputs) { first, _ in first },
        checkpointFolder: workspace.checkpointFolder(of: stage.name),
        cacheFolder: workspace.cachePath, lockPath: workspace.lockPath(of: stage.name),
        threads: threads, allowsNumericChange: runner.options.allowsNumericChange),
      launcher: stage.launcher, runner: runner)
    let endings = endings
    guard runner.options.jobs > 1 else { return endings.put(execution.run(), of: stage.name) }
    Thread { endings.put(execution.run(), of: stage.name) }.start()
  }

  /// Records how a stage ended.
  private mutating func settle(_ ended: Mailbox.Letter) throws {
    guard let entry = active.removeValue(forKey: ended.stage) else { return }
    let name = entry.stage.name
    var record = entry.record
    let seconds = (clock.now - entry.start) / .seconds(1)
    record.seconds = seconds
    record.finished = Date.now.formatted(.iso8601)
    record.owner = nil
    record.attempts = ended.attempts
    record.step = nil
    switch checked(ended.ending, entry, &record) {
    case .done(let result):
      record.status = .done
      record.metrics = result.metrics
      record.notes = result.notes.map { runner.pipeline.spoken($0, by: entry.stage.kind) }
      record.checkpointSeconds = result.checkpointSeconds
      // Told and recorded first: a kill before the manifest knows makes the stage end, and be told,
      // once more; one after it would leave the record without this.
      runner.events(.stageFinished(name: name, seconds: seconds, metrics: record.metrics))
      runner.awaitRecord()
      try save(record, of: name)
      try removeCheckpoints(of: name)
      planner.confirm(entry.stage)
      settled.insert(name)
      summary.ran.append(name)
    case .interrupted(let step):
      record.status = .interrupted
      record.step = step
      try save(record, of: name)
      summary.interrupted.append(name)
      summary.wasInterrupted = true
      waiting = []
      runner.events(.stageInterrupted(name: name, step: step))
    case .failed(let found, let status, _):
      let message = runner.pipeline.spoken(found, by: entry.stage.kind)
      record.status = .failed
      record.error = message
      record.exitCode = Int(status.rawValue)
      try save(record, of: name)
      summary.failures.append(RunSummary.Failure(stage: name, message: message, status: status))
      runner.events(.stageFailed(name: name, message: message))
    }
  }

  /// The ending, after a look at what a stage that is done read and wrote.
  private func checked(
    _ ending: StageEnding, _ entry: Active, _ record: inout StageRecord
  ) -> StageEnding {
    guard case .done(let result) = ending else { return ending }
    return StageEnding(exitStatus: runner.services.exitStatus) {
      try runner.checkUnchanged(entry.sources)
      record.outputs = try runner.outputs(of: entry.stage, result, planner.verifier)
      return result
    }
  }

  mutating func save(_ record: StageRecord, of stage: String) throws {
    planner.manifest.stages[stage] = record
    try planner.save()
    try archive.keep(record, of: stage, planner.manifest)
  }
}

/// How stages ended, from the threads that ran them to the one that records it.
final class Mailbox: Sendable {
  /// The end of a stage.
  struct Letter: Sendable {
    let stage: String
    let ending: StageEnding
    let attempts: Int
  }

  private let letters = Mutex<[Letter]>([])
  private let count = DispatchSemaphore(value: 0)

  /// Leaves a letter.
  func put(_ outcome: (ending: StageEnding, attempts: Int), of stage: String) {
    letters.withLock {
      $0.append(Letter(stage: stage, ending: outcome.ending, attempts: outcome.attempts))
    }
    count.signal()
  }

  /// Waits for the oldest letter and takes it.
  func take() -> Letter {
    count.wait()
    return letters.withLock { $0.removeFirst() }
  }
}
