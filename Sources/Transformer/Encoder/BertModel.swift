import Compute

/// An encoder of the BERT family and its head: where its parameters lie and how they are computed with.
///
/// The model owns no memory. Weights are a `ParameterSet` over its layout, or over a layout that
/// extends it; activations live in the arena of the sweep.
public struct BertModel: Sendable {
  /// Sizes and rates.
  public let configuration: ModelConfiguration
  /// What stands on top.
  public let head: Head
  /// Every parameter, named as in Hugging Face files of BERT whatever the family.
  public let layout: ParameterLayout

  let embeddings: Embeddings
  let layers: [EncoderLayer]
  let pooler: Pooler?
  let headLayers: (any HeadLayers)?

  /// Declares the model's parameters; throws when the configuration or the head is not valid.
  public init(_ configuration: ModelConfiguration, head: Head) throws {
    try configuration.validate()
    guard let activation = Activation(rawValue: configuration.hiddenActivation) else {
      throw ModelError("hidden_act \"\(configuration.hiddenActivation)\" is not supported")
    }
    self.configuration = configuration
    self.head = head
    var layout = ParameterLayout()
    embeddings = Embeddings(configuration, in: &layout)
    layers = (0..<configuration.layerCount).map {
      EncoderLayer($0, configuration, activation: activation, in: &layout)
    }
    pooler =
      configuration.family.classifier == .pooled && head.keepsPooler
      ? Pooler(configuration, in: &layout) : nil
    headLayers = try head.layers(
      configuration, activation: activation, word: embeddings.word, pooler: pooler, in: &layout)
    self.layout = layout
  }

  /// The parameters of the head, which models of other tasks do without.
  public var headParameters: [Parameter] { headLayers?.parameters ?? [] }

  /// The weight and bias of the head's layer before the last one, a pooler's among them, where it has two.
  public var firstHeadLayer: [Parameter] { headLayers?.firstLayer?.parameters ?? [] }

  /// The weight, `[columns, C]`, and bias of the layer that makes the logits, where it has some of its own: the
  /// logits are linear in what it reads, ``Activations/headFeatures``, of which training drops a share.
  public var lastLayer: (weight: Parameter, bias: Parameter, dropout: Double)? {
    guard let head = headLayers, let layer = head.lastLayer else { return nil }
    return (layer.weight, layer.bias, head.lastDropout)
  }

  /// The shift of the layer norm that makes the last hidden state, `[C]`.
  public var lastShift: Parameter { layers[layers.count - 1].feedForward.norm.bias }

  /// The parameters that a file of the same encoder may lack: those of the head and the pooler.
  public var optionalParameters: [Parameter] {
    (pooler?.dense.parameters ?? []) + headParameters
  }

  /// The parameters that the logits do not depend on: the pooler, which transformers keeps in every bare
  /// encoder, under a head that does not read it.
  ///
  /// A file may lack them; then they are zero.
  public var needlessParameters: [Parameter] {
    if case .embedding = head { pooler?.dense.parameters ?? [] } else { [] }
  }

  /// The table of word embeddings, `[V, E]`.
  public var wordEmbeddings: Parameter { embeddings.word }

  /// What the logits look like; `nil` where nothing stands on the encoder.
  public var logitShape: LogitShape? { headLayers?.logitShape }

  /// Throws when a row of the batch has no embedding in this model, naming the first one.
  public func validate(_ batch: PackedBatch) throws {
    let longest = batch.sequences.longest
    guard longest <= configuration.longestSequence else {
      throw ModelError(
        "a sequence has \(longest) tokens, the model takes \(configuration.longestSequence): "
          + "truncate the text or use a model with a larger max_position_embeddings")
    }
    let vocabulary = Int32(configuration.vocabularySize)
    if let id = batch.tokenIds.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw ModelError(
        "token id \(id) is outside the model's vocabulary of \(vocabulary): "
          + "the text was encoded with another tokenizer")
    }
    let types = Int32(configuration.typeVocabularySize)
    if configuration.readsSegments,
      let type = batch.tokenTypes.first(where: { $0 < 0 || $0 >= types })
    {
      throw ModelError("token type \(type) is outside the model's \(types) (type_vocab_size)")
    }
  }
}
