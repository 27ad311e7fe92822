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
  /// What a reader should know of how it was read: what of the file was left aside, and why.
  public fileprivate(set) var notes: [String] = []

  /// A model with its weights.
  public init(model: BertModel, weights: ParameterSet, labels: [String]) {
    (self.model, self.weights, self.labels) = (model, weights, labels)
  }
}

extension LoadedModel {
  /// A model whose weights are all zero, to be read or drawn.
  ///
  /// - Parameters:
  ///   - configuration: Its sizes.
  ///   - head: Its head.
  ///   - labels: Names of its classes.
  ///   - extend: Declares parameters beyond the model's.
  ///   - check: Looks whether the model is the one to be read, before memory is taken for it.
  /// - Throws: `ModelError` where there is no such model, `MemoryShortage` where its weights find no
  ///   room, what `extend` and `check` throw.
  public init(
    _ configuration: ModelConfiguration, head: Head, labels: [String],
    extending extend: (inout ParameterLayout) throws -> Void = { _ in },
    checking check: (BertModel) throws -> Void = { _ in }
  ) throws {
    let model = try BertModel(configuration, head: head)
    var layout = model.layout
    try check(model)
    try extend(&layout)
    try MemoryRoom.require(layout.byteCount, for: "a model of \(layout.count) parameters")
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
    try read(head, labels: labels, keepsHead: true, mayBeNew: false).0
  }

  /// Reads the encoder alone, as the teacher of general distillation.
  public func loadEncoder() throws -> LoadedModel {
    try read(.none, labels: [], keepsHead: false, mayBeNew: true).0
  }

  /// Reads the encoder under a head.
  ///
  /// A head of the same shape and labels is kept (a task model is trained further), whatever a single
  /// output is called; any other, and
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
    let (loaded, missing) = try read(
      newHead, labels: newLabels, configuration: changed, extending: extend,
      keepsHead: newHead == head && (newLabels == labels || newLabels.count == 1), mayBeNew: true)
    loaded.draw(missing, seed: seed)
    return (loaded, missing.map(\.name))
  }

  private func read(
    _ head: Head, labels: [String], configuration changed: ModelConfiguration? = nil,
    extending extend: (inout ParameterLayout) throws -> Void = { _ in }, keepsHead: Bool,
    mayBeNew: Bool
  ) throws -> (LoadedModel, new: [Parameter]) {
    var loaded = try LoadedModel(
      changed ?? configuration, head: head, labels: labels, extending: extend,
      checking: { try check($0, keepsHead: keepsHead, mayBeNew: mayBeNew) })
    let (new, notes) = try load(into: loaded, keepsHead: keepsHead, mayBeNew: mayBeNew)
    loaded.notes = notes
    return (loaded, new)
  }
}
