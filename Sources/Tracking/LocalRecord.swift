internal import Files
public import Pipelines
internal import Synchronization

/// The record that a workspace keeps of a run's numbers: of the last attempt at each stage in
/// `metrics.jsonl`, of those before it in `runs/`, a file each.
///
/// An attempt that goes back to a checkpoint first drops what it recorded of the steps it is about to do
/// again, so that each is there once; what other attempts at the stage recorded makes way into their
/// files, and comes back when one of them is gone on with. The record is a convenience: that it cannot
/// be written is told, and stops nothing.
public final class LocalRecord: Tracker {
  private struct State {
    var file: MetricFile?
    /// Stages that have begun and recorded nothing yet.
    var begun: Set<String> = []
    /// The attempt at each stage that has begun.
    var attempts: [String: String] = [:]
  }
  private let path: String
  private let workspace: Workspace
  private let state = Mutex(State())

  /// The record at `path`, which is made when there is something to record.
  public init(_ path: String) {
    self.path = path
    workspace = Workspace(path: splitPath(path).folder)
  }

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
    case .stageStarted(let stage, let record, _):
      state.begun.insert(stage.name)
      state.attempts[stage.name] = record.id
    case .stageRestored(let stage, let record):
      state.begun.remove(stage)
      state.attempts[stage] = record.id
      guard fileExists(path) || hasSeries(stage, state) else { return }
      try makeWay(stage, goesOn: false, &state) { _ in false }
    case .stageSkipped(let stage, let record):
      // A kill may have come between the manifest's word on what was restored and its numbers.
      guard let id = record?.id, fileExists(workspace.seriesPath(of: id)) else { return }
      state.attempts[stage] = id
      try makeWay(stage, goesOn: false, &state) { _ in false }
    case .resumed(let stage, let step, let evaluatedStep):
      state.begun.remove(stage)
      guard fileExists(path) || hasSeries(stage, state) else { return }
      try makeWay(stage, goesOn: step > 0, &state) {
        $0.step ?? .max > ($0.event == .evaluated ? evaluatedStep : step)
      }
    default:
      guard let stage = event.recordedStage,
        let record = event.metricRecord(at: time, of: state.attempts[stage])
      else { return }
      let file = try open(&state)
      // What cannot make way is told, and the new record still belongs to the file.
      let way = Result {
        if state.begun.remove(stage) != nil {
          try makeWay(stage, goesOn: false, &state) { _ in true }
        }
      }
      try file.append(record)
      try way.get()
    }
  }

  /// Whether numbers of the attempt that begins lie aside.
  private func hasSeries(_ stage: String, _ state: State) -> Bool {
    state.attempts[stage].map { fileExists(workspace.seriesPath(of: $0)) } ?? false
  }

  /// Leaves in the file, of a stage's records, those of the attempt that begins which are not overtaken.
  private func makeWay(
    _ stage: String, goesOn: Bool, _ state: inout State, isOvertaken: (MetricRecord) -> Bool
  ) throws {
    let current = state.attempts[stage]
    let file = try open(&state)
    var added: [UInt8] = []
    if let current, hasSeries(stage, state) {
      let place = workspace.seriesPath(of: current)
      let reader = try LineReader(place)
      while let (number, text) = try reader.next() {
        let record = try MetricRecord(line: text, at: "\(place):\(number)")
        if record.stage == stage, !isOvertaken(record) { added += text.utf8 + [0x0A] }
      }
    }
    let isBroughtBack = !added.isEmpty
    try file.sort(adding: added) { record in
      guard record.stage == stage else { return .stays }
      // Older versions did not say whose a record is: what is gone on with then is what was there.
      let isOwn = record.attempt == current || record.attempt == nil && goesOn
      guard isOwn else { return .moves(to: workspace.seriesPath(of: record.attempt ?? stage)) }
      // Where a kill left a record in both places, the one that comes back counts.
      return isBroughtBack || isOvertaken(record) ? .goes : .stays
    }
    if let current { try removeFile(workspace.seriesPath(of: current)) }
  }

  private func open(_ state: inout State) throws -> MetricFile {
    if let file = state.file { return file }
    let file = try MetricFile(path)
    state.file = file
    return file
  }
}

extension RunEvent {
  /// The stage whose numbers the event has, nil where it has none.
  var recordedStage: String? {
    switch self {
    case .step(let stage, _), .evaluated(let stage, _, _), .stageFinished(let stage, _, _): stage
    default: nil
    }
  }

  /// The event's numbers, nil where it has none.
  func metricRecord(at time: Int, of attempt: String?) -> MetricRecord? {
    func make(
      _ stage: String, _ kind: MetricRecord.Event, _ step: Int?, _ values: [(String, Double)]
    ) -> MetricRecord {
      MetricRecord(
        time: time, stage: stage, attempt: attempt, event: kind, step: step,
        values: values.map { MetricRecord.Value($0.0, $0.1) })
    }
    switch self {
    case .step(let stage, let step):
      return make(
        stage, .step, step.step,
        step.terms + step.figures.map { ($0.name, $0.value) })
    case .evaluated(let stage, let step, let metrics):
      return make(stage, .evaluated, step, metrics)
    case .stageFinished(let name, let seconds, let metrics):
      return make(name, .finished, nil, metrics + [("seconds", seconds)])
    default: return nil
    }
  }
}
