internal import Files
internal import Foundation
internal import Pipelines

/// A run as an MLflow server tells it.
struct MLflowRun {
  private let id: String
  private let info: JSONObject
  private let parameters: [(name: String, value: String)]
  private let tags: [(name: String, value: String)]
  private let metrics: [(name: String, value: Double)]
  private let datasets: [JSONObject]

  /// Reads a run; nil for what has no identity.
  init?(_ run: JSONObject) {
    guard let info = run["info"]?.object,
      let id = info["run_id"]?.string ?? info["run_uuid"]?.string, MLflowClient.isIdentity(id)
    else { return nil }
    (self.id, self.info) = (id, info)
    let data = run["data"]?.object
    func pairs(_ name: String) -> [(name: String, value: String)] {
      (data?[name]?.array ?? []).compactMap { item in
        guard let key = item.object?["key"]?.string else { return nil }
        return (key, item.object?["value"]?.string ?? "")
      }
    }
    parameters = pairs("params")
    tags = pairs("tags")
    metrics = (data?["metrics"]?.array ?? []).compactMap { item in
      guard let key = item.object?["key"]?.string, let value = Self.number(item.object?["value"])
      else { return nil }
      return (key, value)
    }
    datasets = (run["inputs"]?.object?["dataset_inputs"]?.array ?? []).compactMap(\.object)
  }

  private func tag(_ name: String) -> String? { tags.first { $0.name == name }?.value }

  /// The attempt that it is; nil for the run of a pipeline, whose attempts are runs below it.
  ///
  /// - Parameters:
  ///   - experiment: The name of its experiment.
  ///   - place: Where it is recorded.
  /// - Returns: The attempt.
  func attempt(in experiment: String, at place: String) -> Attempt? {
    guard tag("distill.run") == nil || tag("distill.attempt") != nil else { return nil }
    let name = info["run_name"]?.string ?? tag("mlflow.runName") ?? id
    let begin = info["start_time"]?.integer ?? 0
    let end = info["end_time"]?.integer
    var attempt = Attempt(
      id: id, stage: tag("distill.stage") ?? name, status: status, started: Self.time(begin) ?? "")
    attempt.pipeline = tag("distill.pipeline") ?? experiment
    attempt.workspace = place
    attempt.run = tag("mlflow.parentRunId")
    attempt.kind = tag("distill.kind") ?? ""
    attempt.time = begin
    if let end, end > 0 {
      attempt.finished = Self.time(end)
      attempt.seconds = Double(end) / 1000 - Double(begin) / 1000
    }
    let isOurs = tag("distill.attempt") != nil
    for (name, value) in parameters where !(isOurs && name == "kind") {
      if name == "seed" { attempt.seed = value }
      if !isOurs || name != "seed" { attempt.options.append((name, Self.option(value))) }
    }
    attempt.metrics = metrics
    attempt.inputs = things("distill.input.")
    if attempt.inputs.isEmpty { attempt.inputs = datasets.compactMap(Self.thing) }
    attempt.outputs = things("distill.output.")
    takeTags(&attempt)
    takeDescription(&attempt)
    return attempt
  }

  private var status: String {
    switch info["status"]?.string ?? "" {
    case "FINISHED": "done"
    case "FAILED": "failed"
    case "RUNNING", "SCHEDULED": "running"
    default: "interrupted"
    }
  }

  /// Facts of the environment, and tags that people gave.
  private func takeTags(_ attempt: inout Attempt) {
    let environment = "distill.environment."
    for (name, value) in tags {
      if name.hasPrefix(environment) {
        attempt.environment.append((String(name.trimmingPrefix(environment)), value))
      } else if !name.hasPrefix("distill."), !name.hasPrefix("mlflow.") {
        attempt.environment.append((name, value))
      }
    }
  }

  private func takeDescription(_ attempt: inout Attempt) {
    let failed = "failed: "
    guard let words = tag("mlflow.note.content"), !words.isEmpty else { return }
    var notes = words.split(separator: "\n").map(String.init)
    if status == "failed", let first = notes.first, first.hasPrefix(failed) {
      attempt.error = String(first.trimmingPrefix(failed))
      notes.removeFirst()
    }
    attempt.notes = notes
  }

  /// What was read or written, from tags such as `distill.input.PORT.NAME`.
  private func things(_ prefix: String) -> [Attempt.Thing] {
    tags.filter { $0.name.hasPrefix(prefix) }.compactMap { name, value in
      let words = name.trimmingPrefix(prefix)
        .split(separator: ".", maxSplits: 1).map(String.init)
      guard let port = words.first, let thing = words.last, words.count == 2 else { return nil }
      let mark = "sha256:"
      guard let place = value.range(of: mark, options: .backwards) else { return nil }
      let path = value[..<place.lowerBound].trimmingCharacters(in: .whitespaces)
      return Attempt.Thing(
        port: port, name: thing, path: path, content: String(value[place.upperBound...]))
    }
  }

  private static func thing(_ input: JSONObject) -> Attempt.Thing? {
    guard let dataset = input["dataset"]?.object, let name = dataset["name"]?.string else {
      return nil
    }
    let tags = (input["tags"]?.array ?? []).compactMap(\.object)
    let context = tags.first { $0["key"]?.string == "mlflow.data.context" }
    return Attempt.Thing(
      port: context?["value"]?.string ?? "data", name: name,
      path: dataset["source"]?.string ?? "", content: dataset["digest"]?.string ?? "")
  }

  // MARK: - Values

  /// An option as its stage had it: MLflow keeps texts.
  static func option(_ text: String) -> JSONValue {
    switch text {
    case "none", "None": .null
    case "true", "True": .boolean(true)
    case "false", "False": .boolean(false)
    default:
      // What is a number in JSON was one: a version or a code that begins with 0 was not.
      if text.utf8.count <= 40, !text.contains(" "),
        let value = try? StrictJSON.parse(Array(text.utf8), path: "option"), value.real != nil
      {
        value
      } else {
        .string(text)
      }
    }
  }

  /// A number as a server writes it, which for what is not finite is a text.
  static func number(_ value: JSONValue?) -> Double? {
    switch value?.string?.lowercased() {
    case "nan": .nan
    case "infinity", "inf": .infinity
    case "-infinity", "-inf": -.infinity
    default: value?.real
    }
  }

  /// A point of a series; nil for what is none.
  static func point(_ object: JSONObject?) -> RecordedSeries.Point? {
    guard let object, let value = number(object["value"]) else { return nil }
    return RecordedSeries.Point(
      step: object["step"]?.integer ?? 0, time: object["timestamp"]?.integer ?? 0, value: value)
  }

  /// Milliseconds since 1970 as ISO 8601, UTC; nil for what is no time of this age.
  static func time(_ milliseconds: Int) -> String? {
    guard (0...253_402_300_799_000).contains(milliseconds) else { return nil }
    return Date(timeIntervalSince1970: (Double(milliseconds) / 1000).rounded(.down))
      .formatted(.iso8601)
  }
}
