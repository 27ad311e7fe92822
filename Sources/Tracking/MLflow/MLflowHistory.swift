internal import Files
public import Pipelines

/// What an MLflow server remembers of an experiment, as attempts: those that were sent from here as they are in
/// a workspace, runs of other programs as far as they say the same things.
///
/// ```
///   a run                     an attempt              a run                    an attempt
///   run_id                    id                      params                   options, seed, kind
///   tag distill.stage, name   stage                   metrics, the last value  metrics
///   mlflow.parentRunId        run                     inputs, tags distill...  inputs, outputs, environment
/// ```
/// Nothing is written there, an experiment that is not there is not made.
public struct MLflowHistory {
  /// The server, without names and passwords.
  public var place: String { client.server.place }

  private let client: MLflowClient
  /// The most runs that are looked at: the newest.
  private let limit: Int
  private let pageSize: Int

  /// The most points of an attempt that are fetched.
  private static let pointLimit = 2_000_000
  /// The most series of an attempt that are fetched.
  private static let metricLimit = 1_000

  /// Looks at a server.
  ///
  /// - Throws: `PipelineError` (service unavailable) without libcurl.
  public init(_ server: TrackingServer) throws {
    try self.init(server, limit: 20_000, pageSize: 100)
  }

  init(_ server: TrackingServer, limit: Int, pageSize: Int) throws {
    do {
      client = try MLflowClient(server)
    } catch {
      throw PipelineError(.serviceUnavailable, at: server.place, "\(error)")
    }
    self.limit = limit
    self.pageSize = pageSize
  }

  /// The attempts of an experiment.
  ///
  /// - Parameter experiment: Its name or number; empty for the one that the environment names, else `distill`.
  /// - Returns: The attempts, and what was left out, one line each.
  /// - Throws: `PipelineError`: `missingInput` where there is no such experiment, `serviceUnavailable` where the
  ///   server does not answer.
  public func attempts(
    of experiment: String
  ) throws -> (attempts: [Attempt], faults: [String]) {
    try speaking {
      let (number, name) = try find(experiment)
      let page = "\(place)/#/experiments/\(number)"
      var attempts: [Attempt] = []
      var seen: Set<String> = []
      var (looked, damaged) = (0, 0)
      let isCut = try eachRun(of: number) { value in
        looked += 1
        guard let run = value.object.flatMap({ MLflowRun($0) }) else {
          damaged += 1
          return
        }
        // The run above the attempts of a pipeline is none itself; what was sent between two pages moves
        // others to the next.
        guard let attempt = run.attempt(in: name, at: page) else { return }
        if seen.insert(attempt.id).inserted { attempts.append(attempt) }
      }
      Self.markCurrent(&attempts)
      var faults: [String] = []
      if damaged > 0 {
        let words =
          damaged == 1 ? "1 run has no identity and is" : "\(damaged) runs have no identity and are"
        faults.append("\(page): \(words) left out")
      }
      if isCut {
        faults.append("\(page): it has more runs; the newest \(looked) are looked at")
      }
      return (attempts, faults)
    }
  }

  /// The numbers of an attempt over its course.
  ///
  /// - Returns: The series, and what was left out, one line each.
  /// - Throws: `PipelineError` (service unavailable) where the server does not answer.
  public func series(
    of attempt: Attempt
  ) throws -> (series: RecordedSeries, faults: [String]) {
    try speaking {
      guard MLflowClient.isIdentity(attempt.id) else { return (RecordedSeries(), []) }
      var course = Course(budget: AnswerBudget())
      for (name, _) in attempt.metrics.prefix(Self.metricLimit) {
        try take(name, of: attempt.id, &course)
      }
      let left = attempt.metrics.count - Self.metricLimit
      var faults: [String] = []
      func tell(_ fault: String) { faults.append("\(place): \(attempt.id): \(fault)") }
      if course.damaged > 0 { tell("\(course.damaged) points are no numbers and are left out") }
      if let name = course.cut.first {
        tell(
          "\(course.cut.count) series are not there whole, the first is \(briefly(name, limit: 100))"
        )
      }
      if left > 0 { tell("\(left) of \(attempt.metrics.count) series are left out") }
      // Final metrics are points too: those of the moment at which the seconds were told.
      let end = course.series.first { $0.name == "seconds" }?.points.last?.time
      let series = course.series.filter { $0.points.count > 1 || $0.points.first?.time != end }
      return (RecordedSeries(series), faults)
    }
  }

  // MARK: - Asking

