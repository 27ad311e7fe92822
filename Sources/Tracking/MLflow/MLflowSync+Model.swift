internal import Files
internal import HTTP
internal import Pipelines

extension MLflowSync {
  /// Whether an attempt made a model that the server has not yet.
  func owesModel(_ attempt: Attempt) -> Bool {
    // What another attempt has followed is not there any more.
    guard attempt.kind == "export", attempt.isCurrent, Self.status(of: attempt) == "FINISHED",
      !goneModels.contains(attempt.id)
    else { return false }
    guard let run = state.attempts[attempt.id], run.isModelThere else { return true }
    return run.modelSource != nil && registering.map { run.registered != $0.name } ?? false
  }

  /// Brings the server the model that `attempt` exported, and registers it where that is wished.
  ///
  /// - Throws: `MLflowFault`; `FileError` where the model cannot be read.
  func sendModel(of attempt: Attempt) throws {
    guard owesModel(attempt), var run = state.attempts[attempt.id], let number = run.id else {
      return
    }
    if !run.isModelThere {
      switch try send(attempt, &run, number) {
      case .sent: break
      case .never(let reason):
        try send([], tags: [("distill.model", reason)], to: number)
        remarks.append("\(attempt.stage): the model is not sent: \(reason)")
      case .notNow(let reason):
        remarks.append("\(attempt.stage): the model is not sent: \(reason)")
        goneModels.insert(attempt.id)
        return
      }
      run.isModelThere = true
      state.attempts[attempt.id] = run
      try save()
    }
    guard let registering, run.registered != registering.name, let source = run.modelSource else {
      return
    }
    try register(registering, source, run, number)
    run.registered = registering.name
    state.attempts[attempt.id] = run
    try save()
  }

  /// What became of a model.
  private enum ModelFate {
    case sent
    case never(String)
    case notNow(String)
  }

  /// Sends the files.
  private func send(
    _ attempt: Attempt, _ run: inout MLflowState.Run, _ number: String
  ) throws -> ModelFate {
    guard let output = attempt.outputs.first(where: { $0.port == "folder" }), isFolder(output.path),
      try Digest.ofFolder(output.path).hexadecimal == output.content
    else { return .notNow("the exported folder is not there, or was changed since") }
    guard let model = try MLflowModel(output.path) else {
      return .never("transformers has no pipeline for it")
    }
    var place = run.artifacts.map { $0 + "/model" }
    do {
      let made = try makeModel(attempt, number)
      (run.model, place) = (made.id, made.place)
    } catch MLflowFault.absent {
      // A server of version 2: the model is part of the run.
    }
    guard let place, let address = client.address(of: place) else {
      if let id = run.model { abandon(id) }
      run.model = nil
      return .never(
        "the server's artifacts are not reached through it; start it with --serve-artifacts and "
          + "--artifacts-destination")
    }
    let description = model.description(
      run: number, model: run.model, place: place, time: attempt.finished ?? attempt.started)
    let own = MLflowModel.File(
      name: "MLmodel", content: .bytes(Array(try description.indented().utf8) + [0x0A]))
    for file in model.files + [own] {
      try client.put(file.content, at: address + "/" + file.name)
    }
    if let id = run.model {
      try client.call(
        "PATCH", "logged-models/\(id)",
        body: .sorted([
          "model_id": .string(id), "status": .string("LOGGED_MODEL_READY"),
        ]))
      try client.call(
        "POST", "runs/outputs",
        body: .sorted([
          "run_id": .string(number),
          "models": .array([.sorted(["model_id": .string(id), "step": .integer(0)])]),
        ]))
      run.modelSource = "models:/\(id)"
    } else {
      try client.call(
        "POST", "runs/log-model",
        body: .sorted([
          "run_id": .string(number),
          "model_json": .string(String(decoding: try description.encoded(), as: UTF8.self)),
        ]))
      run.modelSource = place
    }
    return .sent
  }

  /// Says of a model's entry that its files will not come.
  private func abandon(_ id: String) {
    let body = JSONValue.sorted([
      "model_id": .string(id), "status": .string("LOGGED_MODEL_UPLOAD_FAILED"),
    ])
    // An entry that stays open misleads nobody who has read why.
    _ = try? client.call("PATCH", "logged-models/\(id)", body: body)
  }

  /// Finds or makes the entry of a model.
  private func makeModel(_ attempt: Attempt, _ number: String) throws -> (id: String, place: String)
  {
    let experiment = try experimentNumber(below: attempt.run)
    let found = try client.call(
      "POST", "logged-models/search",
      body: .sorted([
        "experiment_ids": .array([.string(experiment)]), "max_results": .integer(1),
        "filter": .string("source_run_id = '\(number)'"),
      ]))
    var model = found["models"]?.array?.first?.object
    if model == nil {
      model = try client.call(
        "POST", "logged-models",
        body: .sorted([
          "experiment_id": .string(experiment), "name": .string("model"),
          "source_run_id": .string(number),
          "tags": .array([MLflowDescription.pair("distill.attempt", attempt.id)]),
        ]))["model"]?.object
    }
    let info = model?["info"]?.object
    guard let place = info?["artifact_uri"]?.string else {
      throw MLflowFault.passing("its answer has no place for the model", after: nil)
    }
    return (try MLflowClient.identity(info?["model_id"], "model"), briefly(place, limit: 2_000))
  }

  private func register(
    _ wish: RegisteredModel, _ source: String, _ run: MLflowState.Run, _ number: String
  ) throws {
    do {
      try client.call(
        "POST", "registered-models/create", body: .sorted(["name": .string(wish.name)]))
    } catch MLflowFault.present {
      // Another version of it.
    }
    let filter = "name = '\(wish.name)' and run_id = '\(number)'"
    let found = try client.call("GET", "model-versions/search", query: [("filter", filter)])
    var version = found["model_versions"]?.array?.first?.object?["version"]
    if version == nil {
      var members: [String: JSONValue] = [
        "name": .string(wish.name), "source": .string(source), "run_id": .string(number),
      ]
      if let model = run.model { members["model_id"] = .string(model) }
      version = try client.call("POST", "model-versions/create", body: .sorted(members))[
        "model_version"]?.object?["version"]
    }
    guard let alias = wish.alias else { return }
    try client.call(
      "POST", "registered-models/alias",
      body: .sorted([
        "name": .string(wish.name), "alias": .string(alias),
        "version": .string(try MLflowClient.identity(version, "version")),
      ]))
  }
}
