internal import Files
internal import Pipelines

/// What a server has of a workspace already: one file for each server and experiment, in `tracking/`.
///
/// It is written before a batch is sent, with the batch in it: whoever goes on after a kill sends the same
/// batch again, which the server then has once, since times and steps are the same.
struct MLflowState {
  /// What the server has of a run.
  struct Run {
    /// Its identity there; nil before it is made.
    var id: String?
    /// Where its artifacts go, as the server says.
    var artifacts: String?
    /// Whether options, inputs and environment are there.
    var isDescribed = false
    /// Whether the final metrics are there.
    var isFinal = false
    /// The status there; empty before one was sent.
    var status = ""
    /// Whether the model that it made is there, or is known to be none.
    var isModelThere = false
    /// The identity of that model there; nil where it is a part of the run.
    var model: String?
    /// What a registry takes the model from.
    var modelSource: String?
    /// The name under which it was registered.
    var registered: String?
    /// Whether it was made by somebody else, who also ends it.
    var isForeign = false
    /// Whether its figures are on the run above it.
    var isHeadlined = false
    /// The last step there of each series.
    var steps: [String: Int] = [:]
  }

  /// Where it is.
  let path: String
  /// The address of the server.
  let server: String
  /// The experiment that was asked for, as `MLflowState.word` has it.
  let experiment: String
  /// Runs of pipelines, by the identity that they have here.
  var runs: [String: Run] = [:]
  /// Attempts at stages, by the identity that they have here.
  var attempts: [String: Run] = [:]
  /// What is being sent: the body of a `log-batch`.
  var pending: JSONValue?

  private static let sizeLimit = 256 << 20
  private static let cure = "remove the file: what it is about is sent again"

  /// What is known of a server and a workspace; new where nothing is.
  ///
  /// - Throws: `PipelineError` where the file is damaged, `FileError` where it cannot be read.
  init(_ workspace: Workspace, _ server: TrackingServer) throws {
    self.server = server.place
    experiment = Self.word(server.experiment)
    let key = Digest.of(self.server + "\n" + experiment).hexadecimal.prefix(12)
    path = "\(workspace.trackingPath)/mlflow-\(key).json"
    guard fileExists(path) else { return }
    try read()
  }

  /// An experiment in one word.
  static func word(_ experiment: TrackingServer.Experiment?) -> String {
    switch experiment {
    case .named(let name): "name:\(name)"
    case .numbered(let number): "id:\(number)"
    case nil: ""
    }
  }

  /// The servers and experiments to which a workspace was sent, the last one first.
  static func known(_ workspace: Workspace) throws -> [(server: String, experiment: String)] {
    guard isFolder(workspace.trackingPath) else { return [] }
    return try folderEntries(workspace.trackingPath)
      .filter { $0.hasPrefix("mlflow-") && $0.hasSuffix(".json") }
      .map { "\(workspace.trackingPath)/\($0)" }
      .map { (path: $0, time: try statSignature($0).modificationTime) }
      .sorted { $0.time > $1.time }
      .map { file in
        let object = try object(at: file.path)
        guard let server = object?["server"]?.string, let word = object?["experiment"]?.string
        else {
          throw damaged(file.path)
        }
        return (server, word)
      }
  }

  private static func damaged(_ path: String) -> PipelineError {
    PipelineError(.badData, at: path, "is damaged; \(cure)")
  }

  private static func object(at path: String) throws -> JSONObject? {
    do {
      return try StrictJSON.read(path, limit: sizeLimit).object
    } catch let error as FileError where error.kind == .invalidJSON {
      throw damaged(path)
    }
  }

  private mutating func read() throws {
    guard let object = try Self.object(at: path),
      object["server"]?.string == server, object["experiment"]?.string == experiment,
      let runs = object["runs"]?.object, let attempts = object["attempts"]?.object
    else { throw Self.damaged(path) }
    for member in runs.members { self.runs[member.name] = try run(member.value) }
    for member in attempts.members { self.attempts[member.name] = try run(member.value) }
    if let pending = object["pending"], pending != .null { self.pending = pending }
  }

  private func run(_ value: JSONValue) throws -> Run {
    guard let object = value.object, let steps = object["steps"]?.object,
      let isDescribed = object["described"]?.boolean, let isFinal = object["final"]?.boolean,
      let status = object["status"]?.string
    else { throw Self.damaged(path) }
    var run = Run(isDescribed: isDescribed, isFinal: isFinal, status: status)
    if let id = object["id"]?.string {
      guard MLflowClient.isIdentity(id) else { throw Self.damaged(path) }
      run.id = id
    }
    if let model = object["model"]?.string {
      guard MLflowClient.isIdentity(model) else { throw Self.damaged(path) }
      run.model = model
    }
    run.artifacts = object["artifacts"]?.string
    run.isModelThere = object["model_there"]?.boolean ?? false
    run.modelSource = object["model_source"]?.string
    run.registered = object["registered"]?.string
    run.isForeign = object["foreign"]?.boolean ?? false
    run.isHeadlined = object["headlined"]?.boolean ?? false
    for member in steps.members {
      guard let step = member.value.integer else { throw Self.damaged(path) }
      run.steps[member.name] = step
    }
    return run
  }

  /// Writes it, whole or not at all.
  ///
  /// - Throws: `FileError`.
  func save() throws {
    try ensureDirectory(splitPath(path).folder)
    let document = JSONValue.sorted([
      "server": .string(server), "experiment": .string(experiment),
      "runs": .sorted(runs.mapValues(\.json)), "attempts": .sorted(attempts.mapValues(\.json)),
      "pending": pending ?? .null,
    ])
    try AtomicFile.write(try document.encoded() + [0x0A], to: path)
  }
}

extension MLflowState.Run {
  fileprivate var json: JSONValue {
    .sorted([
      "id": .text(id), "artifacts": .text(artifacts), "described": .boolean(isDescribed),
      "final": .boolean(isFinal), "status": .string(status), "model": .text(model),
      "model_there": .boolean(isModelThere), "model_source": .text(modelSource),
      "registered": .text(registered), "foreign": .boolean(isForeign),
      "headlined": .boolean(isHeadlined),
      "steps": .sorted(steps.mapValues { .integer($0) }),
    ])
  }
}