  private func speaking<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let fault as MLflowFault {
      throw PipelineError(.serviceUnavailable, at: place, "\(fault)")
    }
  }

  private func find(_ given: String) throws -> (number: String, name: String) {
    let wanted: String
    switch (given.isEmpty, client.server.experiment) {
    case (false, _): wanted = given
    case (true, .named(let name)): wanted = name
    case (true, .numbered(let number)): wanted = number
    case (true, nil): wanted = "distill"
    }
    guard wanted.utf8.count <= 500 else {
      throw PipelineError(
        .usage, at: ServerAddress.prefix, "a name of an experiment has at most 500 bytes")
    }
    if let found = try experiment("get-by-name", ("experiment_name", wanted)) { return found }
    if MLflowClient.isIdentity(wanted),
      let found = try experiment("get", ("experiment_id", wanted))
    {
      return found
    }
    let names = try experimentNames()
    let meant = Suggestion.nearest(to: wanted, among: names).map { "; did you mean \"\($0)\"?" }
    let known = names.isEmpty ? "; it has none" : "; it has " + names.joined(separator: ", ")
    throw PipelineError(
      .missingInput, at: ServerAddress.prefix + briefly(wanted, limit: 200),
      "\(place) has no such experiment\(meant ?? known)")
  }

  private func experiment(
    _ call: String, _ query: (String, String)
  ) throws -> (number: String, name: String)? {
    do {
      let found = try client.call("GET", "experiments/\(call)", query: [query])
      let experiment = found["experiment"]?.object
      let name = experiment?["name"]?.string ?? query.1
      return (try MLflowClient.identity(experiment?["experiment_id"], "experiment"), name)
    } catch MLflowFault.missing {
      return nil
    } catch MLflowFault.refused(_, status: 400, _) where call == "get" {
      // A name where a number is wanted.
      return nil
    }
  }

  private func experimentNames() throws -> [String] {
    let found = try client.call(
      "POST", "experiments/search", body: .sorted(["max_results": .integer(20)]))
    return (found["experiments"]?.array ?? []).compactMap { $0.object?["name"]?.string }
      .map { briefly($0, limit: 100) }
  }

  /// Hands over what a server has for runs, the newest first.
  ///
  /// - Returns: Whether there is more.
  private func eachRun(of experiment: String, _ take: (JSONValue) -> Void) throws -> Bool {
    var budget = AnswerBudget()
    var looked = 0
    var token: String?
    while true {
      var body: [String: JSONValue] = [
        "experiment_ids": .array([.string(experiment)]), "max_results": .integer(pageSize),
        "order_by": .array([.string("attributes.start_time DESC")]),
      ]
      if let token { body["page_token"] = .string(token) }
      // A run has at most 100 tags of 8 kB in a request that made it, and more afterwards.
      let page = try client.answer(
        "POST", "runs/search", body: .sorted(body), limit: AnswerBudget.answer)
      budget.take(page.bytes)
      let listed = page.object["runs"] ?? .null
      guard let runs = listed == .null ? [] : listed.array else {
        throw MLflowFault.lasting(
          "its list of runs is no list; is this the address of an MLflow server?")
      }
      for run in runs.prefix(limit - looked) { take(run) }
      looked += min(runs.count, limit - looked)
      guard let next = Self.token(page.object) else { return runs.count > limit }
      guard next != token, !runs.isEmpty, looked < limit, !budget.isSpent else { return true }
      token = next
    }
  }

  /// What is known of the course of an attempt.
  private struct Course {
    var budget: AnswerBudget
    var series: [(name: String, points: [RecordedSeries.Point])] = []
    var points = 0
    /// Points that are none.
    var damaged = 0
    /// Series of which there is more.
    var cut: [String] = []
  }

  private func take(_ metric: String, of run: String, _ course: inout Course) throws {
    var points: [RecordedSeries.Point] = []
    var token: String?
    var isWhole = false
    while !course.budget.isSpent, course.points < Self.pointLimit {
      var query = [("run_id", run), ("metric_key", metric), ("max_results", "10000")]
      if let token { query.append(("page_token", token)) }
      let page = try client.answer(
        "GET", "metrics/get-history", query: query, limit: 1 << 24)
      course.budget.take(page.bytes)
      let raw = page.object["metrics"]?.array ?? []
      let found = raw.compactMap { MLflowRun.point($0.object) }
      course.damaged += raw.count - found.count
      course.points += found.count
      points += found
      let next = Self.token(page.object)
      isWhole = next == nil
      guard let next, next != token, !raw.isEmpty else { break }
      token = next
    }
    if !isWhole { course.cut.append(metric) }
    guard isWhole || !points.isEmpty else { return }
    let sorted = points.enumerated().sorted {
      ($0.element.step ?? 0, $0.element.time, $0.offset)
        < ($1.element.step ?? 0, $1.element.time, $1.offset)
    }.map(\.element)
    course.series.append((metric, sorted))
  }

  private static func token(_ page: JSONObject) -> String? {
    page["next_page_token"]?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Marks the last attempt at each stage of a pipeline.
  private static func markCurrent(_ attempts: inout [Attempt]) {
    var last: [[String]: Int] = [:]
    for (index, attempt) in attempts.enumerated() {
      let key = [attempt.pipeline, attempt.stage]
      guard let known = last[key] else {
        last[key] = index
        continue
      }
      if (attempts[known].time ?? 0) < (attempt.time ?? 0) { last[key] = index }
    }
    for index in last.values { attempts[index].isCurrent = true }
  }
}
