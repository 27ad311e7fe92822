import Artifacts
import Files
import Pipelines
import Transformer

/// Where a training begins: with a model that the user names, or where a finished training of the same
/// stage ended, which it extends.
///
/// An extension is a training of its own: it takes the weights, and nothing else, of a model that the
/// same stage made of the same data and the same teacher. Optimiser, warm-up, schedule and scores begin
/// anew. Its draws (order of the data, dropout, masks) come from a seed that follows from the stage's
/// seed and the model's content: under the seed itself it would see again what it has seen. So its bits
/// are those of a training that starts from the model under that seed, and what it came from is an
/// input like any other, in its fingerprint and in the artifact.
struct StartingPoint {
  /// The input that names what is extended.
  static let port = "extend"

  /// The port `extend` of a stage whose trainings begin with the model at `port`.
  static func port(insteadOf port: String) -> Port {
    Port(
      Self.port, kinds: ["model", "folder"], isOptional: true, insteadOf: port,
      help: "finished model of this stage to train further, in place of \(port.spoken)")
  }

  /// The model.
  let source: ModelSource
  /// Seed of every draw of the training.
  let seed: UInt64
  /// What a reader should know.
  let notes: [String]
  /// The port whose model begins a training of its own.
  private let port: String
  private var isExtension: Bool { !notes.isEmpty }

  /// Opens what a training begins with; nil where nothing is given.
  ///
  /// - Parameters:
  ///   - context: The stage's surroundings; what is extended is told there.
  ///   - port: The input that names a model to start from.
  /// - Throws: What is wrong with the model, and with its being extended here.
  init?(_ context: StageContext, port: String) throws {
    self.port = port
    guard let extended = context.input(Self.port) else {
      guard let path = context.input(port)?.path else { return nil }
      source = try ModelSource(path)
      seed = context.seed
      notes = []
      return
    }
    source = try ModelSource(extended.path)
    let given = context.inputDigests.mapValues(Optional.some)
    try Self.check(source, madeFrom: given, insteadOf: port)
    seed = Self.seed(context.seed, extending: extended.contentDigest)
    let trained = RecordedTraining(
      of: extended.path, content: extended.contentDigest,
      workspace: Workspace(path: splitPath(splitPath(context.checkpointFolder).folder).folder))
    let weights = trained.map { "weights after step \($0.step) of \($0.steps)" } ?? "its weights"
    notes = [
      "extends \(printable(extended.path)) (content "
        + "\(extended.contentDigest.hexadecimal.prefix(12)), \(weights)): optimiser, warm-up, "
        + "schedule and scores begin anew; data order and dropout are those of seed \(seed), which "
        + "follows from seed \(context.seed) and that model"
    ]
    for note in notes { context.note(note) }
  }

  /// The seed under which a model of this content is trained further: one that an option can name.
  static func seed(_ seed: UInt64, extending content: Digest) -> UInt64 {
    // 60 bits.
    let digits = Digest.of("extend \(seed) \(content.hexadecimal)").hexadecimal.prefix(15)
    return digits.reduce(0) { $0 << 4 | UInt64(clamping: $1.hexDigitValue ?? 0) }
  }

  /// Refuses to extend what is no model of this stage, trained with the same inputs.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - given: Content digests of the stage's inputs by port; nil for one that is not known yet.
  ///   - port: The input that names a model to start from.
  /// - Throws: `ArtifactError` with the difference.
  static func check(
    _ source: ModelSource, madeFrom given: [String: String?], insteadOf port: String
  ) throws {
    guard let recorded = try source.madeFrom() else {
      throw refusal(source, "is a folder, which does not tell what it was trained on", port)
    }
    let starts = [Self.port, port]
    let (own, here) = (
      Set(recorded.keys).subtracting(starts), Set(given.keys).subtracting(starts)
    )
    guard own == here else {
      let names = { (ports: Set<String>) in
        ports.isEmpty ? "nothing" : ports.sorted().map(\.spoken).joined(separator: " and ")
      }
      throw refusal(
        source, "was made of \(names(own)), this training reads \(names(here))", port)
    }
    if given[port] != nil, recorded[port] == nil {
      throw StageError.usage(
        port, "given beside --\(Self.port), whose model was extended and begins with no \(port)",
        cure: "leave it out")
    }
    for (name, digest) in given.sorted(by: { $0.key < $1.key }) where name != Self.port {
      guard digest == nil || recorded[name] == digest else {
        throw refusal(source, "was trained with another \(name.spoken)", port)
      }
    }
  }

  /// Refuses to extend a model that lacks a part of what is trained.
  ///
  /// - Parameters:
  ///   - head: The head of what is trained.
  ///   - drawn: The parameters that the model lacks.
  /// - Throws: `ArtifactError` naming what is missing.
  func requireWhole(_ head: Head, drawn: [String]) throws {
    guard isExtension else { return }
    try Self.check(source, head: head, insteadOf: port)
    guard drawn.isEmpty else {
      throw Self.refusal(source, "lacks \(drawn.joined(separator: ", "))", port)
    }
  }

  /// Refuses to extend a model under another head.
  static func check(_ source: ModelSource, head: Head, insteadOf port: String) throws {
    guard source.head == head else {
      throw refusal(source, "has another head than this training gives it", port)
    }
  }

  private static func refusal(
    _ source: ModelSource, _ fault: String, _ port: String
  ) -> ArtifactError {
    ArtifactError.badData(
      source.path, "cannot be extended here: it \(fault)",
      cure: "give it as --\(port), which begins a training of its own")
  }
}

extension StageContext {
  /// Where a training begins that must begin with a model.
  ///
  /// - Throws: `StageError` where none is given, and as `StartingPoint`.
  func start(_ port: String) throws -> StartingPoint {
    guard let start = try StartingPoint(self, port: port) else {
      throw StageError.missingPort(port)
    }
    return start
  }
}
