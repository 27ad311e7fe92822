internal import Files

extension Manifest {
  /// Reads the manifest of a workspace; nil when there is none.
  ///
  /// - Throws: `PipelineError` naming the file and the place when it is damaged or of a newer
  ///   format, `FileError` when it cannot be read.
  public static func read(_ workspace: Workspace) throws -> Manifest? {
    let path = workspace.manifestPath
    guard fileExists(path) else { return nil }
    return try SealedDocument.read(path, name: "manifest", limit: sizeLimit, decode)
  }

  /// Replaces the manifest on disk, whole and durable.
  ///
  /// - Throws: `FileError`; the old one is untouched then.
  func write(to workspace: Workspace) throws {
    try AtomicFile.write(try SealedDocument.text(json), to: workspace.manifestPath)
  }

  private static func decode(_ content: JSONValue) throws -> Manifest {
    var members = try JSONMembers(content, "content")
    let format = try members.integer("format")
    guard (1...Self.format).contains(format) else {
      throw JSONFault("the format is \(format), this program reads \(Self.format); update distill")
    }
    var manifest = Manifest(
      pipeline: try members.string("pipeline"), createdBy: try members.string("created_by"))
    manifest.run = try members.optional("run", mayLack: true).map {
      try RunRecord(JSONMembers($0, "run"))
    }
    manifest.graph = try members.array("graph")
    for (name, value) in try members.object("stages") {
      manifest.stages[name] = try StageRecord(JSONMembers(value, "stages.\(name)"))
    }
    for value in try members.array("sources") {
      let record = try SourceRecord(JSONMembers(value, "sources"))
      manifest.sources[record.path] = record
    }
    try members.end()
    return manifest
  }

  private var json: JSONValue {
    .sorted([
      "format": .integer(Self.format), "pipeline": .string(pipeline),
      "created_by": .string(createdBy), "graph": .array(graph), "run": run?.json ?? .null,
      "stages": .sorted(stages.mapValues(\.json)),
      "sources": .array(sources.keys.sorted().compactMap { sources[$0]?.json }),
    ])
  }
}

extension RunRecord {
  fileprivate init(_ json: JSONMembers) throws {
    var members = json
    self.init(
      id: try members.string("id"), started: try members.string("started"),
      finished: try members.optionalString("finished"))
    try members.end()
  }

  fileprivate var json: JSONValue {
    .sorted(["id": .string(id), "started": .string(started), "finished": .text(finished)])
  }
}

extension StageRecord {
  /// Reads back what `json` gave.
  ///
  /// - Throws: `JSONFault` for anything else.
  init(_ json: JSONMembers) throws {
    var members = json
    let word = try members.string("status")
    guard let status = StageStatus(rawValue: word) else {
      throw JSONFault(
        "\(members.path).status: unknown status \(printable(word)); " + JSONFault.cure)
    }
    self.init(
      status: status, fingerprint: Fingerprint(preimage: try members.value("fingerprint")),
      started: try members.string("started"))
    id = try members.optionalString("id", mayLack: true)
    inputs = try members.array("inputs").map { try InputRecord(JSONMembers($0, "inputs")) }
    outputs = try members.array("outputs").map { try OutputRecord(JSONMembers($0, "outputs")) }
    metrics = try members.metrics("metrics")
    notes = try members.array("notes").map { value in
      guard let note = value.string else {
        throw JSONFault("\(json.path).notes: expected texts; " + JSONFault.cure)
      }
      return note
    }
    finished = try members.optionalString("finished")
    seconds = try members.optionalSeconds("seconds")
    checkpointSeconds = try members.optionalSeconds("checkpoint_seconds", mayLack: true)
    attempts = try members.optionalCount("attempts", mayLack: true)
    owner = try members.optionalString("owner", mayLack: true)
    step = try members.optionalCount("step")
    error = try members.optionalString("error")
    exitCode = try members.optionalCount("exit_code")
    for (name, value) in try members.object("environment") {
      guard let text = value.string else {
        throw JSONFault("\(members.path).environment.\(name): expected a text; " + JSONFault.cure)
      }
      environment[name] = text
    }
    try members.end()
  }

  /// The record as `status` shows it, and as the manifest and the record of attempts keep it.
  var json: JSONValue {
    .sorted([
      "id": .text(id), "status": .string(status.rawValue), "fingerprint": fingerprint.preimage,
      "inputs": .array(inputs.map(\.json)), "outputs": .array(outputs.map(\.json)),
      "metrics": .metrics(metrics), "notes": .array(notes.map { .string($0) }),
      "started": .string(started), "finished": .text(finished),
      "seconds": seconds.map { .number($0) } ?? .null,
      "checkpoint_seconds": checkpointSeconds.map { .number($0) } ?? .null,
      "attempts": attempts.map { .integer($0) } ?? .null, "owner": .text(owner),
      "step": step.map { .integer($0) } ?? .null, "error": .text(error),
      "exit_code": exitCode.map { .integer($0) } ?? .null,
      "environment": .sorted(environment.mapValues { .string($0) }),
    ])
  }
}

extension InputRecord {
  fileprivate init(_ json: JSONMembers) throws {
    var members = json
    self.init(
      port: try members.string("port"), name: try members.string("name"),
      path: try members.string("path"), content: try members.digest("content_sha256"))
    try members.end()
  }

  fileprivate var json: JSONValue {
    .sorted([
      "port": .string(port), "name": .string(name), "path": .string(path),
      "content_sha256": .string(content.hexadecimal),
    ])
  }
}

extension OutputRecord {
  fileprivate init(_ json: JSONMembers) throws {
    var members = json
    self.init(
      port: try members.string("port"), name: try members.string("name"),
      path: try members.string("path"),
      digests: OutputDigests(
        content: try members.digest("content_sha256"), file: try members.digest("file_sha256")),
      signature: PathSignature(text: try members.string("signature")))
    try members.end()
  }

  fileprivate var json: JSONValue {
    .sorted([
      "port": .string(port), "name": .string(name), "path": .string(path),
      "content_sha256": .string(digests.content.hexadecimal),
      "file_sha256": .string(digests.file.hexadecimal), "signature": .string(signature.text),
    ])
  }
}

extension SourceRecord {
  fileprivate init(_ json: JSONMembers) throws {
    var members = json
    self.init(
      path: try members.string("path"), kind: try members.string("kind"),
      content: try members.digest("content_sha256"),
      signature: PathSignature(text: try members.string("signature")))
    try members.end()
  }

  fileprivate var json: JSONValue {
    .sorted([
      "path": .string(path), "kind": .string(kind), "content_sha256": .string(content.hexadecimal),
      "signature": .string(signature.text),
    ])
  }
}
