/// A point in the course of a stage, as trackers receive it.
public struct MetricRecord: Sendable, Equatable {
  /// One number with its name.
  public struct Value: Sendable, Equatable {
    /// Name, such as `attention` or `accuracy`.
    public let name: String
    /// The number; may be NaN or infinite.
    public let value: Double

    /// A named number.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }

    /// Equal in name and number; NaN equals NaN.
    public static func == (left: Value, right: Value) -> Bool {
      left.name == right.name
        && (left.value == right.value || left.value.isNaN && right.value.isNaN)
    }
  }

  /// What the numbers are about.
  public enum Event: String, Sendable, CaseIterable {
    /// A stage began.
    case started
    /// Loss terms of a training step.
    case step
    /// Metrics on held-out data.
    case evaluated
    /// Final metrics; the stage is done.
    case finished
    /// The stage saved its state and stopped.
    case interrupted
    /// The stage failed.
    case failed
  }

  /// Milliseconds since 1970, UTC.
  public let time: Int
  /// Stage of the pipeline.
  public let stage: String
  /// What happened.
  public let event: Event
  /// Optimiser step, where there is one.
  public let step: Int?
  /// The numbers, in the order to show them.
  public let values: [Value]

  /// A record.
  public init(time: Int, stage: String, event: Event, step: Int?, values: [Value]) {
    self.time = time
    self.stage = stage
    self.event = event
    self.step = step
    self.values = values
  }
}

/// Where metrics go.
///
/// A tracker that cannot deliver must not stop the training: it keeps the failure to itself until it
/// is asked.
public protocol Tracker: Sendable {
  /// Takes a record; returns at once.
  func record(_ record: MetricRecord)
}
