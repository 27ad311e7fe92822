internal import Files

extension Manifest {
  /// Reads the manifest of a workspace; nil when there is none.
  ///
  /// - Throws: `PipelineError` naming the file and the place when it is damaged or of a newer
  ///   format, `FileError` when it cannot be read.
  public static func read(_ workspace: Workspace) throws -> Manifest? {
    let path = workspace.manifestPath
    guard fileExists(path) else { return nil }
    do {
      let bytes = try BoundedReader.bytes(at: path, limit: sizeLimit)
      let document = try StrictJSON.parse(bytes, path: path)
      let manifest = try decode(document)
      // Other bytes may mean the same (1e5 and 1E5); but nobody has written those.
      guard try text(of: document).utf8.elementsEqual(bytes) else {
        throw JSONFault("damaged: its bytes are not those distill writes; " + JSONFault.cure)
      }
      return manifest
    } catch let fault as JSONFault {
      throw PipelineError(.badData, at: path, fault.message)
    } catch let error as FileError where error.kind == .invalidJSON {
      throw PipelineError(.badData, at: path, "damaged: \(error.detail); " + JSONFault.cure)
    }
  }

  /// Replaces the manifest on disk, whole and durable.
  ///
  /// - Throws: `FileError`; the old one is untouched then.
  func write(to workspace: Workspace) throws {
    let content = json
    let checksum = Digest.of(try content.encoded())
    let document = JSONValue.object(
      JSONObject([("checksum", .string(checksum.hexadecimal)), ("content", content)]))
    try AtomicFile.write(try Self.text(of: document), to: workspace.manifestPath)
  }

  private static func text(of document: JSONValue) throws -> String {
    try document.indented() + "\n"
  }

  private static func decode(_ document: JSONValue) throws -> Manifest {
    var outer = try JSONMembers(document, "manifest")
    let checksum = try outer.digest("checksum")
    let content = try outer.value("content")
    try outer.end()
    guard Digest.of(try content.encoded()) == checksum else {
      throw JSONFault("damaged: the content does not match its checksum; " + JSONFault.cure)
    }
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
  fileprivate init(_ json: JSONMembers) throws {
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

  /// The record as `status` shows it and the manifest keeps it.
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
