internal import Files
public import Pipelines
internal import Synchronization

/// Writes the record of a workspace as one table, `metrics.csv`, whenever a stage ends: a row for each
/// number, with time, stage, attempt, event, step and name.
public final class TableTracker: Tracker {
  private let workspace: Workspace
  /// Whether the workspace is this run's.
  private let hasBegun = Mutex(false)

  /// A tracker that writes the table of a workspace.
  public init(_ workspace: Workspace) { self.workspace = workspace }

  /// `the table of metrics was not written`.
  public var complaint: String { "the table of metrics was not written" }
  /// False.
  public var isRecord: Bool { false }

  /// Writes the table where a stage has begun, after which the numbers of the one before are recorded.
  ///
  /// - Throws: What `finish` throws.
  public func take(_ event: RunEvent, at time: Int) throws {
    switch event {
    case .runStarted: hasBegun.withLock { $0 = true }
    case .stageStarted: try finish()
    default: break
    }
  }

  /// Writes the table.
  ///
  /// - Throws: `FileError` where it cannot be written; an error naming the line of the record that is
  ///   damaged.
  public func finish() throws {
    guard hasBegun.withLock({ $0 }) else { return }
    try AtomicFile.stream(to: workspace.tablePath) { writer in
      try writer.write(Array("time,stage,attempt,event,step,name,value\n".utf8))
      var tail = RecordTail(workspace.metricsPath)
      while case let records = try tail.next(), !records.isEmpty {
        let lines = CSV.lines(records.flatMap(Self.rows))
        try writer.write(Array(lines.map { $0 + "\n" }.joined().utf8))
      }
    }
  }

  private static func rows(_ record: MetricRecord) -> [[String]] {
    record.values.map { number in
      [
        "\(record.time)", record.stage, record.attempt ?? "", record.event.rawValue,
        record.step.map { "\($0)" } ?? "", number.name, "\(number.value)",
      ]
    }
  }
}
