public import Files

/// How a pipeline stands: every stage with its state, its reasons when it is not current, and what
/// it made.
public struct StatusReport: Sendable {
  /// A stage in the report.
  public struct Entry: Sendable {
    /// What would happen with it, and why.
    public let step: PlanStep
    /// Its record, nil when it never ran.
    public let record: StageRecord?

    /// One word: `pending`, `running`, `interrupted`, `failed`, `stale`, `done`, `frozen`.
    public let state: String
    /// Who runs it now, nil when nobody does.
    public let owner: String?
    /// The optimiser step that it will go on from, nil where there is none.
    public let resumesAt: Int?
    /// The step that it is known to have reached, while it runs.
    public let runningStep: Int?
    /// How far it is, as it told not long ago while it runs; nil where it has not.
    public let progress: StageProgress?
    /// Bytes of its outputs where they are there; of its checkpoints while it is not done.
    public let bytes: Int?
  }

  /// Name of the pipeline.
  public let pipeline: String
  /// Folder it works in.
  public let workspace: String
  /// Who runs it now, nil when nobody does.
  public let owner: String?
  /// Stages in the order they run.
  public let entries: [Entry]
  /// How far the run is, as it told not long ago; nil where none runs, or none has told.
  public let progress: RecordedProgress?

  /// Whether nothing would run.
  public var isCurrent: Bool { entries.allSatisfy(\.step.isCurrent) }

  /// The report for a plan over the whole pipeline.
  ///
  /// - Throws: As `Manifest.read`.
  init(
    _ plan: Plan, of pipeline: Pipeline, checkpointStep: (_ folder: String) -> Int?
  ) throws {
    self.init(
      pipeline: pipeline.name, workspace: pipeline.workspace,
      manifest: try Manifest.read(pipeline.workspace), steps: plan.steps,
      checkpointStep: checkpointStep)
  }

  /// The report for what would happen with each stage.
  init(
    pipeline: String, workspace: Workspace, manifest: Manifest?, steps: [PlanStep],
    checkpointStep: (_ folder: String) -> Int?
  ) {
    self.pipeline = pipeline
    self.workspace = workspace.path
    let isRunning = manifest?.stages.values.contains { $0.status == .running } ?? false
    let runner = isRunning ? Self.owner(of: workspace.lockPath) : nil
    owner = runner
    let progress = isRunning ? RecordedProgress.read(in: workspace) : nil
    self.progress = runner == nil ? nil : progress
    let recordedSteps = isRunning ? RecordedSteps.newest(in: workspace.metricsPath) : [:]
    entries = steps.map { step in
      let record = manifest?.stages[step.stage]
      let isRecordedRunning = record?.status == .running
      // A stage that is just being started has no lock of its own yet.
      let owner =
        isRecordedRunning
        ? Self.owner(of: workspace.lockPath(of: step.stage)) ?? runner : nil
      // What a killed run left behind is of another attempt, or of nobody who works.
      let told = progress?.progress.stage(step.stage).flatMap {
        owner != nil && $0.attempt == record?.id ? $0 : nil
      }
      let isUnfinished = record.map { !$0.status.hasOutputs } ?? false
      let saved =
        isUnfinished ? checkpointStep(workspace.checkpointFolder(of: step.stage)) : nil
      // What other options or inputs have come to is not gone on from.
      let goesOn = owner == nil && !step.reasons.contains(where: \.givesUpProgress)
      return Entry(
        step: step, record: record, state: Self.state(step, record, owner: owner), owner: owner,
        resumesAt: goesOn ? saved : nil,
        runningStep: owner == nil
          ? nil : max(told?.step ?? 0, saved ?? 0, recordedSteps[step.stage] ?? 0),
        progress: told, bytes: Self.bytes(of: record, step.stage, in: workspace))
    }
  }

  /// Bytes of what a stage has made, or has saved so far.
  private static func bytes(
    of record: StageRecord?, _ stage: String, in workspace: Workspace
  ) -> Int? {
    guard let record else { return nil }
    let places =
      record.status.hasOutputs
      ? record.outputs.map(\.path) : [workspace.checkpointFolder(of: stage)]
    let sizes = places.filter(fileExists).compactMap { try? treeSize($0) }
    return sizes.isEmpty ? nil : sizes.reduce(0) { $0.addingReportingOverflow($1).partialValue }
  }

  /// Who holds a lock; asking takes it for an instant, which whoever starts waits out.
  static func owner(of lockPath: String) -> String? {
    guard fileExists(lockPath) else { return nil }
    do {
      try FileLock.acquire(lockPath).release()
    } catch let error as FileError where error.kind == .locked {
      return error.detail
    } catch {
      // Without the right to lock there is no telling; the manifest's word stands.
      return "\(error)"
    }
    return nil
  }

  private static func state(_ step: PlanStep, _ record: StageRecord?, owner: String?) -> String {
    if step.action == .notNeeded { return record?.status == .done ? "done" : "not needed" }
    switch record?.status ?? .pending {
    case .pending: return "pending"
    // What a killed process left behind is an interruption; no ritual is needed to say so.
    case .running: return owner == nil ? "interrupted" : "running"
    case .interrupted: return "interrupted"
    case .failed: return "failed"
    case .done: return step.action == .skip ? "done" : "stale"
    case .frozen: return step.action == .skip ? "frozen" : "stale"
    }
  }

  /// The report as a JSON document.
  public var json: JSONValue {
    let stages = entries.map { entry in
      JSONValue.object(
        JSONObject([
          ("stage", .string(entry.step.stage)), ("kind", .string(entry.step.kind)),
          ("state", .string(entry.state)), ("action", .string(entry.step.action.rawValue)),
          ("reasons", .array(entry.step.reasons.map { .string($0.description) })),
          ("owner", .text(entry.owner)),
          ("resumes_at", entry.resumesAt.map { .integer($0) } ?? .null),
          ("running_step", entry.runningStep.map { .integer($0) } ?? .null),
          ("bytes", entry.bytes.map { .integer($0) } ?? .null),
          ("progress", entry.progress?.json ?? .null),
          ("record", entry.record?.json ?? .null),
        ]))
    }
    return .object(
      JSONObject([
        ("pipeline", .string(pipeline)), ("workspace", .string(workspace)),
        ("running", .text(owner)), ("current", .boolean(isCurrent)),
        ("seconds_left", progress?.seconds.map { .number($0) } ?? .null),
        ("stages", .array(stages)),
      ]))
  }
}
