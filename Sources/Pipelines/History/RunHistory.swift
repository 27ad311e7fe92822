internal import Files

/// Every attempt at a stage that workspaces remember.
public struct RunHistory: Sendable {
  /// The attempts, the oldest first.
  public private(set) var attempts: [Attempt] = []
  /// What could not be read, one line each.
  public private(set) var faults: [String] = []

  /// Attempts that are at hand, from any source.
  public init(_ attempts: [Attempt]) {
    self.attempts = attempts
    sort()
  }

  /// What workspaces remember.
  ///
  /// A file about one attempt that is damaged is told of in `faults`; the others stand.
  ///
  /// - Throws: `PipelineError` where nothing has run or a manifest is damaged; `FileError` if a folder
  ///   cannot be read.
  public init(in workspaces: [Workspace]) throws {
    var seen: Set<String> = []
    for workspace in workspaces where seen.insert(canonicalPath(workspace.path)).inserted {
      try read(workspace)
    }
    sort()
  }

  private mutating func sort() {
    let keyed = attempts.enumerated().map { place, attempt in
      (
        time: attempt.time ?? WallClock.milliseconds(of: attempt.started) ?? 0, place: place,
        attempt: attempt
      )
    }
    attempts = keyed.sorted { ($0.time, $0.place) < ($1.time, $1.place) }.map(\.attempt)
  }

  private mutating func read(_ workspace: Workspace) throws {
    let archive = AttemptArchive(workspace)
    let manifest = try Manifest.read(workspace)
    let names = try archive.names()
    guard manifest != nil || !names.isEmpty else {
      throw PipelineError(
        .missingInput, at: workspace.path, "nothing has run here yet; run it first")
    }
    var current: [String: (stage: String, record: StageRecord)] = [:]
    for (stage, record) in manifest?.stages ?? [:] {
      current[try AttemptRecord.id(of: record, stage: stage)] = (stage, record)
    }
    for name in names {
      do {
        guard var known = try archive.read(name) else { continue }
        let now = current.removeValue(forKey: known.id)
        // The manifest's word is the newer one.
        if let now { known.record = now.record }
        attempts.append(Attempt(known, isCurrent: now != nil, in: workspace))
      } catch {
        faults.append("\(error)")
      }
    }
    // What an older version recorded and nothing has followed yet.
    for (id, now) in current.sorted(by: { $0.value.stage < $1.value.stage }) {
      let known = AttemptRecord(
        id: id, pipeline: manifest?.pipeline ?? "", createdBy: manifest?.createdBy ?? "",
        run: nil, stage: now.stage,
        kind: now.record.fingerprint.preimage.member("kind")?.string ?? "", options: nil,
        time: nil, sessions: [AttemptRecord.Session(now.record)], record: now.record)
      attempts.append(Attempt(known, isCurrent: true, in: workspace))
    }
  }
}

extension Attempt {
  /// What a workspace remembers.
  init(_ known: AttemptRecord, isCurrent: Bool, in workspace: Workspace) {
    let record = known.record
    var status = record.status
    if status == .running {
      // What a killed process left behind is an interruption.
      let isHeld =
        isCurrent
        && (StatusReport.owner(of: workspace.lockPath(of: known.stage))
          ?? StatusReport.owner(of: workspace.lockPath)) != nil
      if !isHeld { status = .interrupted }
    }
    self.init(
      id: known.id, stage: known.stage, status: status.rawValue,
      started: known.sessions.first?.started ?? record.started)
    pipeline = known.pipeline
    self.workspace = workspace.path
    run = known.run
    kind = known.kind
    self.isCurrent = isCurrent
    finished = record.finished
    let earlier = known.sessions.filter { $0.started != record.started }.compactMap(\.seconds)
    seconds = record.seconds.map { earlier.reduce($0, +) }
    time = known.time
    stops = max(0, known.sessions.count - 1)
    let preimage = record.fingerprint.preimage
    let options = known.options ?? preimage.member("options")
    self.options = (options?.object?.members ?? []).map { ($0.name, $0.value) }
    seed = preimage.member("seed")?.string
    inputs = record.inputs.map {
      Thing(port: $0.port, name: $0.name, path: $0.path, content: $0.content.hexadecimal)
    }
    outputs = record.outputs.map {
      Thing(
        port: $0.port, name: $0.name, path: $0.path, content: $0.digests.content.hexadecimal)
    }
    metrics = record.metrics.map { ($0.0, $0.1) }
    environment = record.environment.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    notes = record.notes
    error = record.error
  }
}
