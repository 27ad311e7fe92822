import Compute
import RandomStreams
public import Transformer

/// A model in memory: the family member, its weights, and the names of its outputs.
public struct LoadedModel {
  /// The model.
  public let model: BertModel
  /// Its parameters; the layout may go beyond the model's (projections).
  public let weights: ParameterSet
  /// Names of the classes in the order of the logits.
  public let labels: [String]

  /// A model with its weights.
  public init(model: BertModel, weights: ParameterSet, labels: [String]) {
    (self.model, self.weights, self.labels) = (model, weights, labels)
  }
}

extension LoadedModel {
  /// A model whose weights are all zero, to be read or drawn.
  public init(
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
  public func draw(_ parameters: [Parameter], seed: UInt64) {
    let stream = RandomStream(seed: seed, purpose: "initialization")
    for parameter in parameters {
      weights.initialize(
        parameter, stdev: Float(model.configuration.initializerRange), stream: stream)
    }
  }
}

extension ModelSource {
  /// Reads the model as it is, every parameter from the file.
  public func loadWhole() throws -> LoadedModel {
    let loaded = try LoadedModel(configuration, head: head, labels: labels)
    try load(into: loaded, keepsHead: true, mayBeNew: false)
    return loaded
  }

  /// Reads the encoder alone, as the teacher of general distillation.
  public func loadEncoder() throws -> LoadedModel {
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
  public func load(
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
