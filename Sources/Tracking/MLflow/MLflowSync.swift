internal import Files
internal import Pipelines

/// Brings a server what it has not yet of a workspace's record: a run for each run of the pipeline, in it one
/// for each attempt at a stage, with options, inputs, series and how it ended.
///
/// The record of the workspace is what is sent from, so nothing is lost while the server is away, and nothing
/// is there twice: what was sent is known (`MLflowState`), a run is looked for before it is made, and points
/// keep the time at which they were.
///
/// ```
///   metrics.jsonl, runs/*.json, manifest.json ──► pass ──► runs/create, log-batch, log-inputs, runs/update
///                                                  │
///                                        tracking/mlflow-*.json
/// ```
final class MLflowSync {
  /// Which attempts are sent.
  enum Scope {
    /// All that the workspace remembers.
    case everything
    /// Those of a run, and those that were begun to be sent.
    case run(String)
  }

  let workspace: Workspace
  let client: MLflowClient
  var state: MLflowState
  /// What the workspace remembers, as last looked at.
  var attempts: [Attempt] = []
  private var manifest: Manifest?
  private var tail: RecordTail
  private var experiment: String?
  /// The experiments of runs of somebody else's, by the runs of the pipeline that are in them.
  private var foreign: [String: String] = [:]
  /// Attempts of whose series, which lie aside, nothing is left to send.
  private var drained: Set<String> = []
  /// Attempts in the record of which the workspace remembers nothing.
  private var strangers: Set<String> = []
  /// Whether the file has a batch in it that has been sent meanwhile.
  private var isPendingStale = false
  /// Records that were sent.
  private(set) var sentRecords = 0
  /// Attempts whose model is not where they put it.
  var goneModels: Set<String> = []
  /// What was not sent, and why.
  var remarks: [String] = []
  /// The name under which models are registered; nil for none.
  let registering: RegisteredModel?

  /// A synchronisation.
  ///
  /// - Throws: `HTTPError` without libcurl; an error naming the file where what was sent is not known.
  init(
    _ workspace: Workspace, _ server: TrackingServer, registering: RegisteredModel? = nil,
    noting: @escaping @Sendable () -> Void = {}
  ) throws {
    self.workspace = workspace
    self.registering = registering
    client = try MLflowClient(server, noting: noting)
    state = try MLflowState(workspace, server)
    tail = RecordTail(workspace.metricsPath)
  }

  /// Takes the right to send what a workspace remembers, which one process has at a time.
  ///
  /// - Throws: `FileError` of kind `locked` where another has it, others where the folder cannot be made.
  static func lock(_ workspace: Workspace) throws -> FileLock {
    try ensureDirectory(workspace.trackingPath)
    return try FileLock.acquire(workspace.trackingPath + "/lock")
  }

  /// Looks at what the workspace remembers.
  ///
  /// - Throws: `PipelineError` or `FileError` where it cannot be read.
  func look() throws {
    manifest = try Manifest.read(workspace)
    attempts = manifest == nil ? [] : try RunHistory(in: [workspace]).attempts
  }

  /// The server's number of the experiment, asked for once.
  ///
  /// - Parameter run: The run of the pipeline below whose run there something is made; nil for none.
  /// - Returns: The number.
  /// - Throws: `MLflowFault`.
  func experimentNumber(below run: String? = nil) throws -> String {
    // Below a run of somebody else's, runs are in its experiment, else nobody sees them there.
    if let run, state.runs[run]?.isForeign == true {
      if let known = foreign[run] { return known }
      let number = try adopted(as: run).experiment
      foreign[run] = number
      return number
    }
    if let experiment { return experiment }
    let number = try client.experiment()
    experiment = number
    return number
  }

