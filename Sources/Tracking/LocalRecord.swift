internal import Files
public import Pipelines
internal import Synchronization

/// The record that a workspace keeps of a run's numbers, `metrics.jsonl`.
///
/// A stage that begins anew or goes back to a checkpoint first drops what it recorded of the steps it
/// is about to do again, so that each is there once. The record is a convenience: that it cannot be
/// written is told, and stops nothing.
public final class LocalRecord: Tracker {
  private struct State {
    var file: MetricFile?
    /// Stages that have begun and recorded nothing yet.
    var begun: Set<String> = []
  }
  private let path: String
  private let state = Mutex(State())

  /// The record at `path`, which is made when there is something to record.
  public init(_ path: String) { self.path = path }

  /// `metrics were not recorded`.
  public var complaint: String { "metrics were not recorded" }
  /// True.
  public var isRecord: Bool { true }

  /// Records an event; one without numbers is left out.
  ///
  /// - Throws: `TrackingError` or `FileError` where the file cannot be written or is damaged.
  public func take(_ event: RunEvent, at time: Int) throws {
    try state.withLock { state in
      // Opened again after a fault, the file is first freed of a line that was torn.
      var isWhole = false
      defer { if !isWhole { state.file = nil } }
      try take(event, at: time, &state)
      isWhole = true
    }
  }

  private func take(_ event: RunEvent, at time: Int, _ state: inout State) throws {
    switch event {
    case .stageStarted(let stage, _, _):
      state.begun.insert(stage.name)
    case .resumed(let stage, let step, let evaluatedStep):
      state.begun.remove(stage)
      guard fileExists(path) else { return }
      try open(&state).drop { record in
        guard record.stage == stage else { return false }
        return record.step ?? .max > (record.event == .evaluated ? evaluatedStep : step)
      }
    default:
      guard let record = event.metricRecord(at: time) else { return }
      let file = try open(&state)
      // What cannot be dropped is told, and the new record still belongs to the file.
      let drop = Result {
        if state.begun.remove(record.stage) != nil { try file.drop { $0.stage == record.stage } }
      }
      try file.append(record)
      try drop.get()
    }
  }

  private func open(_ state: inout State) throws -> MetricFile {
    if let file = state.file { return file }
    let file = try MetricFile(path)
    state.file = file
    return file
  }
}

extension RunEvent {
  /// The event's numbers, nil where it has none.
  fileprivate func metricRecord(at time: Int) -> MetricRecord? {
    func make(
      _ stage: String, _ kind: MetricRecord.Event, _ step: Int?, _ values: [(String, Double)]
    ) -> MetricRecord {
      MetricRecord(
        time: time, stage: stage, event: kind, step: step,
        values: values.map { MetricRecord.Value($0.0, $0.1) })
    }
    switch self {
    case .step(let stage, let step):
      return make(
        stage, .step, step.step,
        step.terms + [
          ("epoch", step.epoch), ("learning_rate", step.learningRate),
          ("tokens_per_second", step.tokensPerSecond),
        ])
    case .evaluated(let stage, let step, let metrics):
      return make(stage, .evaluated, step, metrics)
    case .stageFinished(let name, let seconds, let metrics):
      return make(name, .finished, nil, metrics + [("seconds", seconds)])
    default: return nil
    }
  }
}
