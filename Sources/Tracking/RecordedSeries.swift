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
