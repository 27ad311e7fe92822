internal import Files

/// What a stage's process tells its runner, one JSON object a line.
enum StageMessage: Sendable {
  /// Something happened.
  case event(RunEvent)
  /// The stage goes on when it hears that all events so far are recorded.
  case awaitsRecord
  /// The work ended; nothing follows.
  case ended(StageEnding)

  /// The message as one line; nil for an event that concerns the runner alone.
  ///
  /// - Throws: `FileError` if it cannot be encoded.
  func line() throws -> String? {
    guard let json else { return nil }
    return String(decoding: try json.encoded(), as: UTF8.self)
  }

  private var json: JSONValue? {
    switch self {
    case .event(.step(let stage, let step)): Self.json("step", stage, step)
    case .event(.pulse(let stage, let step)): Self.json("pulse", stage, step)
    case .event(.progress(let stage, let done, let total, let unit)):
      .sorted([
        "event": .string("progress"), "stage": .string(stage), "done": .integer(done),
        "total": .integer(total), "unit": .string(unit),
      ])
    case .event(.note(let stage, let text)):
      .sorted(["event": .string("note"), "stage": .string(stage), "text": .string(text)])
    case .event(.resumed(let stage, let step, let evaluatedStep)):
      .sorted([
        "event": .string("resumed"), "stage": .string(stage), "step": .integer(step),
        "evaluated_step": .integer(evaluatedStep),
      ])
    case .event(.evaluated(let stage, let step, let metrics)):
      .sorted([
        "event": .string("evaluated"), "stage": .string(stage), "step": .integer(step),
        "metrics": .metrics(metrics),
      ])
    case .event: nil
    case .awaitsRecord: .sorted(["awaits": .string("record")])
    case .ended(.done(let result)):
      .sorted([
        "ended": .string("done"), "metrics": .metrics(result.metrics),
        "notes": .array(result.notes.map { .string($0) }),
        "checkpoint_seconds": .number(result.checkpointSeconds),
        "outputs": .sorted(
          result.outputs.mapValues {
            .sorted([
              "content": .string($0.content.hexadecimal), "file": .string($0.file.hexadecimal),
            ])
          }),
      ])
    case .ended(.interrupted(let step)):
      .sorted(["ended": .string("interrupted"), "step": step.map { .integer($0) } ?? .null])
    case .ended(.failed(let message, let status, let isTransient)):
      .sorted([
        "ended": .string("failed"), "message": .string(message),
        "status": .integer(Int(status.rawValue)), "transient": .boolean(isTransient),
      ])
    }
  }

  private static func json(_ event: String, _ stage: String, _ step: StepEvent) -> JSONValue {
    .sorted([
      "event": .string(event), "stage": .string(stage), "step": .integer(step.step),
      "total_steps": .integer(step.totalSteps), "epoch": .number(step.epoch),
      "terms": .metrics(step.terms), "learning_rate": .number(step.learningRate),
      "tokens_per_second": .number(step.tokensPerSecond),
      "seconds_left": step.secondsLeft.map { .number($0) } ?? .null,
      "grad_norm": step.gradientNorm.map { .number($0) } ?? .null,
      "resident_memory": step.residentMemory.map { .integer($0) } ?? .null,
    ])
  }

  /// The message that a line holds; nil for a line of somebody else, such as a launcher.
  init?(line: String) {
    guard line.hasPrefix("{"),
      let json = try? StrictJSON.parse(Array(line.utf8), path: "stage process"),
      var members = try? JSONMembers(json, "message")
    else { return nil }
    do {
      if json.member("ended") != nil {
        self = .ended(try StageEnding(&members))
      } else if json.member("awaits") != nil {
        self = .awaitsRecord
      } else {
        self = .event(try Self.event(&members))
      }
    } catch {
      return nil
    }
  }

  private static func event(_ members: inout JSONMembers) throws -> RunEvent {
    let kind = try members.string("event")
    let stage = try members.string("stage")
    switch kind {
    case "step", "pulse":
      let step = StepEvent(
        step: try members.integer("step"), totalSteps: try members.integer("total_steps"),
        epoch: try members.number("epoch"), terms: try members.metrics("terms"),
        learningRate: try members.number("learning_rate"),
        tokensPerSecond: try members.number("tokens_per_second"),
        secondsLeft: try members.optional("seconds_left")?.number,
        gradientNorm: try members.optional("grad_norm", mayLack: true)?.number,
        residentMemory: try members.optional("resident_memory", mayLack: true)?.integer)
      return kind == "step" ? .step(stage: stage, step) : .pulse(stage: stage, step)
    case "progress":
      return .progress(
        stage: stage, done: try members.integer("done"), total: try members.integer("total"),
        unit: try members.string("unit"))
    case "note": return .note(stage: stage, text: try members.string("text"))
    case "resumed":
      return .resumed(
        stage: stage, step: try members.integer("step"),
        evaluatedStep: try members.integer("evaluated_step"))
    case "evaluated":
      return .evaluated(
        stage: stage, step: try members.integer("step"), metrics: try members.metrics("metrics"))
    default: throw JSONFault("unknown event \(kind)")
    }
  }
}

extension StageEnding {
  fileprivate init(_ members: inout JSONMembers) throws {
    switch try members.string("ended") {
    case "done":
      var outputs: [String: OutputDigests] = [:]
      for (port, value) in try members.object("outputs") {
        var digests = try JSONMembers(value, "outputs.\(port)")
        outputs[port] = OutputDigests(
          content: try digests.digest("content"), file: try digests.digest("file"))
      }
      self = .done(
        StageResult(
          metrics: try members.metrics("metrics"),
          notes: try members.array("notes").compactMap(\.string), outputs: outputs,
          checkpointSeconds: try members.number("checkpoint_seconds")))
    case "interrupted": self = .interrupted(step: try members.optionalCount("step"))
    case "failed":
      let code = try members.integer("status")
      self = .failed(
        message: try members.string("message"),
        status: Int32(exactly: code).flatMap(ExitStatus.init(rawValue:)) ?? .inputOutput,
        isTransient: try members.value("transient").boolean ?? false)
    case let word: throw JSONFault("unknown ending \(word)")
    }
  }
}
