internal import Files

/// Finds on an MLflow server where the files of a model are.
struct ModelSearch {
  let client: MLflowClient

  /// How often one thing may point at another.
  private static let hops = 4

  /// What a search came to.
  enum Outcome {
    /// The files lie here, in parts of a path below the root of all artifacts.
    case place([String])
    /// Nothing of this name is there, in words.
    case nothing(String)
  }

  /// The version that an alias means now; nil where there is no such alias.
  ///
  /// - Throws: `MLflowFault`.
  func version(of name: String, alias: String) throws -> String? {
    let query = [("name", name), ("alias", alias)]
    let asked: JSONObject?
    do {
      asked = try Self.present {
        try client.call("GET", "registered-models/alias", query: query)
      }
    } catch MLflowFault.refused(_, status: 400, code: "INVALID_PARAMETER_VALUE") {
      // Of an alias that is not there servers say that the question is wrong.
      return nil
    }
    guard let found = asked else { return nil }
    return try MLflowClient.identity(found["model_version"]?.object?["version"], "version")
  }

  /// Where the files are.
  ///
  /// - Throws: `MLflowFault`.
  func place(of meaning: ModelAddress.Meaning) throws -> Outcome {
    var meaning = meaning
    for _ in 0..<Self.hops {
      switch meaning {
      case .alias(let name, let alias):
        guard let version = try version(of: name, alias: alias) else {
          return .nothing("the registry has no model \(name) with the alias \(alias)")
        }
        meaning = .version(name: name, version: version)
      case .version(let name, let version):
        switch try source(of: name, version) {
        case .meaning(let next): meaning = next
        case .outcome(let outcome): return outcome
        }
      case .logged(let model):
        let found = try Self.present { try client.call("GET", "logged-models/\(model)") }
        guard let model = found?["model"]?.object else { return .nothing("it has no such model") }
        return try Self.place(ofLogged: model)
      case .run(let run, let path): return try place(ofRun: run, path)
      }
    }
    throw MLflowFault.lasting("the registry's versions point at one another")
  }

  private enum Source {
    case meaning(ModelAddress.Meaning)
    case outcome(Outcome)
  }

  private func source(of name: String, _ version: String) throws -> Source {
    let query = [("name", name), ("version", version)]
    let found = try Self.present {
      try client.call("GET", "model-versions/get", query: query)
    }
    guard let entry = found?["model_version"]?.object else {
      return .outcome(.nothing("the registry has no version \(version) of \(name)"))
    }
    let source = entry["source"]?.string ?? ""
    if MLflowClient.parts(ofPlace: source) == nil,
      let next = ModelAddress.meaning(ofPlain: source)
    {
      return .meaning(next)
    }
    let stored = try client.call("GET", "model-versions/get-download-uri", query: query)
    return .outcome(.place(try Self.parts(stored["artifact_uri"]?.string ?? source)))
  }

  private func place(ofRun run: String, _ path: String) throws -> Outcome {
    let found = try Self.present { try client.call("GET", "runs/get", query: [("run_id", run)]) }
    guard let info = found?["run"]?.object?["info"]?.object else {
      return .nothing("it has no such run")
    }
    // In MLflow 3 a model is a thing of its own, which the run made.
    if MLflowClient.isIdentity(path),
      let model = try logged(run, path, experiment: info["experiment_id"])
    {
      return try Self.place(ofLogged: model)
    }
    let root = try Self.parts(info["artifact_uri"]?.string ?? "")
    return .place(root + path.split(separator: "/").map(String.init))
  }

  private func logged(
    _ run: String, _ name: String, experiment: JSONValue?
  ) throws -> JSONObject? {
    let body = JSONValue.sorted([
      "experiment_ids": .array([.string(try MLflowClient.identity(experiment, "experiment"))]),
      "filter": .string("source_run_id = '\(run)' AND name = '\(name)'"),
      "max_results": .integer(50),
    ])
    do {
      let models = try client.call("POST", "logged-models/search", body: body, limit: 1 << 24)
      let entries = (models["models"]?.array ?? []).compactMap(\.object)
      // The same name may have been logged more than once: the last counts.
      return entries.max { Self.time(of: $0) < Self.time(of: $1) }
    } catch MLflowFault.absent {
      // A server of version 2 knows none.
      return nil
    }
  }

  private static func time(of model: JSONObject) -> Int {
    model["info"]?.object?["creation_timestamp_ms"]?.integer ?? 0
  }

  private static func place(ofLogged model: JSONObject) throws -> Outcome {
    let info = model["info"]?.object
    let status = info?["status"]?.string ?? ""
    guard !["LOGGED_MODEL_PENDING", "LOGGED_MODEL_UPLOAD_FAILED"].contains(status) else {
      throw MLflowFault.lasting("the model is not there whole (\(status)); log it again")
    }
    return .place(try parts(info?["artifact_uri"]?.string ?? ""))
  }

  private static func parts(_ place: String) throws -> [String] {
    guard let parts = MLflowClient.parts(ofPlace: place) else {
      let scheme = briefly(String(place.prefix { $0 != ":" }), limit: 40)
      throw MLflowFault.lasting(
        "the files are not reached through the server (\(scheme)); start it with --serve-artifacts and "
          + "--artifacts-destination, or download the model with Python's mlflow and give its folder"
      )
    }
    return parts
  }

  /// What a call gives; nil where the server says that what it is about is not there.
  private static func present(_ call: () throws -> JSONObject) throws -> JSONObject? {
    do {
      return try call()
    } catch MLflowFault.missing {
      return nil
    }
  }
}
