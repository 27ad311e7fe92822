import Compute
import RandomStreams
import Transformer

/// A model in memory: the family member, its weights, and the names of its outputs.
struct LoadedModel {
  /// The model.
  let model: BertModel
  /// Its parameters; the layout may go beyond the model's (projections).
  let weights: ParameterSet
  /// Names of the classes in the order of the logits.
  let labels: [String]
}

extension LoadedModel {
  /// A model whose weights are all zero, to be read or drawn.
  init(
    _ configuration: ModelConfiguration, head: Head, labels: [String],
    extending extend: (inout ParameterLayout) throws -> Void = { _ in }
  ) throws {
    let model = try BertModel(configuration, head: head)
    var layout = model.layout
    try extend(&layout)
    self.init(model: model, weights: ParameterSet(layout), labels: labels)
  }

  /// Draws parameters from `seed`: N(0, initializer range), biases 0, norms 1.
  ///
  /// A value depends on the seed and the parameter's name alone, so it does not matter which others
  /// are drawn.
  func draw(_ parameters: [Parameter], seed: UInt64) {
    let stream = RandomStream(seed: seed, purpose: "initialization")
    for parameter in parameters {
      weights.initialize(
        parameter, stdev: Float(model.configuration.initializerRange), stream: stream)
    }
  }
}

extension ModelSource {
  /// Reads the model as it is, every parameter from the file.
  func loadWhole() throws -> LoadedModel {
    let loaded = try LoadedModel(configuration, head: head, labels: labels)
    try load(into: loaded, keepsHead: true, mayBeNew: false)
    return loaded
  }

  /// Reads the encoder alone, as the teacher of general distillation.
  func loadEncoder() throws -> LoadedModel {
    let loaded = try LoadedModel(configuration, head: .none, labels: [])
    try load(into: loaded, keepsHead: false, mayBeNew: true)
    return loaded
  }

  /// Reads the encoder under a head.
  ///
  /// A head of the same shape and labels is kept (a task model is trained further); any other, and
  /// a pooler or projection that the file lacks, is drawn from `seed`.
  ///
  /// `changed` replaces the file's configuration where dropout is to be another.
  ///
  /// - Returns: The model and the names that were drawn.
  func load(
    under newHead: Head, labels newLabels: [String],
    configuration changed: ModelConfiguration? = nil,
    extending extend: (inout ParameterLayout) throws -> Void = { _ in }, seed: UInt64
  ) throws -> (LoadedModel, drawn: [String]) {
    let loaded = try LoadedModel(
      changed ?? configuration, head: newHead, labels: newLabels, extending: extend)
    let keepsHead = newHead == head && newLabels == labels
    let missing = try load(into: loaded, keepsHead: keepsHead, mayBeNew: true)
    loaded.draw(missing, seed: seed)
    return (loaded, missing.map(\.name))
  }
}
