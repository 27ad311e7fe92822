internal import Files
internal import Foundation
internal import Pipelines

extension MLflowSync {
  /// Makes the run of an attempt, and that of the pipeline's run above it, unless they are there, and says
  /// what the attempt is.
  ///
  /// - Throws: `MLflowFault`; `FileError` where what was sent cannot be remembered.
  func makeRun(_ attempt: Attempt) throws {
    var run = state.attempts[attempt.id] ?? MLflowState.Run()
    if run.id == nil {
      let parent = try attempt.run.map { try makeParent($0, of: attempt) }
      let (number, artifacts) = try make(
        attempt.id, name: attempt.stage,
        start: attempt.time ?? WallClock.milliseconds(of: attempt.started) ?? WallClock.now,
        parent: parent, below: attempt.run)
      run.id = number
      run.artifacts = artifacts
      run.status = "RUNNING"
      state.attempts[attempt.id] = run
      try save()
    }
    guard !run.isDescribed, let number = run.id else { return }
    let description = MLflowDescription(attempt)
    try send(
      description.parameters, tags: description.tags + client.server.tags, to: number)
    let datasets = description.datasets
    if !datasets.isEmpty {
      do {
        try client.call(
          "POST", "runs/log-inputs",
          body: .sorted(["run_id": .string(number), "datasets": .array(datasets)]))
      } catch MLflowFault.absent {
        // Servers before 2.4 have no such call.
      }
    }
    run.isDescribed = true
    state.attempts[attempt.id] = run
    try save()
  }

  private func makeParent(_ id: String, of attempt: Attempt) throws -> String {
    var run = state.runs[id] ?? MLflowState.Run()
    if run.isForeign, !run.isDescribed {
      run.artifacts = try adopted(as: id).artifacts
    } else if run.id == nil {
      let (number, artifacts) = try make(
        id, name: attempt.pipeline, start: start(ofRun: id), parent: nil)
      (run.id, run.artifacts, run.status) = (number, artifacts, "RUNNING")
      state.runs[id] = run
      try save()
    }
    guard let number = run.id else {
      throw MLflowFault.passing("its answer has no identity of the run", after: nil)
    }
    if !run.isDescribed {
      try send([], tags: tags(ofRun: id, attempt), to: number)
      run.isDescribed = true
      state.runs[id] = run
      try save()
    }
    return number
  }

  /// Takes the run of somebody else's that the environment names for that of the pipeline.
  ///
  /// Who made it ends it. It is remembered before the server is asked, which may be away until the environment is another.
  func adopt(as id: String) {
    guard let wanted = client.server.parentRun, state.runs[id] == nil else { return }
    state.runs[id] = MLflowState.Run(id: wanted, status: "RUNNING", isForeign: true)
  }

  /// What the run of a pipeline is called by.
  private func tags(ofRun id: String, _ attempt: Attempt) -> [(name: String, value: String)] {
    var tags = client.server.tags
    tags.append(("distill.run", id))
    tags.append(("distill.pipeline", attempt.pipeline))
    return tags
  }

  /// The run of somebody else's that a run of the pipeline is in, as the server has it.
  func adopted(as id: String) throws -> (artifacts: String?, experiment: String) {
    let wanted = state.runs[id]?.id ?? ""
    let found: JSONObject
    do {
      found = try client.call("GET", "runs/get", query: [("run_id", wanted)])
    } catch MLflowFault.missing {
      state.runs[id] = nil
      try save()
      throw MLflowFault.lasting(
        "it has no run \(wanted), which MLFLOW_RUN_ID names; unset it, distill track sync then makes one"
      )
    }
    guard let run = found["run"]?.object else {
      throw MLflowFault.passing("its answer has no run", after: nil)
    }
    let (_, artifacts) = try Self.identity(of: run)
    let experiment = run["info"]?.object?["experiment_id"]
    return (artifacts, try MLflowClient.identity(experiment, "experiment"))
  }

