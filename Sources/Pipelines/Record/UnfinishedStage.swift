internal import Files

/// Where a stage stands that has begun and is not done, by the record of its workspace.
public struct UnfinishedStage: Sendable {
  /// Its name.
  public let name: String
  /// Its name in the file, the same for all instances of a matrix.
  public var baseName: String { String(name.prefix { $0 != "@" }) }
  /// One word: `running`, `interrupted`, `failed`.
  public let state: String
  /// Who runs it now; nil where nobody does.
  public let owner: String?
  /// The optimiser step that it is known to have reached; nil where none is.
  public let step: Int?
  /// Why it failed.
  public let error: String?
  /// Identity of the attempt; nil where an older version recorded it.
  public let attempt: String?

  /// Those of a workspace that are among some stages, in their order.
  static func all(
    of names: [String], _ manifest: Manifest, in workspace: Workspace
  ) -> [UnfinishedStage] {
    let begun = names.compactMap { name in manifest.stages[name].map { (name, $0) } }
      .filter { !$1.status.hasOutputs && $1.status != .pending }
    guard !begun.isEmpty else { return [] }
    let runner = StatusReport.owner(of: workspace.lockPath)
    let recorded = RecordedSteps.newest(in: workspace.metricsPath)
    return begun.map { name, record in
      let owner =
        record.status == .running
        ? StatusReport.owner(of: workspace.lockPath(of: name)) ?? runner : nil
      // What a killed process left behind is an interruption.
      let isOver = record.status == .running && owner == nil
      let known = record.status == .interrupted ? record.step : nil
      return UnfinishedStage(
        name: name, state: (isOver ? StageStatus.interrupted : record.status).rawValue,
        owner: owner, step: known ?? recorded[name] ?? record.step, error: record.error,
        attempt: record.id)
    }
  }
}
