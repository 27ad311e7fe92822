internal import Files
public import Pipelines

/// The numbers of one attempt at a stage over its course, as the record of its workspace has them.
public struct RecordedSeries: Sendable {
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
    /// `step` for what a training step told, `evaluated` for scores on held-out data.
    public let event: String
    /// Name, such as `attention_loss` or `accuracy`.
    public let name: String
    /// The points, in their order.
    public internal(set) var points: [Point]
  }

  /// Every series, in the order in which they began; final metrics are not among them.
  public private(set) var all: [Series] = []

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
    let path = isAside ? own : workspace.metricsPath
    guard fileExists(path) else { return }
    let reader = try LineReader(path)
    var places: [String: Int] = [:]
    var fault: (any Error)?
    while let (number, text) = try reader.next() {
      if let fault { throw fault }
      do {
        let record = try MetricRecord(line: text, at: "\(path):\(number)")
        // Older versions did not say whose a record is.
        let isOwn =
          record.attempt.map { $0 == attempt.id }
          ?? (record.stage == attempt.stage && attempt.isCurrent)
        if isAside || isOwn { take(record, &places) }
      } catch { fault = error }
    }
  }

  /// A series without points.
  public init() {}

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
    guard fileExists(workspace.metricsPath) else { return [:] }
    let current = Dictionary(
      attempts.filter(\.isCurrent).map { ($0.stage, $0.id) },
      uniquingKeysWith: { first, _ in first })
    var found: [String: RecordedSeries] = [:]
    var places: [String: [String: Int]] = [:]
    let reader = try LineReader(workspace.metricsPath)
    var fault: (any Error)?
    while let (number, text) = try reader.next() {
      if let fault { throw fault }
      do {
        let record = try MetricRecord(line: text, at: "\(workspace.metricsPath):\(number)")
        guard let id = current[record.stage], record.attempt ?? id == id else { continue }
        found[id, default: RecordedSeries()].take(record, &places[id, default: [:]])
      } catch { fault = error }
    }
    return found
  }

  private mutating func take(_ record: MetricRecord, _ places: inout [String: Int]) {
    guard record.event != .finished else { return }
    for number in record.values {
      let key = "\(record.event.rawValue) \(number.name)"
      let point = Point(step: record.step, time: record.time, value: number.value)
      if let place = places[key] {
        all[place].points.append(point)
      } else {
        places[key] = all.count
        all.append(Series(event: record.event.rawValue, name: number.name, points: [point]))
      }
    }
  }
}
