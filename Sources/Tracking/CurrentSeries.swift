public import Files

/// The numbers that a stage has recorded so far, in the order of time.
public struct CurrentSeries: Sendable {
  /// Numbers that belong to one moment.
  public struct Point: Sendable {
    /// What they are: the loss of a training `step`, or what was measured of held-out data (`evaluated`).
    public let event: String
    /// The optimiser step after which they were; nil where there was none.
    public let step: Int?
    /// Names and numbers, in the order to show them.
    public let values: [(name: String, value: Double)]
  }

  /// The points of its last attempt.
  public private(set) var points: [Point] = []

  /// A stage that has recorded nothing.
  public init() {}

  /// Reads the record of a workspace.
  ///
  /// - Parameters:
  ///   - path: The record, `metrics.jsonl`; where there is none, nothing is recorded.
  ///   - stages: The stages that matter.
  /// - Returns: A series for each of them.
  /// - Throws: `FileError`, of a line that is no record with its number.
  public static func read(_ path: String, of stages: [String]) throws -> [String: CurrentSeries] {
    var series = Dictionary(
      stages.map { ($0, CurrentSeries()) }, uniquingKeysWith: { first, _ in first })
    guard !stages.isEmpty, fileExists(path) else { return series }
    let reader = try LineReader(path)
    var torn: (any Error)?
    while let (number, text) = try reader.next() {
      // The last line alone may be half-written.
      if let torn { throw torn }
      do {
        let record = try MetricRecord(line: text, at: "\(path):\(number)")
        series[record.stage]?.take(record)
      } catch let error as TrackingError {
        torn = FileError(
          .invalidText, path: error.path, detail: "\(error.reason); remove the line")
      } catch {
        torn = error
      }
    }
    return series
  }

  private mutating func take(_ record: MetricRecord) {
    // What comes before the end of a stage belongs to a run that it begins anew.
    guard record.event != .finished else { return points.removeAll() }
    points.append(
      Point(
        event: record.event.rawValue, step: record.step,
        values: record.values.map { ($0.name, $0.value) }))
  }

  /// The points as a JSON array.
  public var json: JSONValue {
    .array(
      points.map { point in
        var values = JSONObject()
        for (name, value) in point.values { values.append(name, .number(value)) }
        return .object(
          JSONObject([
            ("event", .string(point.event)), ("step", point.step.map { .integer($0) } ?? .null),
            ("values", .object(values)),
          ]))
      })
  }
}
