internal import Files

/// An attempt at a stage as `runs/` remembers it, when others have long followed.
struct AttemptRecord: Sendable {
  /// A time in which it was worked on: stopped and gone on with, an attempt has several.
  struct Session: Sendable, Equatable {
    /// When it began, ISO 8601, UTC.
    let started: String
    /// When it ended; nil where it was killed, or goes on.
    var finished: String?
    /// Seconds.
    var seconds: Double?
    /// How it ended.
    var status: StageStatus
    /// The step it was stopped at.
    var step: Int?

    init(
      started: String, finished: String?, seconds: Double?, status: StageStatus, step: Int?
    ) {
      self.started = started
      self.finished = finished
      self.seconds = seconds
      self.status = status
      self.step = step
    }

    init(_ record: StageRecord) {
      self.init(
        started: record.started, finished: record.finished, seconds: record.seconds,
        status: record.status, step: record.step)
    }
  }

  /// Format of the file.
  static let format = 1
  /// The largest file accepted, in bytes.
  static let sizeLimit = 64 << 20

  /// Its identity.
  let id: String
  /// Name of the pipeline.
  let pipeline: String
  /// Program that last wrote it.
  var createdBy: String
  /// Identity of the run in which it began; nil where that is not known.
  let run: String?
  /// Stage of the pipeline.
  let stage: String
  /// Kind of stage.
  let kind: String
  /// All options, also those that change no result, as an object; nil where they are not known.
  let options: JSONValue?
  /// Milliseconds since 1970, UTC, when it began; nil where that is not known.
  let time: Int?
  /// The times in which it was worked on.
  var sessions: [Session]
  /// How it stands, as the manifest had it last.
  var record: StageRecord

  /// What `id` an attempt has that an older version recorded without one: the same at every look.
  static func id(of record: StageRecord, stage: String) throws -> String {
    if let id = record.id, Name.fault(id) == nil { return id }
    let digest = Digest.of("\(try record.fingerprint.digest()) \(record.started)").hexadecimal
    return "\(Name.sanitized(stage))-\(digest.prefix(12))"
  }
}

extension AttemptRecord {
  /// Reads the content of a file.
  ///
  /// - Throws: `JSONFault` for anything that `json` does not give.
  init(json: JSONValue) throws {
    var members = try JSONMembers(json, "content")
    let format = try members.integer("format")
    guard (1...Self.format).contains(format) else {
      throw JSONFault("the format is \(format), this program reads \(Self.format); update distill")
    }
    id = try members.string("id")
    pipeline = try members.string("pipeline")
    createdBy = try members.string("created_by")
    run = try members.optionalString("run")
    stage = try members.string("stage")
    kind = try members.string("kind")
    options = try members.optional("options")
    time = try members.optionalCount("time")
    sessions = try members.array("sessions").map { try Session(JSONMembers($0, "sessions")) }
    record = try StageRecord(JSONMembers(try members.value("record"), "record"))
    try members.end()
    guard options == nil || options?.object != nil else {
      throw JSONFault("content.options: expected an object; " + JSONFault.cure)
    }
  }

  /// The content of its file.
  var json: JSONValue {
    .sorted([
      "format": .integer(Self.format), "id": .string(id), "pipeline": .string(pipeline),
      "created_by": .string(createdBy), "run": .text(run), "stage": .string(stage),
      "kind": .string(kind), "options": options ?? .null,
      "time": time.map { .integer($0) } ?? .null, "sessions": .array(sessions.map(\.json)),
      "record": record.json,
    ])
  }
}

extension AttemptRecord.Session {
  fileprivate init(_ json: JSONMembers) throws {
    var members = json
    let word = try members.string("status")
    guard let status = StageStatus(rawValue: word) else {
      throw JSONFault("sessions.status: unknown status \(printable(word)); " + JSONFault.cure)
    }
    self.init(
      started: try members.string("started"), finished: try members.optionalString("finished"),
      seconds: try members.optionalSeconds("seconds"), status: status,
      step: try members.optionalCount("step"))
    try members.end()
  }

  /// The session as a JSON object.
  var json: JSONValue {
    .sorted([
      "started": .string(started), "finished": .text(finished),
      "seconds": seconds.map { .number($0) } ?? .null, "status": .string(status.rawValue),
      "step": step.map { .integer($0) } ?? .null,
    ])
  }
}