  /// Sends everything that is there.
  ///
  /// - Parameters:
  ///   - scope: Which attempts.
  ///   - isRunning: Whether the pipeline's run goes on in this process.
  /// - Throws: `MLflowFault`; what reading the record throws. What was sent stays sent.
  func pass(_ scope: Scope, isRunning: Bool) throws {
    if case .run(let run) = scope { adopt(as: run) }
    try sendPending()
    var wanted = try begin(scope)
    while let newcomer = try sendSeries(of: wanted) {
      // It began after the last look.
      try look()
      if !attempts.contains(where: { $0.id == newcomer }) { strangers.insert(newcomer) }
      wanted = try begin(scope)
    }
    for attempt in wanted { try close(attempt) }
    for attempt in wanted { try sendModel(of: attempt) }
    for run in Set(wanted.compactMap(\.run)).sorted() {
      try closeParent(run, wanted.filter { $0.run == run }, isRunning: isRunning)
    }
    if isPendingStale { try save() }
  }

  /// The attempts that are sent, each with its run.
  private func begin(_ scope: Scope) throws -> [Attempt] {
    let wanted = attempts.filter { includes($0, scope) }
    for attempt in wanted { try makeRun(attempt) }
    return wanted
  }

  /// Remembers what was sent.
  func save() throws {
    try state.save()
    isPendingStale = state.pending != nil
  }

  func includes(_ attempt: Attempt, _ scope: Scope) -> Bool {
    switch scope {
    case .everything: true
    case .run(let run): attempt.run == run || state.attempts[attempt.id] != nil
    }
  }

  // MARK: - Series

  /// Sends what the record has of some attempts.
  ///
  /// - Returns: An attempt that began after the last look: its records are not read yet. Nil where there is
  ///   none, and all is sent.
  private func sendSeries(of wanted: [Attempt]) throws -> String? {
    let known = strangers.union(attempts.map(\.id))
    let owners = RecordOwners(wanted)
    let newcomer = try drain(&tail, knowing: known, owners.owner)
    if let newcomer { return newcomer }
    // A kill may have left those of a current attempt aside.
    for attempt in wanted where !drained.contains(attempt.id) {
      var aside = RecordTail(workspace.seriesPath(of: attempt.id))
      _ = try drain(&aside, knowing: nil) { $0.stage == attempt.stage ? attempt : nil }
      if !attempt.isCurrent { drained.insert(attempt.id) }
    }
    return nil
  }

  /// Sends what is new in a file, up to the first piece of it that has a record of nobody known; nil knows
  /// everybody.
  private func drain(
    _ tail: inout RecordTail, knowing known: Set<String>?, _ owner: (MetricRecord) -> Attempt?
  ) throws -> String? {
    while true {
      let records = try tail.next()
      guard !records.isEmpty else { return nil }
      if let known,
        let newcomer = records.lazy.compactMap(\.attempt).first(where: { !known.contains($0) })
      {
        tail.goBack()
        return newcomer
      }
      do {
        var order: [String] = []
        var groups: [String: [MetricRecord]] = [:]
        for record in records {
          guard let attempt = owner(record) else { continue }
          if groups[attempt.id] == nil { order.append(attempt.id) }
          groups[attempt.id, default: []].append(record)
        }
        for id in order { try send(groups[id] ?? [], of: id) }
      } catch {
        tail.goBack()
        throw error
      }
    }
  }

  private func send(_ records: [MetricRecord], of id: String) throws {
    guard var run = state.attempts[id], let number = run.id else { return }
    var batch = MLflowBatch(run: number)
    for record in records where run.take(record, into: &batch) {
      sentRecords += 1
      if batch.isFull {
        try post(batch, of: id, run)
        batch = MLflowBatch(run: number)
      }
    }
    try post(batch, of: id, run)
  }

  private func post(_ batch: MLflowBatch, of id: String, _ run: MLflowState.Run) throws {
    guard !batch.isEmpty else { return }
    state.attempts[id] = run
    state.pending = batch.body
    try save()
    try sendPending()
  }

  /// Sends what was being sent, perhaps by a process that is gone.
  private func sendPending() throws {
    guard let body = state.pending else { return }
    for part in MLflowBatch.parts(of: body) {
      try client.call("POST", "runs/log-batch", body: part)
    }
    // After a kill before the file says so it is sent again, which changes nothing.
    state.pending = nil
    isPendingStale = true
  }

  // MARK: - Ends

