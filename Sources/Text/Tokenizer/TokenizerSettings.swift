/// Everything but the vocabulary that decides a text's ids: the settings of each component.
///
/// In JSON they lie side by side, by their names in Hugging Face's `tokenizer_config.json` and
/// `tokenizer.json`.
public struct TokenizerSettings: Sendable, Hashable, Codable {
  /// What becomes of the text before it is cut into words.
  public var normalizer = BertNormalizer.Settings()
  /// How words are spelt.
  public var model = WordPiece.Settings()
  /// The tokens with a meaning of their own.
  public var specialTokens = SpecialTokens()
  /// The longest sequence the model was made for, in tokens with the special ones; nil if unsaid.
  public var modelMaxLength: Int?
  /// Tokens found in the text as written; empty means the five special tokens.
  public var addedTokens: [AddedToken] = []
  /// How many tokens at the end of the vocabulary are found as added tokens only, not as pieces.
  public var addedVocabularySize = 0
  /// Whether a model is told which of two texts a token is of; otherwise all are of the first for it.
  ///
  /// No id depends on it, so it does not enter a tokenizer's digest.
  public var hasSegments = true

  /// The settings of an uncased BERT.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case modelMaxLength = "model_max_length"
    case addedTokens = "added_tokens"
    case addedVocabularySize = "added_vocabulary_size"
    case hasSegments = "token_type_ids"
  }

  /// Reads the settings.
  ///
  /// - Throws: `DecodingError` where one is missing or of another type.
  public init(from decoder: any Decoder) throws {
    normalizer = try BertNormalizer.Settings(from: decoder)
    model = try WordPiece.Settings(from: decoder)
    specialTokens = try SpecialTokens(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    modelMaxLength = try container.decodeIfPresent(Int.self, forKey: .modelMaxLength)
    addedTokens = try container.decode([AddedToken].self, forKey: .addedTokens)
    addedVocabularySize = try container.decode(Int.self, forKey: .addedVocabularySize)
    hasSegments = try container.decodeIfPresent(Bool.self, forKey: .hasSegments) ?? true
  }

  /// Writes the settings.
  ///
  /// - Throws: What the encoder throws.
  public func encode(to encoder: any Encoder) throws {
    try normalizer.encode(to: encoder)
    try model.encode(to: encoder)
    try specialTokens.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(modelMaxLength, forKey: .modelMaxLength)
    try container.encode(addedTokens, forKey: .addedTokens)
    try container.encode(addedVocabularySize, forKey: .addedVocabularySize)
    // What is usual is left out: files keep the bytes, and the digest, that they had without it.
    if !hasSegments { try container.encode(hasSegments, forKey: .hasSegments) }
  }
}

/// The tokens that a model gives a meaning of their own, by their text.
///
/// The names in JSON are those of `tokenizer_config.json`.
public struct SpecialTokens: Sendable, Hashable, Codable {
  /// Stands for a word the vocabulary cannot spell.
  public var unknown = "[UNK]"
  /// Ends each text.
  public var separator = "[SEP]"
  /// Fills sequences up to a length.
  public var padding = "[PAD]"
  /// Opens the sequence.
  public var classifier = "[CLS]"
  /// Stands for a word to be guessed.
  public var mask = "[MASK]"

  /// Those of BERT.
  public init() {}

  /// Padding, unknown, classifier, separator and mask token.
  public var all: [String] { [padding, unknown, classifier, separator, mask] }

  private enum CodingKeys: String, CodingKey {
    case unknown = "unk_token"
    case separator = "sep_token"
    case padding = "pad_token"
    case classifier = "cls_token"
    case mask = "mask_token"
  }
}
