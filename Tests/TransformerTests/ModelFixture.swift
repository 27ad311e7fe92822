import Compute
import TestSupport
import Transformer

@testable import Interchange

/// The small model of `Tests/Oracles/bert_fixtures.py`: weights, a ragged batch and its taps.
struct ModelFixture {
  let model: BertModel
  let weights: ParameterSet
  let batch: PackedBatch
  /// The float64 values of every tap, rounded to float32, by the name the oracle gives them.
  let taps: [String: [Float]]

  static let labels = 3

  /// Loads `hf`, `tinybert` or `masked`, with that probability at every dropout site.
  init(_ name: String, dropout: Double = 0.1) throws {
    try self.init(name, rates: (dropout, dropout, dropout))
  }

  /// Loads it with a probability for each kind of dropout site.
  init(_ name: String, rates: (hidden: Double, attention: Double, classifier: Double)) throws {
    let head: Head =
      switch name {
      case "masked": .maskedLanguage
      case "tinybert": .classification(labels: Self.labels, style: .tinybert)
      default: .classification(labels: Self.labels, style: .hf)
      }
    try self.init(
      SafetensorsFile(path: Fixtures.path("transformer/bert-\(name).safetensors")),
      BertModel(
        ModelConfiguration(
          vocabularySize: 50, hiddenSize: 24, layerCount: 2, headCount: 3, intermediateSize: 36,
          maximumPositions: 16, hiddenActivation: name == "tinybert" ? "relu" : "gelu",
          hiddenDropout: rates.hidden, attentionDropout: rates.attention,
          classifierDropout: rates.classifier, layerNormEpsilon: name == "tinybert" ? 0.05 : 1e-12),
        head: head))
  }

  private init(_ file: SafetensorsFile, _ model: BertModel) throws {
    self.model = model
    weights = ParameterSet(model.layout)
    for parameter in model.layout.parameters {
      weights[parameter].assign(try file.floats("weights/\(parameter.name)"))
    }
    batch = try packedBatch(file, predictionRows: true)
    // The pooler's output is no tap: it is seen through the logits.
    taps = try tapValues(file).filter { $0.key != "pooled" }
  }

  /// Loads a folder that transformers saved, and what it computed with it: see
  /// `Tests/Oracles/family_fixtures.py`.
  init(family name: String, dropout: Double = 0) throws {
    let folder = try HuggingFaceModel(folder: Fixtures.path("families/\(name)"))
    var configuration = folder.configuration.model
    configuration.hiddenDropout = dropout
    configuration.attentionDropout = dropout
    configuration.classifierDropout = dropout
    model = try BertModel(configuration, head: folder.head)
    weights = try folder.weights(for: model).weights
    let expected = try SafetensorsFile(path: folder.folder + "/expected.safetensors")
    batch = try packedBatch(expected, predictionRows: true)
    taps = try tapValues(expected)
  }

  /// The seeds that transformers was given for such a folder, and its gradients by this project's
  /// names.
  func familyGradients(
    _ name: String
  ) throws -> (seeds: [String: [Float]], gradients: [String: [Float]]) {
    let names = FamilyFormat.of(model.configuration.family).tensors.under(model.head)
    let file = try SafetensorsFile(
      path: Fixtures.path("families/\(name)/expected.safetensors"))
    let theirs = try values(file, "gradients/")
    let pairs = model.layout.parameters.compactMap { parameter in
      theirs[names.tensor(for: parameter.name)].map { (parameter.name, $0) }
    }
    return (try values(file, "seeds/"), Dictionary(uniqueKeysWithValues: pairs))
  }

  /// A tap set with everything the head allows.
  var everything: BertModel.Taps {
    BertModel.Taps(hidden: [0, 1, 2], scores: [1, 2], logits: true)
  }

  /// The gradients of one case: its seeds, and d(sum of seed * tap) / d(parameter) in float64.
  func gradients(
    _ name: String, _ example: String
  ) throws -> (seeds: [String: [Float]], gradients: [String: [Float]]) {
    let file = try SafetensorsFile(
      path: Fixtures.path("transformer/bert-\(name)-\(example).safetensors"))
    return (try values(file, "seeds/"), try values(file, "gradients/"))
  }
}

/// The batch that an oracle stored, as floats.
func packedBatch(_ file: SafetensorsFile, predictionRows: Bool = false) throws -> PackedBatch {
  func integers(_ name: String) throws -> [Int32] {
    try file.floats("batch/\(name)").map { Int32($0) }
  }
  let ids = try integers("ids")
  let types = try integers("types")
  var sequences: [TokenSequence] = []
  var start = 0
  for length in try integers("lengths").map(Int.init) {
    sequences.append(
      TokenSequence(
        ids: Array(ids[start..<start + length]), types: Array(types[start..<start + length])))
    start += length
  }
  var batch = PackedBatch(sequences, places: sequences.indices.map { UInt64($0) })
  if predictionRows { batch.predictionRows = try integers("prediction_rows") }
  return batch
}

/// Every tap that an oracle stored.
func tapValues(_ file: SafetensorsFile) throws -> [String: [Float]] {
  try values(file, "taps/")
}

private func values(_ file: SafetensorsFile, _ prefix: String) throws -> [String: [Float]] {
  var values: [String: [Float]] = [:]
  for tensor in file.tensors where tensor.name.hasPrefix(prefix) {
    values[String(tensor.name.dropFirst(prefix.count))] = try file.floats(tensor.name)
  }
  return values
}

extension Activations {
  /// Every tap made, by the name the oracle gives it, which counts the layers of scores from 0.
  var named: [String: [Float]] {
    var named: [String: [Float]] = [:]
    for (state, matrix) in taps.hidden { named["hidden.\(state)"] = matrix.values() }
    for (layer, matrix) in taps.scores { named["scores.\(layer - 1)"] = matrix.values() }
    named["logits"] = logits?.values()
    return named
  }
}

extension BertModel.Taps {
  /// The taps an oracle's names stand for.
  init(named names: some Sequence<String>) {
    self.init()
    for name in names {
      let parts = name.split(separator: ".")
      switch (parts[0], parts.count > 1 ? Int(parts[1]) : nil) {
      case ("hidden", let layer?): hidden.insert(layer)
      case ("scores", let layer?): scores.insert(layer + 1)
      default: logits = true
      }
    }
  }
}

extension TapMatrices {
  /// Sets the gradients that an oracle's names stand for.
  func assign(_ seeds: [String: [Float]]) {
    for (layer, matrix) in hidden { seeds["hidden.\(layer)"].map { matrix.assign($0) } }
    for (layer, matrix) in scores { seeds["scores.\(layer - 1)"].map { matrix.assign($0) } }
    if let seed = seeds["logits"] { logits?.assign(seed) }
  }
}