  /// What an evaluation came to, for the run of the pipeline, where people look first; nil where there is
  /// nothing, or no such run.
  func headlines(of attempt: Attempt) -> MLflowBatch? {
    guard attempt.kind == "evaluate", let id = attempt.run, let above = state.runs[id]?.id else {
      return nil
    }
    var batch = MLflowBatch(run: above)
    let time = attempt.finished.flatMap(WallClock.milliseconds(of:)) ?? WallClock.now
    for (name, value) in attempt.metrics where MLflowDescription.isHeadline(name) {
      let key = attempt.stage == "evaluate" ? name : "\(attempt.stage).\(name)"
      batch.append(MLflowDescription.key(key), value, time: time, step: 0)
      if batch.isFull { break }
    }
    return batch.isEmpty ? nil : batch
  }

  /// Finds a run by the identity that it has here, or makes it: one whose making was never answered is not
  /// made twice.
  private func make(
    _ id: String, name: String, start: Int, parent: String?, below above: String? = nil
  ) throws -> (String, String?) {
    let experiment = try experimentNumber(below: above)
    let mark = MLflowClient.isIdentity(id) ? id : String(Digest.of(id).hexadecimal.prefix(32))
    let found = try client.call(
      "POST", "runs/search",
      body: .sorted([
        "experiment_ids": .array([.string(experiment)]), "max_results": .integer(1),
        "filter": .string("tags.`distill.client_run_id` = '\(mark)'"),
      ]))
    if let run = found["runs"]?.array?.first?.object { return try Self.identity(of: run) }
    let environment = ProcessInfo.processInfo.environment
    let user = environment["USER"] ?? environment["LOGNAME"] ?? "unknown"
    var tags = [
      ("distill.client_run_id", mark), ("mlflow.user", user), ("mlflow.source.name", "distill"),
      ("mlflow.source.type", "LOCAL"),
    ]
    if let parent { tags.append(("mlflow.parentRunId", parent)) }
    let made = try client.call(
      "POST", "runs/create",
      body: .sorted([
        "experiment_id": .string(experiment), "user_id": .string(MLflowDescription.cut(user, 250)),
        "run_name": .string(MLflowDescription.cut(name, 250)), "start_time": .integer(start),
        "tags": .array(
          tags.map { MLflowDescription.pair($0.0, MLflowDescription.cut($0.1, 5_000)) }),
      ]))
    guard let run = made["run"]?.object else {
      throw MLflowFault.passing("its answer has no run", after: nil)
    }
    return try Self.identity(of: run)
  }

  private static func identity(of run: JSONObject) throws -> (String, String?) {
    let info = run["info"]?.object
    let number = try MLflowClient.identity(info?["run_id"] ?? info?["run_uuid"], "run")
    return (number, info?["artifact_uri"]?.string.map { briefly($0, limit: 2_000) })
  }

  /// Sends parameters and tags, as many in a request as it may have.
  func send(
    _ parameters: [(name: String, value: String)], tags: [(name: String, value: String)],
    to number: String
  ) throws {
    let items =
      parameters.map { pair in
        ("params", Self.item(pair, MLflowDescription.parameterLimit))
      } + tags.map { pair in ("tags", Self.item(pair, MLflowDescription.tagLimit)) }
    var batch: [String: [JSONValue]] = [:]
    var bytes = 0
    func flush() throws {
      guard !batch.isEmpty else { return }
      var members = batch.mapValues { JSONValue.array($0) }
      members["run_id"] = .string(number)
      try client.call("POST", "runs/log-batch", body: .sorted(members))
      (batch, bytes) = ([:], 0)
    }
    for (kind, item) in items {
      let size = try item.encoded().count
      if (batch[kind]?.count ?? 0) >= 100 || bytes + size > MLflowBatch.byteLimit { try flush() }
      batch[kind, default: []].append(item)
      bytes += size
    }
    try flush()
  }

  private static func item(_ pair: (name: String, value: String), _ limit: Int) -> JSONValue {
    MLflowDescription.pair(
      MLflowDescription.key(pair.name), MLflowDescription.cut(pair.value, limit))
  }
}
