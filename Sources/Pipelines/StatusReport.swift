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

    /// One word: `pending`, `running`, `interrupted`, `failed`, `stale`, `done`.
    public let state: String
  }

  /// Name of the pipeline.
  public let pipeline: String
  /// Folder it works in.
  public let workspace: String
  /// Who runs it now, nil when nobody does.
  public let owner: String?
  /// Stages in the order they run.
  public let entries: [Entry]

  /// Whether nothing would run.
  public var isCurrent: Bool { entries.allSatisfy { $0.step.action == .skip } }

  /// The report for a plan over the whole pipeline.
  ///
  /// - Throws: As `Manifest.read`.
  public init(_ plan: Plan, of pipeline: Pipeline) throws {
    self.pipeline = pipeline.name
    workspace = pipeline.workspace.path
    let manifest = try Manifest.read(pipeline.workspace)
    let isRunning = manifest?.stages.values.contains { $0.status == .running } ?? false
    let owner = isRunning ? Self.owner(of: pipeline.workspace) : nil
    self.owner = owner
    entries = plan.steps.map { step in
      let record = manifest?.stages[step.stage]
      return Entry(step: step, record: record, state: Self.state(step, record, owner: owner))
    }
  }

  /// Who holds the lock; asking takes it for an instant, which a starting runner waits out.
  private static func owner(of workspace: Workspace) -> String? {
    do {
      try FileLock.acquire(workspace.lockPath).release()
    } catch let error as FileError where error.kind == .locked {
      return error.detail
    } catch {
      // Without the right to lock there is no telling; the manifest's word stands.
      return "\(error)"
    }
    return nil
  }

  private static func state(_ step: PlanStep, _ record: StageRecord?, owner: String?) -> String {
    switch record?.status ?? .pending {
    case .pending: "pending"
    // What a killed process left behind is an interruption; no ritual is needed to say so.
    case .running: owner == nil ? "interrupted" : "running"
    case .interrupted: "interrupted"
    case .failed: "failed"
    case .done: step.action == .skip ? "done" : "stale"
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
          ("record", entry.record?.json ?? .null),
        ]))
    }
    return .object(
      JSONObject([
        ("pipeline", .string(pipeline)), ("workspace", .string(workspace)),
        ("running", .text(owner)), ("current", .boolean(isCurrent)), ("stages", .array(stages)),
      ]))
  }
}
