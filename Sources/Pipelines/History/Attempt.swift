public import Files

/// An attempt at a stage as people look for it and compare it, wherever it was recorded.
///
/// A workspace is one source (`RunHistory`); whoever knows another, such as a tracking server, makes
/// values of this type, and everything that lists, filters and compares works on them.
public struct Attempt: Sendable {
  /// Something that it read or wrote.
  public struct Thing: Sendable, Equatable {
    /// Port.
    public let port: String
    /// Artifact or source.
    public let name: String
    /// Where it was.
    public let path: String
    /// Digest of its content, 64 hexadecimal digits.
    public let content: String

    /// Something that an attempt read or wrote.
    public init(port: String, name: String, path: String, content: String) {
      self.port = port
      self.name = name
      self.path = path
      self.content = content
    }
  }

  /// Its identity.
  public let id: String
  /// Name of the pipeline.
  public var pipeline = ""
  /// Where it was recorded: the folder of a workspace, or the address of a server.
  public var workspace = ""
  /// Identity of the run in which it began; nil where that is not known.
  public var run: String?
  /// Stage of the pipeline.
  public let stage: String
  /// Kind of stage.
  public var kind = ""
  /// One word: `running`, `interrupted`, `failed`, `done`, `frozen`.
  public var status: String
  /// Whether it is the last one at its stage.
  public var isCurrent = false
  /// When it first began, ISO 8601, UTC.
  public var started: String
  /// When it ended.
  public var finished: String?
  /// Seconds that it took, over all stops.
  public var seconds: Double?
  /// Milliseconds since 1970, UTC, when it first began; nil where only `started` is known.
  public var time: Int?
  /// How often it was stopped and gone on with.
  public var stops = 0
  /// Options by name; those that can change the result, and others where they are known.
  public var options: [(name: String, value: JSONValue)] = []
  /// Seed of its random streams.
  public var seed: String?
  /// What it read.
  public var inputs: [Thing] = []
  /// What it wrote; empty unless done.
  public var outputs: [Thing] = []
  /// Final metrics, in their order; empty unless done.
  public var metrics: [(name: String, value: Double)] = []
  /// Versions, machine, threads by name.
  public var environment: [(name: String, value: String)] = []
  /// Remarks.
  public var notes: [String] = []
  /// Why it failed.
  public var error: String?

  /// An attempt of which no more is known; the rest is filled in.
  public init(id: String, stage: String, status: String, started: String) {
    self.id = id
    self.stage = stage
    self.status = status
    self.started = started
  }

  /// So much of the identity as is shown.
  public var shortID: String { String(id.prefix(8)) }
}

extension Attempt {
  /// The attempt as a JSON object; what is not finite is a text, what is not known null.
  public var json: JSONValue {
    func object(_ members: [(String, JSONValue)]) -> JSONValue {
      // Names that come from outside may repeat: the first counts.
      var object = JSONObject()
      for member in members { object.append(member.0, member.1) }
      return .object(object)
    }
    func things(_ list: [Thing]) -> JSONValue {
      .array(
        list.map { thing in
          object([
            ("port", .string(thing.port)), ("name", .string(thing.name)),
            ("path", .string(thing.path)), ("content_sha256", .string(thing.content)),
          ])
        })
    }
    return object([
      ("id", .string(id)), ("pipeline", .string(pipeline)), ("workspace", .string(workspace)),
      ("run", .text(run)), ("stage", .string(stage)), ("kind", .string(kind)),
      ("status", .string(status)), ("current", .boolean(isCurrent)),
      ("started", .string(started)), ("finished", .text(finished)),
      ("seconds", seconds.map { .number($0) } ?? .null), ("stops", .integer(stops)),
      ("seed", .text(seed)), ("options", object(options.map { ($0.name, $0.value) })),
      ("inputs", things(inputs)), ("outputs", things(outputs)),
      ("metrics", object(metrics.map { ($0.name, .number($0.value)) })),
      ("environment", object(environment.map { ($0.name, .string($0.value)) })),
      ("notes", .array(notes.map { .string($0) })), ("error", .text(error)),
    ])
  }
}
