import Compute
import Files
import RandomStreams
import Transformer

@testable import Interchange

/// A small model folder on disk, written tensor by tensor so that tests can spoil it.
struct SmallFolder {
  static let configuration = ModelConfiguration(
    vocabularySize: 11, hiddenSize: 8, layerCount: 1, headCount: 2, intermediateSize: 12,
    maximumPositions: 6)

  /// A small model of every family.
  static let families = ModelFamily.all.map { family in
    var configuration = configuration
    configuration.family = family
    if family != .bert { configuration.classifierDropout = 0.3 }
    if family.hasEmbeddingProjection { configuration.embeddingSize = 4 }
    return configuration
  }

  let path: String
  let model: BertModel
  let weights: ParameterSet
  var config: JSONObject
  var tensors: [String: (shape: [Int], values: [Float])] = [:]

  init(
    _ path: String, head: Head = .classification(labels: 2, style: .hf),
    of configuration: ModelConfiguration = Self.configuration
  ) throws {
    self.path = path
    model = try BertModel(configuration, head: head)
    weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.5, stream: RandomStream(seed: 7, purpose: "test"))
    let json = HuggingFaceConfiguration(model: configuration).json
    config = json.object ?? JSONObject()
    for parameter in model.layout.parameters {
      tensors[parameter.name] = (parameter.shape, weights[parameter].values())
    }
  }

  mutating func rename(_ change: (String) -> String) {
    tensors = Dictionary(uniqueKeysWithValues: tensors.map { (change($0.key), $0.value) })
  }

  mutating func set(_ key: String, _ value: JSONValue) {
    config = JSONObject(config.members.filter { $0.name != key } + [(key, value)])
  }

  func writeConfig() throws {
    try ensureDirectory(path)
    try AtomicFile.write(try JSONValue.object(config).encoded(), to: "\(path)/config.json")
  }

  func write(_ names: [String]? = nil, to file: String = "model.safetensors") throws {
    try writeConfig()
    try SafetensorsWriter.write(
      to: "\(path)/\(file)",
      tensors: tensors.filter { names?.contains($0.key) ?? true }.map {
        (name: $0.key, shape: $0.value.shape, values: $0.value.values)
      })
  }

  /// Loads the folder into a new set of weights.
  func load(newHead: RandomStream? = nil) throws -> (weights: ParameterSet, report: LoadReport) {
    try HuggingFaceModel(folder: path).weights(for: model, newHead: newHead)
  }
}

/// The description of what `body` throws, or an empty string.
func failure(_ body: () throws -> Void) -> String {
  do {
    try body()
    return ""
  } catch { return "\(error)" }
}
