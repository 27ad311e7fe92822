internal import Files

/// The attempts of a workspace, a file each in `runs/`: written when an attempt begins and when it ends.
///
/// The manifest alone says how the last attempt at a stage stands, and is written first: a kill between
/// the two leaves here a word that is older. It is set right before another attempt takes the place.
struct AttemptArchive {
  static let cure = "restore the file, or remove it: nothing but what it remembers is lost"

  private let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// The names of attempts that are there.
  ///
  /// - Throws: `FileError` if the folder cannot be read.
  func names() throws -> [String] {
    guard isFolder(workspace.runsPath) else { return [] }
    return try folderEntries(workspace.runsPath)
      .filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.map { String($0.dropLast(5)) }
  }

  /// What is remembered of an attempt; nil where nothing is.
  ///
  /// - Throws: `PipelineError` naming the file where it is damaged; `FileError` if it cannot be read.
  func read(_ id: String) throws -> AttemptRecord? {
    let path = workspace.attemptPath(id)
    guard fileExists(path) else { return nil }
    return try SealedDocument.read(
      path, name: "attempt", limit: AttemptRecord.sizeLimit, cure: Self.cure
    ) { content in
      let attempt = try AttemptRecord(json: content)
      guard Name.sanitized(attempt.id) == Name.sanitized(id) else {
        throw JSONFault("it is about attempt \(printable(attempt.id)); " + JSONFault.cure)
      }
      return attempt
    }
  }

  /// Remembers that an attempt begins, or goes on.
  ///
  /// - Returns: Why what was remembered of it before is lost; nil where nothing is.
  /// - Throws: `FileError` where it cannot be written.
  func begin(
    _ stage: PipelineStage, _ record: StageRecord, pipeline: String, run: String, createdBy: String
  ) throws -> String? {
    let id = try AttemptRecord.id(of: record, stage: stage.name)
    let options = stage.kind.fields.map { ($0.name, stage.options[$0.name].json) }
    var remark: String?
    var known: AttemptRecord?
    do { known = try read(id) } catch { remark = "what was remembered of it is lost: \(error)" }
    var attempt =
      known
      ?? AttemptRecord(
        id: id, pipeline: pipeline, createdBy: createdBy, run: run, stage: stage.name,
        kind: stage.kind.kind, options: .sorted(Dictionary(options) { first, _ in first }),
        time: WallClock.now, sessions: [],
        record: record)
    if let last = attempt.sessions.indices.last, attempt.sessions[last].status == .running {
      attempt.sessions[last].status = .interrupted
    }
    attempt.sessions.append(AttemptRecord.Session(record))
    attempt.record = record
    attempt.createdBy = createdBy
    try write(attempt)
    return remark
  }

  /// Sees to it that an attempt is remembered as `record` says: when it ends, and before another one
  /// takes its place in the manifest; what runs and is followed was killed.
  ///
  /// - Throws: `FileError` where it cannot be written.
  func keep(_ record: StageRecord, of stage: String, _ manifest: Manifest) throws {
    let id = try AttemptRecord.id(of: record, stage: stage)
    var record = record
    if record.status == .running { record.status = .interrupted }
    let node = manifest.graph.first { $0.member("stage")?.string == stage }
    // What is damaged is replaced by what is known.
    var attempt =
      (try? read(id))
      ?? AttemptRecord(
        id: id, pipeline: manifest.pipeline, createdBy: manifest.createdBy,
        run: manifest.run?.id, stage: stage,
        kind: record.fingerprint.preimage.member("kind")?.string
          ?? node?.member("kind")?.string ?? "",
        options: nil, time: nil, sessions: [], record: record)
    let session = AttemptRecord.Session(record)
    if attempt.sessions.last == session, attempt.record.json == record.json { return }
    let last = attempt.sessions.last
    if last?.status == .running || last?.started == session.started {
      _ = attempt.sessions.popLast()
    }
    attempt.sessions.append(session)
    attempt.record = record
    try write(attempt)
  }

  /// The newest attempt at `stage` under `fingerprint` that has not come to its end.
  ///
  /// - Throws: `FileError` if the folder cannot be read.
  func unfinished(_ stage: String, _ fingerprint: Fingerprint) throws -> String? {
    try names().compactMap { try? read($0) }
      .filter {
        $0.stage == stage && $0.record.fingerprint == fingerprint && !$0.record.status.hasOutputs
      }
      .max { ($0.time ?? 0) < ($1.time ?? 0) }?.id
  }

  private func write(_ attempt: AttemptRecord) throws {
    try ensureDirectory(workspace.runsPath)
    try AtomicFile.write(
      try SealedDocument.text(attempt.json), to: workspace.attemptPath(attempt.id))
  }
}
