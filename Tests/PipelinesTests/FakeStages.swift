internal import Files
internal import Pipelines

/// Stages whose whole work is to write down what they were given, so that a test can tell from the
/// output which options, inputs and seed made it.
///
/// An artifact is a file `ARTIFACT <kind>`, a line that means nothing, then the content.
enum FakeArtifact {
  static func write(_ content: String, kind: String, stamp: String = "", to path: String) throws {
    try AtomicFile.write("ARTIFACT \(kind)\n\(stamp)\n\(content)", to: path)
  }

  static func content(_ path: String) throws -> String {
    if isFolder(path) { return "folder" }
    let text = try BoundedReader.text(at: path, limit: 1 << 20)
    guard text.hasPrefix("ARTIFACT ") else { return text }
    return text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).last
      .map(String.init) ?? ""
  }

  /// The digest of the content leaves the stamp out; that of the bytes does not.
  static let probe = ArtifactProbe { path in
    let text = try BoundedReader.text(at: path, limit: 1 << 20)
    guard text.hasPrefix("ARTIFACT ") else { return nil }
    let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
    guard lines.count == 3 else { throw FakeError(message: "\(path): truncated artifact") }
    return ArtifactIdentity(
      kind: String(lines[0].dropFirst(9)),
      digests: OutputDigests(content: Digest.of(String(lines[2])), file: Digest.of(text)))
  }
}

struct FakeError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// Text files in, a model out; saves a checkpoint when it is asked to stop.
struct MakeStage: Stage {
  static let kind = "make"
  static let revision = 1
  static let summary = "Makes a model of texts."
  static let inputs = [
    Port("text", kinds: ["file", "folder"], allowsMany: true, help: "text files")
  ]
  static let outputs = [
    Port("model", kinds: ["model"], help: "the model"),
    Port("log", kinds: ["file"], isOptional: true, help: "a log"),
  ]
  static let fields = [
    OptionField("temperature", .real(0...10), default: .real(1), help: "temperature"),
    OptionField("epochs", .integer(1...100), default: .integer(3), help: "epochs"),
    OptionField("label", .text, help: "a label"),
    OptionField("mode", .choice(["fast", "exact"]), default: .text("exact"), help: "mode"),
    OptionField("bf16", .boolean, default: .boolean(false), help: "precision"),
    OptionField("layers", .texts, help: "layers"),
    OptionField("words", .texts, help: "words"),
    OptionField("constant", .boolean, default: .boolean(false), help: "ignore options"),
    OptionField(
      "logging_steps", .integer(1...1_000), default: .integer(10), help: "log", isSemantic: false),
    OptionField(
      "forget", .boolean, default: .boolean(false), help: "write nothing", isSemantic: false),
    OptionField(
      "flaky", .integer(0...10), default: .integer(0), help: "fail so often", isSemantic: false),
    OptionField("fail", .text, help: "fail with this message", isSemantic: false),
  ]
  let options: OptionValues

  init(_ options: OptionValues) throws {
    if options.text("mode") == "fast", options.integer("epochs") > 50 {
      throw FakeError(message: "mode fast takes at most 50 epochs")
    }
    self.options = options
  }

  func run(_ context: StageContext) throws -> StageResult {
    let checkpoint = context.checkpointFolder + "/step"
    var notes: [String] = []
    if fileExists(checkpoint) {
      notes.append("resumed at \(try BoundedReader.text(at: checkpoint, limit: 100))")
    }
    try ensureDirectory(context.checkpointFolder)
    try AtomicFile.write("7", to: checkpoint)
    if context.isInterrupted() { throw StageInterruption(step: 7) }
    let tries = context.checkpointFolder + "/tries"
    let before = fileExists(tries) ? try BoundedReader.bytes(at: tries, limit: 100).count : 0
    if before < options.integer("flaky") {
      try AtomicFile.write([UInt8](repeating: 0, count: before + 1), to: tries)
      throw FileError(.inputOutput, path: "disk", detail: "flaked")
    }
    if let message = options.optionalText("fail") { throw FakeError(message: message) }
    let text = try context.inputs["text", default: []].map { try FakeArtifact.content($0.path) }
    let content =
      options.boolean("constant")
      ? "constant"
      : "made(\(options["temperature"]),\(context.seed),\(text.joined(separator: "+")))"
    guard let path = context.outputs["model"] else { throw FakeError(message: "no output") }
    if options.boolean("forget") { return StageResult() }
    try FakeArtifact.write(content, kind: "model", stamp: "\(options["temperature"])", to: path)
    if let log = context.outputs["log"] { try AtomicFile.write("log", to: log) }
    return StageResult(
      metrics: [("loss", 0.5), ("accuracy", .nan)], notes: notes,
      outputs: try FakeArtifact.probe.identify(path).map { ["model": $0.digests] } ?? [:])
  }
}

/// A teacher and possibly data in, a model out.
struct TrainStage: Stage {
  static let kind = "train"
  static let revision = 2
  static let summary = "Trains a model on another."
  static let inputs = [
    Port("teacher", kinds: ["model", "folder"], help: "the teacher"),
    Port("data", kinds: ["file"], isOptional: true, help: "more data"),
  ]
  static let outputs = [Port("model", kinds: ["model"], help: "the student")]
  static let fields = [
    OptionField("alpha", .real(0...1), default: .real(0.5), help: "share of the labels")
  ]
  let options: OptionValues

  init(_ options: OptionValues) throws { self.options = options }

  func run(_ context: StageContext) throws -> StageResult {
    let inputs = try (context.inputs["teacher", default: []] + context.inputs["data", default: []])
      .map { try FakeArtifact.content($0.path) }
    guard let path = context.outputs["model"] else { throw FakeError(message: "no output") }
    try FakeArtifact.write(
      "trained(\(options["alpha"]),\(context.seed),\(inputs.joined(separator: "+")))",
      kind: "model", to: path)
    return StageResult(metrics: [("loss", 0.25)])
  }
}

/// Models in, metrics out.
struct ScoreStage: Stage {
  static let kind = "score"
  static let revision = 1
  static let summary = "Scores models."
  static let inputs = [
    Port("models", kinds: ["model"], allowsMany: true, namesMatter: true, help: "the models")
  ]
  static let outputs = [
    Port("report", kinds: ["report"], isOptional: true, help: "the report"),
    Port("pages", kinds: ["folder"], isOptional: true, help: "pages"),
  ]
  static let fields: [OptionField] = []

  init(_ options: OptionValues) throws {}

  func run(_ context: StageContext) throws -> StageResult {
    if let path = context.outputs["report"] {
      try FakeArtifact.write("report", kind: "report", to: path)
    }
    if let path = context.outputs["pages"] {
      try ensureDirectory(path)
      try AtomicFile.write("page", to: path + "/index.html")
    }
    let metrics = context.inputs["models", default: []].map { ($0.name, 1.0) }
    return StageResult(metrics: metrics)
  }
}

let fakeRegistry = StageRegistry([MakeStage.self, TrainStage.self, ScoreStage.self])
