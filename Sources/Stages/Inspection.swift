import Artifacts
import Files
import HDF5
import Interchange
import Tasks
import Text
import Transformer

/// What an artifact or a model folder is and holds, for `distill inspect`.
public struct Inspection {
  /// One stored array.
  public struct Content {
    /// Its name.
    public let name: String
    /// Its element type.
    public let type: String
    /// Its shape.
    public let shape: [Int]
  }

  /// Facts in the order to show them to people.
  public let facts: [(String, String)]
  /// The same as a document has them, under names that stay.
  private let summary: [(String, String)]
  /// What is stored.
  public let contents: [Content]

  /// Why the model cannot be used, where that does not lie in what is shown: its tokenizer is of another
  /// kind, one of its files is missing, or its weights have other shapes than its description.
  public let refusal: (any Error)?

  private let path: String
  private let configuration: [UInt8]
  private let inputs: [UInt8]

  /// Reads and verifies the file.
  ///
  /// - Throws: What is wrong with it; of a folder what keeps its weights from being read.
  public init(_ path: String) throws {
    self.path = path
    try ModelPlace.check(path)
    if isFolder(path) {
      let folder = try HuggingFaceModel(folder: path)
      let source = Result { try ModelSource(path) }
      let facts =
        (try? source.get().facts) ?? ModelSource.facts(of: folder, at: path, tokenizerDigest: "")
      if case .failure(let error) = source.flatMap({ source in Result { try source.checkShapes() } }
      ) {
        refusal = error
      } else {
        refusal = nil
      }
      contents = folder.tensors.map {
        Content(name: $0.name, type: $0.type.rawValue, shape: $0.shape)
      }
      summary =
        [("path", path), ("kind", "Hugging Face model folder")]
        + Self.statements(folder, path)
        + Self.facts(facts, parameters: folder.tensors.reduce(0) { $0 + $1.count })
      self.facts = Self.readable(summary, facts)
      configuration = try CanonicalJSON.encode(facts.configuration)
      inputs = Array("{}".utf8)
      return
    }
    refusal = nil
    let reader = try ArtifactReader(path: path)
    let stamps = [
      ("path", path), ("kind", reader.kind), ("created by", reader.createdBy),
      ("content digest", reader.contentDigest.hexadecimal),
      ("file digest", reader.fileDigest.hexadecimal),
    ]
    if reader.kind == ModelArtifact.kind {
      let source = try ModelSource(path)
      let model = try BertModel(source.configuration, head: source.head)
      summary = stamps + Self.facts(source.facts, parameters: model.layout.count)
      facts = Self.readable(summary, source.facts) + [("made from", Self.origins(reader.inputs))]
    } else {
      summary = stamps
      facts =
        try stamps + Self.facts(of: reader) + [("made from", Self.origins(reader.inputs))]
    }
    contents = reader.datasets.map {
      Content(name: $0.name, type: "\($0.element)", shape: $0.shape)
    }
    configuration = reader.configuration
    inputs = reader.inputs
  }

  /// What the files of a folder say of themselves, heeded or not.
  private static func statements(
    _ folder: HuggingFaceModel, _ path: String
  ) -> [(String, String)] {
    // What keeps the files from being read is told as the refusal.
    let tokenizerClass = (try? Tokenizer.statedClass(folder: path)) ?? nil
    let stated = folder.configuration
    return [
      ("family", stated.model.family.name),
      (
        "classes",
        stated.architectures.isEmpty ? "none" : stated.architectures.joined(separator: ", ")
      ),
      ("problem type", stated.problemType?.rawValue ?? "none"),
      ("tokenizer class", tokenizerClass ?? "none"),
    ]
  }

  private static func facts(_ model: ModelFacts, parameters: Int) -> [(String, String)] {
    let (sizes, labels) = (model.configuration, model.labels ?? [])
    return [
      ("layers", "\(sizes.layerCount)"), ("hidden size", "\(sizes.hiddenSize)"),
      ("heads", "\(sizes.headCount)"), ("intermediate size", "\(sizes.intermediateSize)"),
      ("vocabulary", "\(sizes.vocabularySize)"), ("head", model.foreignHead ?? model.head.spoken),
      ("task", model.foreignTask ?? model.task?.name ?? "none"),
      ("labels", labels.isEmpty ? "none" : labels.joined(separator: ", ")),
      ("parameters", "\(parameters)"),
    ] + (model.hasPairs.map { [("trained on", $0 ? "pairs of texts" : "single texts")] } ?? [])
  }

  /// The facts of a model with its head in words that people expect.
  private static func readable(
    _ summary: [(String, String)], _ model: ModelFacts
  ) -> [(String, String)] {
    summary.map { name, value in (name, name == "head" ? spoken(model) : value) }
  }

  /// A document that the file holds in one of its attributes.
  ///
  /// - Throws: `FileError` naming the file and the attribute where it is no JSON.
  private static func recorded(
    _ document: [UInt8], _ attribute: String, _ path: String
  ) throws -> JSONValue {
    do {
      return try StrictJSON.parse(document, path: path)
    } catch let error as FileError {
      throw FileError(
        error.kind, path: path,
        detail: "`\(attribute)`: \(error.detail); the file is damaged: make it again")
    }
  }

  /// One JSON document with stable keys.
  public func json() throws -> String {
    var document = JSONValue.members(
      ofFacts: summary)
    if let refusal { document["refusal"] = .string(printable("\(refusal)")) }
    document["schema"] = .string("distill.inspect/1")
    document["configuration"] = try Self.recorded(configuration, "config_json", path)
    document["inputs"] = try Self.recorded(inputs, "inputs_json", path)
    document["datasets"] = .array(
      contents.map {
        .sorted([
          "name": .string($0.name), "type": .string($0.type),
          "shape": .array($0.shape.map { .integer($0) }),
        ])
      })
    return try JSONValue.sorted(document).indented()
  }
}

extension JSONValue {
  /// Facts told to people as the members of a document: names without spaces, whole numbers as
  /// numbers.
  static func members(ofFacts facts: [(String, String)]) -> [String: JSONValue] {
    let members = facts.map { name, value in
      (name.replacing(" ", with: "_"), Int(value).map { .integer($0) } ?? JSONValue.string(value))
    }
    return Dictionary(members) { _, last in last }
  }
}

extension Head {
  /// The head in words.
  var spoken: String {
    switch self {
    case .none: "none"
    case .maskedLanguage: "masked language"
    case .questionAnswering: "question answering"
    case .embedding(let pooling, let isNormalized):
      "embedding, \(pooling.rawValue)\(isNormalized ? ", of length 1" : "")"
    case .classification(let labels, let style):
      "classification, \(labels) label\(labels == 1 ? "" : "s") (\(style.rawValue))"
    case .tokenClassification(let labels): "token classification, \(labels) labels"
    }
  }
}
