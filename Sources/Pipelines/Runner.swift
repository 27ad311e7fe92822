internal import Files
internal import Foundation

/// Runs a pipeline: takes the workspace's lock, decides about each stage in turn, runs what has to
/// run in this process, and alone writes the manifest, after every transition.
///
/// A kill at any instant leaves either the old output or the new one, and a manifest that says at
/// most less than is true; the same command then goes on:
///
/// | killed | manifest | next run |
/// |---|---|---|
/// | before the start is recorded | as before | decides the same |
/// | in the stage | `running` | goes on from the checkpoint |
/// | between output and record | `running` | goes on from the last checkpoint, same output |
/// | between record and removal of the checkpoint | `done` | removes the checkpoint |
public struct Runner: Sendable {
  private let pipeline: Pipeline
  private let options: RunOptions
  private let services: RunServices
  private let events: @Sendable (RunEvent) -> Void
  private let isInterrupted: @Sendable () -> Bool

  /// A runner for `pipeline`; `events` takes what happens, `isInterrupted` says whether to save and
  /// stop.
  public init(
    _ pipeline: Pipeline, options: RunOptions, services: RunServices,
    events: @escaping @Sendable (RunEvent) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.pipeline = pipeline
    self.options = options
    self.services = services
    self.events = events
    self.isInterrupted = isInterrupted
  }

  /// What `run` would do; nothing is locked or written.
  ///
  /// - Returns: The selected stages, each with what would happen and why.
  /// - Throws: As `run`, for what is known before any work.
  public func plan() throws -> Plan {
    let selection = try StageSelection(options, in: pipeline)
    try checkBeforeWork(selection)
    return try plan(selection, makePlanner(selection))
  }

  /// How the whole pipeline stands; also when sources are no longer there.
  ///
  /// - Returns: State and reasons of every stage.
  /// - Throws: `PipelineError` for a damaged manifest; what reading files throws.
  public func status() throws -> StatusReport {
    let everything = try StageSelection(RunOptions(threads: options.threads), in: pipeline)
    let plan = try plan(everything, makePlanner(everything, toleratesMissing: true))
    return try StatusReport(plan, of: pipeline)
  }

  private func plan(_ selection: StageSelection, _ planner: consuming Planner) throws -> Plan {
    var steps: [PlanStep] = []
    for stage in pipeline.stages where selection.selected.contains(stage.name) {
      let decision = try planner.decide(stage, isSelected: selection.selected.contains)
      steps.append(decision.step)
      // Where a source is gone and nothing else is wrong, what was made of it still stands.
      let stands = decision.step.reasons.allSatisfy {
        if case .inputMissing = $0 { true } else { false }
      }
      if stands { planner.confirm(stage) } else { planner.await(stage) }
    }
    return Plan(pipeline: pipeline.name, workspace: pipeline.workspace.path, steps: steps)
  }

  /// Runs what has to run.
  ///
  /// - Returns: How it ended.
  /// - Throws: `PipelineError` for what is wrong before any work, `FileError` of kind `locked` when
  ///   another process runs here, or when the workspace cannot be written. A stage's own error is
  ///   in the summary.
  public func run() throws -> RunSummary {
    let selection = try StageSelection(options, in: pipeline)
    let stages = pipeline.stages.filter { selection.selected.contains($0.name) }
    try checkBeforeWork(selection)
    try prepareFolders(stages)
    let lock = try acquireLock()
    defer { lock.release() }
    try removeLeftovers(stages)
    var planner = try makePlanner(selection)
    let before = planner.manifest.graph
    planner.manifest.graph = pipeline.graphJSON
    if planner.manifest.graph != before { try planner.save() }
    events(
      .runStarted(
        pipeline: pipeline.name, workspace: pipeline.workspace.path, stages: stages.count))
    var ran: [String] = []
    var skipped: [String] = []
    var outcome = RunSummary.Outcome.finished
    for stage in stages {
      var decision = try planner.decide(stage, isSelected: selection.selected.contains)
      if decision.step.action != .skip {
        decision = try planner.decide(
          stage, rereadsSources: true, isSelected: selection.selected.contains)
      }
      if decision.step.action == .skip {
        try removeTree(pipeline.workspace.checkpointFolder(of: stage.name))
        planner.confirm(stage)
        skipped.append(stage.name)
        events(.stageSkipped(name: stage.name))
        continue
      }
      if isInterrupted() {
        outcome = .interrupted(stage: nil)
        break
      }
      if let end = try run(stage, decision, &planner) {
        outcome = end
        break
      }
      planner.confirm(stage)
      ran.append(stage.name)
    }
    try planner.saveRefreshed()
    return RunSummary(outcome: outcome, ran: ran, skipped: skipped)
  }

