import Files
import Pipelines
import Tracking

/// Tells what happens in a run as JSON on standard error, one object a line: for `--log-format json`.
///
/// Every object has `schema`, `time` (milliseconds since 1970, UTC) and `kind`, what is about a stage has
/// `stage`; numbers are numbers, but for what is not finite, the texts `nan`, `inf` and `-inf`.
final class EventLog: Tracker {
  /// What the objects are, and how they are made.
  static let schema = "distill.event/1"

  let complaint = "events were not told"
  let isRecord = false

  func take(_ event: RunEvent, at time: Int) {
    let (kind, told) = Self.members(event)
    var members = told
    if let stage = event.stage { members.insert(("stage", .string(stage)), at: 0) }
    Self.tell(kind, members, at: time)
  }

  /// Tells something of a kind.
  static func tell(
    _ kind: String, _ members: [(String, JSONValue)], at time: Int = WallClock.now
  ) {
    var object = JSONObject([
      ("schema", .string(schema)), ("time", .integer(time)), ("kind", .string(kind)),
    ])
    for (name, value) in members { object.append(name, value) }
    guard let bytes = try? JSONValue.object(object).encoded() else { return }
    Output.screen.line(String(decoding: bytes, as: UTF8.self))
  }

  /// Named numbers as an object.
  static func object(_ numbers: [(String, Double)]) -> JSONValue {
    var object = JSONObject()
    for (name, value) in numbers { object.append(name, .number(value)) }
    return .object(object)
  }

  private static func members(_ event: RunEvent) -> (String, [(String, JSONValue)]) {
    switch event {
    case .runStarted(let run, let pipeline, let workspace, let stages):
      return (
        "run_started",
        [
          ("run", .string(run.id)), ("pipeline", .string(pipeline)),
          ("workspace", .string(workspace)), ("stages", .integer(stages)),
        ]
      )
    case .stageStarted(let stage, let record, let reason):
      return (
        "stage_started",
        [
          ("stage_kind", .string(stage.kind.kind)), ("attempt", .text(record.id)),
          ("reason", .string(reason)),
        ]
      )
    case .stageSkipped: return ("stage_current", [])
    case .stageRestored(_, let record): return ("stage_restored", [("attempt", .text(record.id))])
    case .step(_, let step): return ("step", members(step))
    case .pulse(_, let step): return ("pulse", members(step))
    case .progress(_, let done, let total, let unit):
      return (
        "progress",
        [("done", .integer(done)), ("total", .integer(total)), ("unit", .string(unit))]
      )
    case .note(_, let text): return ("note", [("text", .string(text))])
    case .resumed(_, let step, let evaluatedStep):
      return ("resumed", [("step", .integer(step)), ("evaluated_step", .integer(evaluatedStep))])
    case .evaluated(_, let step, let metrics):
      return ("evaluated", [("step", .integer(step)), ("metrics", object(metrics))])
    case .stageFinished(_, let seconds, let metrics):
      return ("stage_finished", [("seconds", .number(seconds)), ("metrics", object(metrics))])
    case .stageInterrupted(_, let step):
      return ("stage_interrupted", [("step", step.map { .integer($0) } ?? .null)])
    case .stageRetried(_, let message, let seconds):
      return ("stage_retried", [("message", .string(message)), ("seconds", .integer(seconds))])
    case .stageBlocked(_, let stages):
      return ("stage_blocked", [("by", .array(stages.map { .string($0) }))])
    case .stageFailed(_, let message): return ("stage_failed", [("message", .string(message))])
    }
  }

  private static func members(_ step: StepEvent) -> [(String, JSONValue)] {
    let own: [(String, JSONValue)] = [
      ("step", .integer(step.step)), ("steps", .integer(step.totalSteps)),
      ("epoch", .number(step.epoch)), ("losses", object(step.terms)),
      ("learning_rate", .number(step.learningRate)),
      ("tokens_per_second", .number(step.tokensPerSecond)),
      ("seconds_left", step.secondsLeft.map { .number($0) } ?? .null),
    ]
    let told = Set(own.map(\.0))
    let others = step.figures.filter { !told.contains($0.name) }
    return own + others.map { ($0.name, JSONValue.number($0.value)) }
  }
}
