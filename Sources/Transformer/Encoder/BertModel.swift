import Compute

/// A BERT encoder and its head: where its parameters lie and how they are computed with.
///
/// The model owns no memory. Weights are a `ParameterSet` over its layout, or over a layout that
/// extends it; activations live in the arena of the sweep.
public struct BertModel: Sendable {
  /// Sizes and rates.
  public let configuration: ModelConfiguration
  /// What stands on top.
  public let head: Head
  /// Every parameter, named as in Hugging Face files.
  public let layout: ParameterLayout

  let embeddings: Embeddings
  let layers: [EncoderLayer]
  let pooler: Pooler?
  let classification: ClassificationHead?
  let maskedLanguage: MaskedLanguageHead?

  /// Declares the model's parameters; throws when the configuration or the label count is not valid.
  public init(_ configuration: ModelConfiguration, head: Head) throws {
    try configuration.validate()
    if case .classification(let labels, _) = head, !(1...(1 << 20)).contains(labels) {
      throw ModelError("classification head: \(labels) labels, expected 1 to \(1 << 20)")
    }
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
    pooler = head == .maskedLanguage ? nil : Pooler(configuration, in: &layout)
    if case .classification(let labels, let style) = head {
      classification = ClassificationHead(configuration, labels: labels, style: style, in: &layout)
    } else {
      classification = nil
    }
    if head == .maskedLanguage {
      maskedLanguage = MaskedLanguageHead(
        configuration, activation: activation, word: embeddings.word, in: &layout)
    } else {
      maskedLanguage = nil
    }
    self.layout = layout
  }

  /// Throws when a row of the batch has no embedding in this model, naming the first one.
  public func validate(_ batch: PackedBatch) throws {
    let longest = batch.sequences.longest
    guard longest <= configuration.maximumPositions else {
      throw ModelError(
        "a sequence has \(longest) tokens, the model takes \(configuration.maximumPositions): "
          + "truncate the text or use a model with a larger max_position_embeddings")
    }
    let vocabulary = Int32(configuration.vocabularySize)
    if let id = batch.tokenIds.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw ModelError(
        "token id \(id) is outside the model's vocabulary of \(vocabulary): "
          + "the text was encoded with another tokenizer")
    }
    let types = Int32(configuration.typeVocabularySize)
    if let type = batch.tokenTypes.first(where: { $0 < 0 || $0 >= types }) {
      throw ModelError("token type \(type) is outside the model's \(types) (type_vocab_size)")
    }
  }
}
