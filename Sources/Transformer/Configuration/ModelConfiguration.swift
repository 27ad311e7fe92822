/// The sizes and rates that define a BERT encoder, named and stored as in Hugging Face's `config.json`.
///
/// The six sizes must be present in a file; everything else has Hugging Face's default. Keys that
/// are not listed here are ignored.
public struct ModelConfiguration: Sendable, Codable, Equatable {
  /// Entries of the vocabulary (`vocab_size`).
  public var vocabularySize: Int
  /// Channels of the hidden states, C (`hidden_size`).
  public var hiddenSize: Int
  /// Encoder layers, L (`num_hidden_layers`).
  public var layerCount: Int
  /// Attention heads, H; each has C / H channels (`num_attention_heads`).
  public var headCount: Int
  /// Channels inside the feed-forward block, F (`intermediate_size`).
  public var intermediateSize: Int
  /// Longest sequence, in tokens (`max_position_embeddings`).
  public var maximumPositions: Int
  /// Kinds of segment (`type_vocab_size`).
  public var typeVocabularySize: Int
  /// The function inside the feed-forward block, `gelu` or `relu` (`hidden_act`).
  public var hiddenActivation: String
  /// Dropout after the embeddings and at the end of each block (`hidden_dropout_prob`).
  public var hiddenDropout: Double
  /// Dropout of attention probabilities (`attention_probs_dropout_prob`).
  public var attentionDropout: Double
  /// Dropout before the classifier; absent means `hidden_dropout_prob` (`classifier_dropout`).
  public var classifierDropout: Double?
  /// Standard deviation of newly made weights (`initializer_range`).
  public var initializerRange: Double
  /// The constant inside the root of a layer norm (`layer_norm_eps`).
  public var layerNormEpsilon: Double
  /// The padding token (`pad_token_id`); packed batches never hold one.
  public var paddingToken: Int
  /// How positions are encoded; only `absolute` is supported (`position_embedding_type`).
  public var positionEmbeddingType: String

  enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case maximumPositions = "max_position_embeddings"
    case typeVocabularySize = "type_vocab_size"
    case hiddenActivation = "hidden_act"
    case hiddenDropout = "hidden_dropout_prob"
    case attentionDropout = "attention_probs_dropout_prob"
    case classifierDropout = "classifier_dropout"
    case initializerRange = "initializer_range"
    case layerNormEpsilon = "layer_norm_eps"
    case paddingToken = "pad_token_id"
    case positionEmbeddingType = "position_embedding_type"
  }

  /// Makes a configuration; what is left out has BERT's usual value.
  public init(
    vocabularySize: Int = 30_522, hiddenSize: Int, layerCount: Int, headCount: Int,
    intermediateSize: Int, maximumPositions: Int = 512, typeVocabularySize: Int = 2,
    hiddenActivation: String = "gelu", hiddenDropout: Double = 0.1, attentionDropout: Double = 0.1,
    classifierDropout: Double? = nil, initializerRange: Double = 0.02,
    layerNormEpsilon: Double = 1e-12, paddingToken: Int = 0,
    positionEmbeddingType: String = "absolute"
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.intermediateSize = intermediateSize
    self.maximumPositions = maximumPositions
    self.typeVocabularySize = typeVocabularySize
    self.hiddenActivation = hiddenActivation
    self.hiddenDropout = hiddenDropout
    self.attentionDropout = attentionDropout
    self.classifierDropout = classifierDropout
    self.initializerRange = initializerRange
    self.layerNormEpsilon = layerNormEpsilon
    self.paddingToken = paddingToken
    self.positionEmbeddingType = positionEmbeddingType
  }

  /// Reads the keys above; the six sizes are required.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func value<T: Decodable>(_ key: CodingKeys, default fallback: T) throws -> T {
      try values.decodeIfPresent(T.self, forKey: key) ?? fallback
    }
    self.init(
      vocabularySize: try values.decode(Int.self, forKey: .vocabularySize),
      hiddenSize: try values.decode(Int.self, forKey: .hiddenSize),
      layerCount: try values.decode(Int.self, forKey: .layerCount),
      headCount: try values.decode(Int.self, forKey: .headCount),
      intermediateSize: try values.decode(Int.self, forKey: .intermediateSize),
      maximumPositions: try values.decode(Int.self, forKey: .maximumPositions),
      typeVocabularySize: try value(.typeVocabularySize, default: 2),
      hiddenActivation: try value(.hiddenActivation, default: "gelu"),
      hiddenDropout: try value(.hiddenDropout, default: 0.1),
      attentionDropout: try value(.attentionDropout, default: 0.1),
      classifierDropout: try values.decodeIfPresent(Double.self, forKey: .classifierDropout),
      initializerRange: try value(.initializerRange, default: 0.02),
      layerNormEpsilon: try value(.layerNormEpsilon, default: 1e-12),
      paddingToken: try value(.paddingToken, default: 0),
      positionEmbeddingType: try value(.positionEmbeddingType, default: "absolute"))
  }
}