  /// Looks for everything that can be found wrong before any work, or any folder is made.
  private func checkBeforeWork(_ selection: StageSelection) throws {
    for stage in pipeline.stages where selection.selected.contains(stage.name) {
      do {
        _ = try makeStage(stage)
      } catch {
        throw PipelineError(.usage, at: stage.name, "\(error)")
      }
    }
    try checkSources(selection)
  }

  /// A planner on what the manifest says now.
  private func makePlanner(
    _ selection: StageSelection, toleratesMissing: Bool = false
  ) throws -> Planner {
    let found = try Manifest.read(pipeline.workspace)
    if let found, found.pipeline != pipeline.name {
      throw PipelineError(
        .badPipeline, at: pipeline.workspace.path,
        "this is the workspace of pipeline \(found.pipeline); give \(pipeline.name) one of its own")
    }
    return Planner(
      pipeline: pipeline,
      verifier: ContentVerifier(
        probe: services.probe, trustsSignatures: options.trustsSignatures),
      forced: selection.forced, toleratesMissing: toleratesMissing,
      manifest: found ?? Manifest(pipeline: pipeline.name, createdBy: services.createdBy))
  }

  /// All sources that are missing are named together.
  private func checkSources(_ selection: StageSelection) throws {
    let stages = pipeline.stages.filter { selection.selected.contains($0.name) }
    let names = Set(stages.flatMap { $0.inputs.flatMap(\.names) })
    var faults: [PipelineFault] = []
    for source in pipeline.sources where names.contains(source.name) {
      for path in source.paths where !fileExists(path) {
        // On a command line the path says it all; the name was made for it.
        let keyPath = pipeline.file == nil ? "" : "sources.\(source.name)"
        faults.append(
          PipelineFault(
            file: pipeline.file, location: source.location, keyPath: keyPath,
            message: "\(path): there is no such file or folder"))
      }
    }
    guard faults.isEmpty else { throw PipelineError(.missingInput, faults: faults) }
  }

  /// Takes the workspace's lock.
  ///
  /// `status` takes it for an instant to see whether anybody has it; a few
  /// tries tell that from a process that runs here.
  private func acquireLock() throws -> FileLock {
    for _ in 0..<4 {
      if let lock = try? FileLock.acquire(pipeline.workspace.lockPath) { return lock }
      Thread.sleep(forTimeInterval: 0.05)
    }
    return try FileLock.acquire(pipeline.workspace.lockPath)
  }

  private func prepareFolders(_ stages: [PipelineStage]) throws {
    let workspace = pipeline.workspace
    try ensureDirectory(workspace.artifactsPath)
    for stage in stages {
      for output in stage.outputs {
        let path = pipeline.path(of: output, of: stage)
        guard output.path == nil else {
          try ensureDirectory(splitPath(path).folder)
          continue
        }
        // The folders are there now: a link among them must not lead out.
        _ = try SafePath.resolve(
          String(path.dropFirst(workspace.path.count + 1)), beneath: workspace.path)
      }
    }
  }

  /// Removes what a killed process left half-written, under the lock.
  private func removeLeftovers(_ stages: [PipelineStage]) throws {
    try AtomicFile.removeLeftovers(in: pipeline.workspace.path)
    try AtomicFile.removeLeftovers(in: pipeline.workspace.artifactsPath)
    if isFolder(pipeline.workspace.cachePath) {
      try AtomicFile.removeLeftovers(in: pipeline.workspace.cachePath)
    }
    for output in stages.flatMap(\.outputs) {
      guard let path = output.path else { continue }
      let folder = splitPath(path).folder
      if isFolder(folder) { try AtomicFile.removeLeftovers(in: folder) }
    }
  }

