/// The sizes and rates that define an encoder, named and stored as in the `config.json` of BERT.
///
/// The keys are listed in ``settings``. The six sizes must be present where it is stored; everything
/// else has a default. Keys that are not listed are ignored.
public struct ModelConfiguration: Sendable, Equatable {
  /// The family; stored as `model_type` unless it is BERT.
  public var family: ModelFamily
  /// Entries of the vocabulary, V.
  public var vocabularySize: Int
  /// Channels of the embeddings where they are not those of the hidden states, E.
  public var embeddingSize: Int?
  /// Channels of the hidden states, C.
  public var hiddenSize: Int
  /// Encoder layers, L.
  public var layerCount: Int
  /// Attention heads, H; each has C / H channels.
  public var headCount: Int
  /// Channels inside the feed-forward block, F.
  public var intermediateSize: Int
  /// Rows of the position table.
  public var maximumPositions: Int
  /// Kinds of segment that may stand in a batch; a family without segments ignores which.
  public var typeVocabularySize: Int
  /// Whether the segment of a token counts; otherwise each is read as one of the first.
  ///
  /// It is no part of what is stored: the tokenizer that goes with the model says it.
  public var readsSegments = true
  /// The function inside the feed-forward block, by transformers' name (`gelu`, `gelu_new`, `relu`, `silu` ...).
  public var hiddenActivation: String
  /// Dropout after the embeddings and at the end of each block.
  public var hiddenDropout: Double
  /// Dropout of attention probabilities.
  public var attentionDropout: Double
  /// Dropout before the classifier; absent means `hiddenDropout`.
  public var classifierDropout: Double?
  /// Dropout before the layer that finds answers; absent means the family's.
  public var answerDropout: Double?
  /// Standard deviation of newly made weights.
  public var initializerRange: Double
  /// The constant inside the root of a layer norm.
  public var layerNormEpsilon: Double
  /// The padding token; packed batches never hold one.
  public var paddingToken: Int
  /// How positions are encoded; only `absolute` is supported.
  public var positionEmbeddingType: String

  /// Makes a configuration; what is left out has BERT's usual value.
  public init(
    family: ModelFamily = .bert, vocabularySize: Int = 30_522, embeddingSize: Int? = nil,
    hiddenSize: Int, layerCount: Int, headCount: Int, intermediateSize: Int,
    maximumPositions: Int = 512, typeVocabularySize: Int = 2, hiddenActivation: String = "gelu",
    hiddenDropout: Double = 0.1, attentionDropout: Double = 0.1, classifierDropout: Double? = nil,
    initializerRange: Double = 0.02, layerNormEpsilon: Double = 1e-12, paddingToken: Int = 0,
    positionEmbeddingType: String = "absolute"
  ) {
    self.family = family
    self.vocabularySize = vocabularySize
    self.embeddingSize = embeddingSize
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

  /// The configuration of a family before its sizes are known: everything has its default.
  public init(_ family: ModelFamily) {
    self.init(family: family, hiddenSize: 0, layerCount: 0, headCount: 0, intermediateSize: 0)
  }

  /// Whether a second text, whose tokens are of type 1, can stand in a sequence.
  public var takesPairs: Bool { typeVocabularySize > 1 || !family.hasSegments || !readsSegments }

  /// Longest sequence, in tokens.
  public var longestSequence: Int { maximumPositions }

  /// The same with every value in place that follows from another one where it is absent.
  public var writtenOut: ModelConfiguration {
    var whole = self
    whole.embeddingSize = embeddingSize ?? hiddenSize
    whole.classifierDropout = classifierDropout ?? hiddenDropout
    whole.answerDropout = answerDropout ?? family.answerDropout
    return whole
  }

  /// The same with what is the family's own absent, as it is stored.
  public var shortened: ModelConfiguration {
    var short = self
    if answerDropout == family.answerDropout { short.answerDropout = nil }
    return short
  }

  /// Channels of the embeddings, E.
  var embeddingWidth: Int { embeddingSize ?? hiddenSize }
}
