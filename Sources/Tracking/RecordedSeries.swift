public import Files
public import Pipelines

/// The numbers of one attempt at a stage over its course, as the record of its workspace has them.
public struct RecordedSeries: Sendable {
  /// Numbers that belong to one moment.
  public struct Moment: Sendable {
    /// What they are: `step` for what a training step told, `evaluated` for scores on held-out data.
    public let event: String
    /// Optimiser step; nil where there is none.
    public let step: Int?
    /// Milliseconds since 1970, UTC.
    public let time: Int
    /// Names and numbers, in the order to show them; a number may be NaN or infinite.
    public let values: [(name: String, value: Double)]
  }

  /// One number at one time.
  public struct Point: Sendable, Equatable {
    /// Optimiser step; nil where there is none.
    public let step: Int?
    /// Milliseconds since 1970, UTC.
    public let time: Int
    /// The number; may be NaN or infinite.
    public let value: Double
  }

  /// One number over the course.
  public struct Series: Sendable, Equatable {
    /// As a moment's.
    public let event: String
    /// Name, such as `attention_loss` or `accuracy`.
    public let name: String
    /// The points, in their order.
    public internal(set) var points: [Point]
  }

  /// Every moment, in the order of time; final metrics are not among them.
  public private(set) var moments: [Moment] = []

  /// The series of an attempt that has recorded nothing.
  public init() {}

  /// Series that a server kept; scores on held-out data begin with `eval_` there.
  init(_ series: [(name: String, points: [Point])]) {
    let prefix = "eval_"
    var places: [String: Int] = [:]
    var collected: [(event: String, step: Int?, time: Int, values: [(String, Double)])] = []
    for (name, points) in series {
      let isScore = name.hasPrefix(prefix) && name != prefix
      let event = isScore ? MetricRecord.Event.evaluated : .step
      let shown = isScore ? String(name.trimmingPrefix(prefix)) : name
      for point in points {
        let key = "\(event.rawValue) \(point.step ?? -1) \(point.time)"
        if let place = places[key] {
          collected[place].values.append((shown, point.value))
        } else {
          places[key] = collected.count
          collected.append((event.rawValue, point.step, point.time, [(shown, point.value)]))
        }
      }
    }
    let order = collected.indices.sorted {
      (collected[$0].time, collected[$0].step ?? 0, $0)
        < (collected[$1].time, collected[$1].step ?? 0, $1)
    }
    moments = order.map { index in
      let moment = collected[index]
      return Moment(
        event: moment.event, step: moment.step, time: moment.time,
        values: moment.values.map { ($0.0, $0.1) })
    }
  }

  /// Reads the series of an attempt.
  ///
  /// - Parameters:
  ///   - attempt: The attempt.
  ///   - workspace: Where it was made.
  /// - Throws: `FileError` or an error naming the line where the record is damaged; a last line that is
  ///   just being written is left out.
  public init(of attempt: Attempt, in workspace: Workspace) throws {
    let own = workspace.seriesPath(of: attempt.id)
    let isAside = fileExists(own)
    try Self.read(isAside ? own : workspace.metricsPath) { record in
      // Older versions did not say whose a record is.
      let isOwn =
        record.attempt.map { $0 == attempt.id }
        ?? (record.stage == attempt.stage && attempt.isCurrent)
      if isAside || isOwn { take(record) }
    }
  }

  /// Reads what stages that are not done have recorded so far.
  ///
  /// - Parameters:
  ///   - stages: The stages; of each counts its last attempt.
  ///   - workspace: Where they work.
  /// - Returns: A series for each by its name, empty where nothing is recorded.
  /// - Throws: As `init(of:in:)`.
  public static func read(
    of stages: [UnfinishedStage], in workspace: Workspace
  ) throws -> [String: RecordedSeries] {
    let attempts = Dictionary(stages.map { ($0.name, $0.attempt) }) { first, _ in first }
    var series = attempts.mapValues { _ in RecordedSeries() }
    guard !stages.isEmpty else { return series }
    try read(workspace.metricsPath) { record in
      guard let attempt = attempts[record.stage] else { return }
      guard attempt == nil || record.attempt == nil || record.attempt == attempt else { return }
      if record.attempt == nil, record.event == .finished {
        // What an older version recorded before the end of a stage is of a time before it began anew.
        series[record.stage] = RecordedSeries()
      }
      series[record.stage]?.take(record)
    }
    return series
  }

  /// Reads a record line by line.
  ///
  /// Nothing is read where there is none; the last line alone may be half-written. What is written while
  /// it is read does not count: a training may write faster than it is read.
  private static func read(_ path: String, _ take: (MetricRecord) -> Void) throws {
    guard fileExists(path) else { return }
    let size = try statSignature(path).size
    let reader = try LineReader(path)
    var fault: (any Error)?
    while reader.bytesRead ?? 0 < size, let (number, text) = try reader.next() {
      if let fault { throw fault }
      do {
        take(try MetricRecord(line: text, at: "\(path):\(number)"))
      } catch let error as TrackingError {
        fault = FileError(
          .invalidText, path: error.path, detail: "\(error.reason); remove the line")
      } catch { fault = error }
    }
  }

  /// Reads the series of the last attempt at each stage, all at once.
  ///
  /// - Parameters:
  ///   - attempts: Attempts of the workspace; only the last at each stage count.
  ///   - workspace: Where they were made.
  /// - Returns: The series by the identity of the attempt; none where nothing was recorded.
  /// - Throws: As `init(of:in:)`.
  public static func ofLast(
    _ attempts: [Attempt], in workspace: Workspace
  ) throws -> [String: RecordedSeries] {
    let current = Dictionary(
      attempts.filter(\.isCurrent).map { ($0.stage, $0.id) },
      uniquingKeysWith: { first, _ in first })
    var found: [String: RecordedSeries] = [:]
    try read(workspace.metricsPath) { record in
      guard let id = current[record.stage], record.attempt ?? id == id else { return }
      found[id, default: RecordedSeries()].take(record)
    }
    return found
  }

  private mutating func take(_ record: MetricRecord) {
    guard record.event != .finished else { return }
    moments.append(
      Moment(
        event: record.event.rawValue, step: record.step, time: record.time,
        values: record.values.map { ($0.name, $0.value) }))
  }
}

extension RecordedSeries {
  /// Every number over the course, in the order in which they began.
  public var all: [Series] {
    var all: [Series] = []
    var places: [String: Int] = [:]
    for moment in moments {
      for (name, value) in moment.values {
        let key = "\(moment.event) \(name)"
        let point = Point(step: moment.step, time: moment.time, value: value)
        if let place = places[key] {
          all[place].points.append(point)
        } else {
          places[key] = all.count
          all.append(Series(event: moment.event, name: name, points: [point]))
        }
      }
    }
    return all
  }

  /// The moments as a JSON array.
  public var json: JSONValue {
    .array(
      moments.map { moment in
        var values = JSONObject()
        for (name, value) in moment.values { values.append(name, .number(value)) }
        return .object(
          JSONObject([
            ("event", .string(moment.event)),
            ("step", moment.step.map { .integer($0) } ?? .null), ("values", .object(values)),
          ]))
      })
  }
}
