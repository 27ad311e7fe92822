public import Files

/// How far a run is, as the process that runs it told others not long ago.
public struct RecordedProgress: Sendable, Equatable {
  /// When it was told, in milliseconds since 1970.
  public let time: Int
  /// What was told.
  public let progress: RunProgress
  /// Seconds to the end of the run at that time; nil where nothing was said.
  public let seconds: Double?
  /// Whether it may well be more.
  public let isAtLeast: Bool

  private static let schema = "distill.progress/1"
  /// The largest file accepted, in bytes.
  private static let sizeLimit = 1 << 22

  /// What is to be told at a time in milliseconds since 1970.
  public init(_ progress: RunProgress, at time: Int) {
    self.time = time
    self.progress = progress
    let left = progress.secondsLeft(at: time)
    seconds = left?.seconds
    isAtLeast = left?.isAtLeast ?? false
  }

  /// Seconds to the end of the run at a time; nil where nothing was said.
  public func secondsLeft(at now: Int) -> (seconds: Double, isAtLeast: Bool)? {
    seconds.map { (max(0, $0 - Double(now - time) / 1000), isAtLeast) }
  }

  /// What was last told in a workspace; nil where nothing was, or nothing that can be read: it is about
  /// to be told anew.
  public static func read(in workspace: Workspace) -> RecordedProgress? {
    guard fileExists(workspace.progressPath) else { return nil }
    return try? read(workspace.progressPath)
  }

  /// What a file tells.
  ///
  /// - Throws: `FileError` or `PipelineError` for anything else than what `write` wrote.
  static func read(_ path: String) throws -> RecordedProgress {
    let json = try StrictJSON.read(path, limit: sizeLimit)
    do {
      return try RecordedProgress(json)
    } catch let fault as JSONFault {
      throw PipelineError(.badData, at: path, fault.message)
    }
  }

  /// Tells it to who looks at a workspace.
  ///
  /// - Throws: `FileError` where the file cannot be written.
  public func write(in workspace: Workspace) throws {
    try AtomicFile.write(
      try json.encoded() + [0x0A], to: workspace.progressPath, isDurable: false)
  }

  /// The record as a JSON object.
  var json: JSONValue {
    .object(
      JSONObject([
        ("schema", .string(Self.schema)), ("time", .integer(time)),
        ("run", .string(progress.run)), ("pipeline", .string(progress.pipeline)),
        ("stages", .integer(progress.stages)), ("settled", .integer(progress.settled)),
        ("seconds_left", seconds.map { .number($0) } ?? .null), ("at_least", .boolean(isAtLeast)),
        ("active", .array(progress.active.map(\.json))),
      ]))
  }

  private init(_ json: JSONValue) throws {
    var members = try JSONMembers(json, "progress")
    guard try members.string("schema") == Self.schema else {
      throw JSONFault("progress.schema: expected \(Self.schema)")
    }
    time = try members.count("time")
    seconds = try members.optionalSeconds("seconds_left")
    isAtLeast = try members.value("at_least").boolean ?? false
    progress = RunProgress(
      run: try members.string("run"), pipeline: try members.string("pipeline"),
      stages: try members.count("stages"), settled: try members.count("settled"),
      active: try members.array("active").map(StageProgress.init))
    try members.end()
  }
}

extension StageProgress {
  /// The members of a JSON object.
  public var json: JSONValue {
    .object(
      JSONObject([
        ("stage", .string(name)), ("kind", .string(kind)), ("attempt", .text(attempt)),
        ("began", .integer(began)), ("work", work?.json ?? .null),
        ("training", training?.json ?? .null), ("last", last?.json ?? .null),
        ("best", best?.json ?? .null),
      ]))
  }

  fileprivate init(_ json: JSONValue) throws {
    var members = try JSONMembers(json, "progress.active")
    self.init(
      name: try members.string("stage"), kind: try members.string("kind"),
      attempt: try members.optionalString("attempt"), began: try members.count("began"))
    work = try members.optional("work").map(Work.init)
    training = try members.optional("training").map(Training.init)
    last = try members.optional("last").map(Score.init)
    best = try members.optional("best").map(Score.init)
    try members.end()
  }
}

extension StageProgress.Work {
  fileprivate var json: JSONValue {
    .object(
      JSONObject([
        ("done", .integer(done)), ("total", .integer(total)), ("unit", .string(unit)),
        ("first_done", .integer(firstDone)), ("first_time", .integer(firstTime)),
        ("time", .integer(time)),
      ]))
  }

  fileprivate init(_ json: JSONValue) throws {
    var members = try JSONMembers(json, "progress.active.work")
    self.init(
      done: try members.count("done"), total: try members.count("total"),
      unit: try members.string("unit"), firstDone: try members.count("first_done"),
      firstTime: try members.count("first_time"), time: try members.count("time"))
    try members.end()
  }
}

extension StageProgress.Training {
  fileprivate var json: JSONValue {
    .object(
      JSONObject([
        ("epoch", .number(epoch)), ("losses", .metrics(terms.map { ($0.name, $0.value) })),
        ("learning_rate", .number(learningRate)), ("tokens_per_second", .number(tokensPerSecond)),
        ("seconds_left", secondsLeft.map { .number($0) } ?? .null),
      ]))
  }

  fileprivate init(_ json: JSONValue) throws {
    var members = try JSONMembers(json, "progress.active.training")
    self.init(
      epoch: try members.number("epoch"),
      terms: try members.metrics("losses").map { StageProgress.Value($0.0, $0.1) },
      learningRate: try members.number("learning_rate"),
      tokensPerSecond: try members.number("tokens_per_second"),
      secondsLeft: try members.optionalSeconds("seconds_left"))
    try members.end()
  }
}

extension StageProgress.Score {
  fileprivate var json: JSONValue {
    .object(
      JSONObject([("name", .string(name)), ("value", .number(value)), ("step", .integer(step))]))
  }

  fileprivate init(_ json: JSONValue) throws {
    var members = try JSONMembers(json, "progress.active.score")
    self.init(
      name: try members.string("name"), value: try members.number("value"),
      step: try members.count("step"))
    try members.end()
  }
}

extension JSONMembers {
  /// A number of things, as `optionalCount` takes it.
  fileprivate mutating func count(_ name: String) throws -> Int {
    guard let count = try optionalCount(name) else {
      throw JSONFault("\(path).\(name): expected a whole number")
    }
    return count
  }
}