  /// Runs one stage; nil when it is done, else how the run ends.
  private func run(
    _ stage: PipelineStage, _ decision: Planner.Decision, _ planner: inout Planner
  ) throws -> RunSummary.Outcome? {
    guard let inputs = decision.inputs else {
      preconditionFailure("stage \(stage.name) runs before what it reads from")
    }
    let fingerprint = Fingerprint(of: stage, inputs: inputs)
    let checkpoints = pipeline.workspace.checkpointFolder(of: stage.name)
    // A checkpoint of other options or inputs must never be gone on from. It is removed before the
    // new fingerprint is recorded: a kill in between costs the checkpoint, not its correctness.
    let previous = planner.manifest.stages[stage.name]
    let goesOn = previous.map { $0.status != .done && $0.fingerprint == fingerprint } ?? false
    if !goesOn || planner.forced.contains(stage.name) { try removeTree(checkpoints) }

    var record = StageRecord(
      status: .running, fingerprint: fingerprint, started: Date.now.formatted(.iso8601))
    record.inputs = stage.inputs.flatMap { input in
      inputs[input.port, default: []].map {
        InputRecord(port: input.port, name: $0.name, path: $0.path, content: $0.contentDigest)
      }
    }
    record.step = goesOn ? previous?.step : nil
    record.environment = services.environment
    record.environment["threads"] = "\(options.threads)"
    planner.manifest.stages[stage.name] = record
    planner.manifest.createdBy = services.createdBy
    try planner.save()
    events(
      .stageStarted(name: stage.name, kind: stage.kind.kind, reason: decision.step.reason))

    let clock = ContinuousClock()
    let start = clock.now
    var end: RunSummary.Outcome?
    do {
      let result = try makeStage(stage).run(context(of: stage, inputs))
      try checkUnchanged(decision.sources)
      record.outputs = try outputs(of: stage, result, planner.verifier)
      record.metrics = result.metrics
      record.notes = result.notes
      record.status = .done
      record.step = nil
    } catch let interruption as StageInterruption {
      record.status = .interrupted
      record.step = interruption.step
      end = .interrupted(stage: stage.name)
    } catch {
      let status = services.exitStatus(error)
      record.status = .failed
      record.error = "\(error)"
      record.exitCode = Int(status.rawValue)
      end = .failed(stage: stage.name, message: "\(error)", status: status)
    }
    let seconds = (clock.now - start) / .seconds(1)
    record.seconds = seconds
    record.finished = Date.now.formatted(.iso8601)
    planner.manifest.stages[stage.name] = record
    try planner.save()
    switch end {
    case nil:
      try removeTree(checkpoints)
      events(.stageFinished(name: stage.name, seconds: seconds, metrics: record.metrics))
    case .interrupted:
      events(.stageInterrupted(name: stage.name, step: record.step))
    case .failed(_, let message, _):
      events(.stageFailed(name: stage.name, message: message))
    case .finished: break
    }
    return end
  }

  private func makeStage(_ stage: PipelineStage) throws -> any Stage {
    try stage.kind.init(stage.options)
  }

  private func context(
    of stage: PipelineStage, _ inputs: [String: [StageInput]]
  ) -> StageContext {
    let outputs = stage.outputs.map { ($0.port, pipeline.path(of: $0, of: stage)) }
    return StageContext(
      stage: stage.name, inputs: inputs, outputs: Dictionary(outputs) { first, _ in first },
      checkpointFolder: pipeline.workspace.checkpointFolder(of: stage.name),
      cacheFolder: pipeline.workspace.cachePath, seed: stage.seed, threads: options.threads,
      events: events, isInterrupted: isInterrupted)
  }

  /// A source that changed under a running stage has made a result that belongs to neither version.
  private func checkUnchanged(_ sources: [SourceRecord]) throws {
    for source in sources where try PathSignature(of: source.path) != source.signature {
      throw FileError(
        .changed, path: source.path, detail: "changed while the stage was reading it; run again")
    }
  }

  private func outputs(
    of stage: PipelineStage, _ result: StageResult, _ verifier: ContentVerifier
  ) throws -> [OutputRecord] {
    try stage.outputs.map { output in
      let path = pipeline.path(of: output, of: stage)
      guard fileExists(path) else {
        throw FileError(
          .missing, path: path, detail: "stage \(stage.name) ended without writing this output")
      }
      let digests: OutputDigests
      let signature: PathSignature
      if let known = result.outputs[output.port] {
        (digests, signature) = (known, try PathSignature(of: path))
      } else {
        let found = try verifier.identify(path)
        (digests, signature) = (found.identity.digests, found.signature)
      }
      return OutputRecord(
        port: output.port, name: output.name, path: path, digests: digests, signature: signature)
    }
  }
}
