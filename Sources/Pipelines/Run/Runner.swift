internal import Files
internal import Foundation

/// Runs a pipeline: takes the workspace's lock, decides about each stage in turn, runs what has to
/// run, and alone writes the manifest, after every transition.
///
/// A stage runs in this process, or in one of its own where it has a launcher or several run at the
/// same time; whoever runs it holds its lock. A kill at any instant leaves either the old output or
/// the new one, and a manifest that says at most less than is true; the same command then goes on:
///
/// | killed | manifest | next run |
/// |---|---|---|
/// | before the start is recorded | as before | decides the same |
/// | in the stage | `running` | goes on from the checkpoint |
/// | between output and record | `running` | goes on from the last checkpoint, same output |
/// | between record and removal of the checkpoint | `done` | removes the checkpoint |
public struct Runner: Sendable {
  let pipeline: Pipeline
  let options: RunOptions
  let services: RunServices
  let events: @Sendable (RunEvent) -> Void
  let awaitRecord: @Sendable () -> Void
  let isInterrupted: @Sendable () -> Bool

  /// A runner for `pipeline`; `events` takes what happens, from several threads where several stages
  /// run, `awaitRecord` returns when what happened so far is recorded, `isInterrupted` says whether
  /// to save and stop.
  public init(
    _ pipeline: Pipeline, options: RunOptions, services: RunServices,
    events: @escaping @Sendable (RunEvent) -> Void = { _ in },
    awaitRecord: @escaping @Sendable () -> Void = {},
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) {
    self.pipeline = pipeline
    self.options = options
    self.services = services
    self.events = events
    self.awaitRecord = awaitRecord
    self.isInterrupted = isInterrupted
  }

  /// What `run` would do; nothing is locked or written.
  ///
  /// - Parameter reckons: Whether to reckon what it costs, which takes a moment.
  /// - Returns: The selected stages, each with what would happen and why.
  /// - Throws: As `run`, for what is known before any work.
  public func plan(reckons: Bool = false) throws -> Plan {
    let selection = try StageSelection(options, in: pipeline)
    let planner = try makePlanner(selection)
    try checkBeforeWork(selection, planner)
    let plan = try plan(selection, planner)
    return reckons ? try reckoned(plan) : plan
  }

  /// How the whole pipeline stands; also when sources are no longer there.
  ///
  /// - Returns: State and reasons of every stage.
  /// - Throws: `PipelineError` for a damaged manifest; what reading files throws.
  public func status() throws -> StatusReport {
    var options = RunOptions(threads: options.threads)
    options.trustsSignatures = self.options.trustsSignatures
    let everything = try StageSelection(options, in: pipeline)
    let plan = try plan(everything, makePlanner(everything, toleratesMissing: true))
    return try StatusReport(plan, of: pipeline, checkpointStep: services.checkpointStep)
  }

  func plan(_ selection: StageSelection, _ planner: consuming Planner) throws -> Plan {
    let unneeded = planner.unneeded(of: selection)
    var steps: [PlanStep] = []
    for stage in pipeline.stages where selection.selected.contains(stage.name) {
      if unneeded.contains(stage.name) {
        steps.append(PlanStep(stage: stage, reasons: [], isNeeded: false))
        continue
      }
      let decision = try planner.decide(stage, isSelected: selection.selected.contains)
      if let entry = try kept(for: stage, decision) {
        // No step of it is taken.
        let reasons =
          decision.step.reasons.filter { !$0.isAboutSteps }
          + [.kept(attempt: entry.attempt.id)]
        steps.append(PlanStep(stage: stage, reasons: reasons))
        planner.confirm(stage, as: entry.attempt.record)
        continue
      }
      steps.append(decision.step)
      // Where a source is gone and nothing else is wrong, what was made of it still stands.
      let stands = decision.step.reasons.allSatisfy {
        if case .inputMissing = $0 { true } else { false }
      }
      if stands { planner.confirm(stage) } else { planner.await(stage) }
    }
    return Plan(pipeline: pipeline.name, workspace: pipeline.workspace.path, steps: steps)
  }

  /// What an earlier attempt has made of the same options and inputs, as far as can be told without
  /// reading it.
  private func kept(
    for stage: PipelineStage, _ decision: Planner.Decision
  ) throws -> RunCache.Entry? {
    guard options.usesRunCache, decision.step.action == .run, let inputs = decision.inputs,
      !decision.step.reasons.contains(.forced)
    else { return nil }
    return try RunCache(pipeline.workspace).find(
      Fingerprint(of: stage, inputs: inputs), for: stage)
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
    try checkBeforeWork(selection, try makePlanner(selection))
    try prepareFolders(stages)
    let lock = try acquireLock()
    defer { lock.release() }
    // What is recorded belongs to whoever holds the lock.
    defer { awaitRecord() }
    try waitForStageLocks()
    try removeLeftovers(stages)
    try keepAttemptsOfOthers()
    var planner = try makePlanner(selection)
    let before = planner.manifest.graph
    planner.manifest.graph = pipeline.graphJSON
    if planner.manifest.graph != before { try planner.save() }
    let record = planner.manifest.openRun ?? RunRecord()
    events(
      .runStarted(
        run: record, pipeline: pipeline.name, workspace: pipeline.workspace.path,
        stages: stages.count))
    if let path = lock.ownerPath {
      events(
        .note(
          stage: pipeline.name,
          text:
            "this file system has no locks: \(path) says who works here, and is to be removed by "
            + "hand where that was another machine that went down"))
    }
    var progress = RunInProgress(self, selection, planner, record)
    return try progress.run()
  }

  /// A planner on what the manifest says now.
  func makePlanner(_ selection: StageSelection, toleratesMissing: Bool = false) throws -> Planner {
    try pipeline.workspace.refuseLinks()
    var found = try Manifest.read(pipeline.workspace)
    if let other = found, other.pipeline != pipeline.name {
      guard try other.isOfNoValue(in: pipeline.workspace) else {
        throw PipelineError(
          .badPipeline, at: pipeline.workspace.path,
          "this is the workspace of pipeline \(printable(other.pipeline)); give "
            + "\(pipeline.name) one of its own")
      }
      found = nil
    }
    return Planner(
      pipeline: pipeline,
      verifier: ContentVerifier(
        probe: services.probe, trustsSignatures: options.trustsSignatures),
      forced: selection.forced, toleratesMissing: toleratesMissing,
      checkpointStep: services.checkpointStep,
      manifest: found ?? Manifest(pipeline: pipeline.name, createdBy: services.createdBy))
  }
}