  private func close(_ attempt: Attempt) throws {
    guard var run = state.attempts[attempt.id], let number = run.id else { return }
    let status = Self.status(of: attempt)
    let isDone = status == "FINISHED"
    if isDone, !run.isFinal {
      // The line of the record was lost: the manifest has it too.
      var batch = MLflowBatch(run: number)
      let time = attempt.finished.flatMap(WallClock.milliseconds) ?? WallClock.now
      run.takeFinal(attempt.metrics.map { ($0.name, $0.value) }, time: time, into: &batch)
      try post(batch, of: attempt.id, run)
      state.attempts[attempt.id] = run
    }
    if isDone, !run.isHeadlined, let batch = headlines(of: attempt) {
      run.isHeadlined = true
      try post(batch, of: attempt.id, run)
    }
    guard run.status != status else { return }
    if status != "RUNNING" {
      try send([], tags: MLflowDescription(attempt).closingTags, to: number)
    }
    try update(number, status, ended: attempt.finished.flatMap(WallClock.milliseconds))
    run.status = status
    state.attempts[attempt.id] = run
    try save()
  }

  private func closeParent(_ id: String, _ attempts: [Attempt], isRunning: Bool) throws {
    guard var run = state.runs[id], let number = run.id, !run.isForeign else { return }
    let isLast = manifest?.run?.id == id
    let isOver = !isLast || manifest?.run?.finished != nil
    var status = "KILLED"
    if isOver {
      status = "FINISHED"
    } else if isRunning || attempts.contains(where: { $0.status == "running" }) {
      status = "RUNNING"
    } else if attempts.contains(where: { $0.isCurrent && $0.status == "failed" }) {
      status = "FAILED"
    }
    guard run.status != status else { return }
    let ends = attempts.compactMap { $0.finished.flatMap(WallClock.milliseconds) }
    try update(number, status, ended: ends.max())
    run.status = status
    state.runs[id] = run
    try save()
  }

  private func update(_ number: String, _ status: String, ended: Int?) throws {
    var members: [String: JSONValue] = ["run_id": .string(number), "status": .string(status)]
    if status != "RUNNING" { members["end_time"] = .integer(ended ?? WallClock.now) }
    try client.call("POST", "runs/update", body: .sorted(members))
  }

  static func status(of attempt: Attempt) -> String {
    switch attempt.status {
    case "done", "frozen": "FINISHED"
    case "failed": "FAILED"
    case "running": "RUNNING"
    default: "KILLED"
    }
  }

  /// When a run of the pipeline began.
  func start(ofRun id: String) -> Int {
    if let run = manifest?.run, run.id == id, let time = WallClock.milliseconds(of: run.started) {
      return time
    }
    let times = attempts.filter { $0.run == id }
      .compactMap { $0.time ?? WallClock.milliseconds(of: $0.started) }
    return times.min() ?? WallClock.now
  }
}

extension MLflowState.Run {
  /// Puts a record's points into a batch that are not on the server yet.
  ///
  /// - Returns: Whether there are any.
  mutating func take(_ record: MetricRecord, into batch: inout MLflowBatch) -> Bool {
    guard record.event != .finished else {
      guard !isFinal else { return false }
      takeFinal(record.values.map { ($0.name, $0.value) }, time: record.time, into: &batch)
      return true
    }
    let step = record.step ?? 0
    var isNew = false
    for number in record.values {
      let name = record.event == .evaluated ? "eval_\(number.name)" : number.name
      let key = MLflowDescription.key(name)
      // What is done again after a stop gives the same numbers, which are there.
      guard steps[key].map({ $0 < step }) ?? true else { continue }
      batch.append(key, number.value, time: record.time, step: step)
      steps[key] = step
      isNew = true
    }
    return isNew
  }

  /// Puts final metrics into a batch, but for those of which there is a series.
  mutating func takeFinal(
    _ values: [(String, Double)], time: Int, into batch: inout MLflowBatch
  ) {
    let last = steps.values.max() ?? 0
    for (name, value) in values {
      let key = MLflowDescription.key(name)
      if steps[key] == nil { batch.append(key, value, time: time, step: last) }
    }
    isFinal = true
  }
}
