/// A point in the course of a stage, as the local record keeps it.
struct MetricRecord: Sendable, Equatable {
  /// One number with its name.
  struct Value: Sendable, Equatable {
    /// Name, such as `attention_loss` or `accuracy`.
    let name: String
    /// The number; may be NaN or infinite.
    let value: Double

    init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }

    /// Equal in name and number; NaN equals NaN.
    static func == (left: Value, right: Value) -> Bool {
      left.name == right.name
        && (left.value == right.value || left.value.isNaN && right.value.isNaN)
    }
  }

  /// What the numbers are about.
  enum Event: String, Sendable {
    /// Loss terms of a training step.
    case step
    /// Metrics on held-out data.
    case evaluated
    /// Final metrics; the stage is done.
    case finished
  }

  /// Milliseconds since 1970, UTC.
  let time: Int
  /// Stage of the pipeline.
  let stage: String
  /// Identity of the attempt at the stage; nil where it has none, as in records of older versions.
  let attempt: String?
  /// What happened.
  let event: Event
  /// Optimiser step, where there is one.
  let step: Int?
  /// The numbers, in the order to show them.
  let values: [Value]

  init(
    time: Int, stage: String, attempt: String? = nil, event: Event, step: Int?, values: [Value]
  ) {
    self.time = time
    self.stage = stage
    self.attempt = attempt
    self.event = event
    self.step = step
    self.values = values
  }
}
