internal import Files

/// A stage with everything that it needs to run, as a value that another process can be given.
struct StageJob: Sendable {
  /// Name of the stage in the pipeline.
  let stage: String
  let kind: any Stage.Type
  let options: OptionValues
  let seed: UInt64
  let inputs: [String: [StageInput]]
  /// Final paths by port.
  let outputs: [String: String]
  let checkpointFolder: String
  let cacheFolder: String
  /// The lock that whoever runs the stage holds.
  let lockPath: String
  let threads: Int
  let allowsNumericChange: Bool

  /// Runs the stage in this process, under its lock.
  ///
  /// - Throws: `FileError` of kind `locked` while another process runs it; what the stage throws.
  func run(
    events: @escaping @Sendable (RunEvent) -> Void,
    isInterrupted: @escaping @Sendable () -> Bool,
    awaitRecord: @escaping @Sendable () -> Void
  ) throws -> StageResult {
    let lock = try FileLock.acquire(lockPath, waitingAtMost: 0.2)
    defer { lock.release() }
    return try kind.init(options).run(
      StageContext(
        stage: stage, inputs: inputs, outputs: outputs, checkpointFolder: checkpointFolder,
        cacheFolder: cacheFolder, seed: seed, threads: threads,
        allowsNumericChange: allowsNumericChange, events: events, isInterrupted: isInterrupted,
        awaitRecord: awaitRecord))
  }
}

extension StageJob {
  /// The job as a JSON object, for `init(json:registry:)`.
  var json: JSONValue {
    .sorted([
      "stage": .string(stage), "kind": .string(kind.kind), "options": options.json,
      "seed": .string("\(seed)"),
      "inputs": .sorted(
        inputs.mapValues { values in
          .array(
            values.map {
              .sorted([
                "name": .string($0.name), "path": .string($0.path),
                "content_sha256": .string($0.contentDigest.hexadecimal),
              ])
            })
        }),
      "outputs": .sorted(outputs.mapValues { .string($0) }),
      "checkpoint_folder": .string(checkpointFolder), "cache_folder": .string(cacheFolder),
      "lock": .string(lockPath), "threads": .integer(threads),
      "allows_numeric_change": .boolean(allowsNumericChange),
    ])
  }

  /// Reads what `json` wrote.
  ///
  /// - Throws: `JSONFault` for anything else, `PipelineError` for options that the kind does not take.
  init(json: JSONValue, registry: StageRegistry) throws {
    var members = try JSONMembers(json, "job")
    let kindName = try members.string("kind")
    guard let kind = registry[kindName] else {
      throw JSONFault("there is no kind of stage \(kindName)")
    }
    guard let seed = UInt64(try members.string("seed")) else {
      throw JSONFault("the seed is no whole number")
    }
    var inputs: [String: [StageInput]] = [:]
    for (port, values) in try members.object("inputs") {
      inputs[port] = try (values.array ?? []).map { value in
        var input = try JSONMembers(value, "inputs.\(port)")
        return StageInput(
          name: try input.string("name"), path: try input.string("path"),
          contentDigest: try input.digest("content_sha256"))
      }
    }
    let outputs = try members.object("outputs").map { ($0.name, $0.value.string ?? "") }
    self.init(
      stage: try members.string("stage"), kind: kind,
      options: try OptionValues(json: try members.value("options"), fields: kind.fields),
      seed: seed, inputs: inputs, outputs: Dictionary(outputs) { first, _ in first },
      checkpointFolder: try members.string("checkpoint_folder"),
      cacheFolder: try members.string("cache_folder"), lockPath: try members.string("lock"),
      threads: try members.integer("threads"),
      allowsNumericChange: try members.value("allows_numeric_change").boolean ?? false)
    try members.end()
  }
}

/// How the work on a stage ended.
enum StageEnding: Sendable {
  /// It is done.
  case done(StageResult)
  /// It saved its state and stopped, after a step when known.
  case interrupted(step: Int?)
  /// It failed: the error in one line, its exit code, and whether another try may succeed.
  case failed(message: String, status: ExitStatus, isTransient: Bool)

  /// The ending that `body` brings about.
  init(
    exitStatus: (any Error) -> ExitStatus, _ body: () throws -> StageResult
  ) {
    do {
      self = .done(try body())
    } catch let interruption as StageInterruption {
      self = .interrupted(step: interruption.step)
    } catch {
      let status = exitStatus(error)
      self = .failed(
        message: briefly((error as? PipelineError)?.lines.joined(separator: "; ") ?? "\(error)"),
        status: status,
        isTransient: status == .inputOutput || status == .serviceUnavailable)
    }
  }
}
