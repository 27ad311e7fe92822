/// What the members of a family of encoders compute otherwise than those of another.
///
/// Everything a family has or lacks is said here; how its files name things is `Interchange`'s.
public struct ModelFamily: Sendable, Hashable {
  /// Its name in `config.json` (`model_type`).
  public let name: String
  /// Whether the embeddings know which segment a token belongs to; else segments are ignored.
  public let hasSegments: Bool
  /// Whether embeddings may be of another width than the states, with a projection between them.
  public let hasEmbeddingProjection: Bool
  /// Whether there is dropout between the attention block's product and its residual.
  let dropsAttentionOutput: Bool
  /// How a sequence is classified.
  let classifier: Classifier
  /// Whether a classifier of tokens drops as the hidden states do, not as a classifier of sequences.
  let dropsTokensAsStates: Bool
  /// The function in the masked-language head; `nil` is that of the feed-forward blocks.
  let vocabularyActivation: Activation?
  /// Dropout before the layer that finds answers, unless a configuration says otherwise.
  let answerDropout: Double

  /// How a sequence is classified.
  enum Classifier: Hashable {
    /// From the output of a pooler, which the bare encoder has too: `PooledClassifier`.
    case pooled
    /// From the first token's state through a layer of the head's own: `TwoLayerClassifier`.
    case twoLayers(Activation, dropsInput: Bool)
  }

  /// Devlin and others, 2019.
  public static let bert = ModelFamily(
    name: "bert", hasSegments: true, hasEmbeddingProjection: false, dropsAttentionOutput: true,
    classifier: .pooled, dropsTokensAsStates: false, vocabularyActivation: nil, answerDropout: 0)

  /// Sanh and others, 2019, as transformers computes it.
  public static let distilbert = ModelFamily(
    name: "distilbert", hasSegments: false, hasEmbeddingProjection: false,
    dropsAttentionOutput: false, classifier: .twoLayers(.relu, dropsInput: false),
    dropsTokensAsStates: true, vocabularyActivation: nil, answerDropout: 0.1)

  /// Clark and others, 2020: discriminators and generators, as transformers computes them.
  public static let electra = ModelFamily(
    name: "electra", hasSegments: true, hasEmbeddingProjection: true, dropsAttentionOutput: true,
    classifier: .twoLayers(.gelu, dropsInput: true), dropsTokensAsStates: false,
    vocabularyActivation: .gelu, answerDropout: 0)

  /// Every family.
  public static let all = [bert, distilbert, electra]
}
