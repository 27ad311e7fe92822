/// A token that is looked for in the text itself before anything else happens to it.
///
/// The names in JSON are those of `added_tokens` in `tokenizer.json`.
public struct AddedToken: Sendable, Hashable, Codable {
  /// Its id; equal to its place in the vocabulary.
  public var id: Int32
  /// Its text, matched exactly.
  public var content: String
  /// Found only where no letter, digit or other word character touches it.
  public var isSingleWord: Bool
  /// Takes the whitespace before it along.
  public var stripsLeft: Bool
  /// Takes the whitespace after it along.
  public var stripsRight: Bool
  /// Looked for in the normalised text rather than in the text as written.
  public var isNormalized: Bool
  /// A special token: not looked for when special tokens are split like ordinary text.
  public var isSpecial: Bool

  /// Makes a token; the defaults are those of `[CLS]` and its like.
  public init(
    id: Int32, content: String, isSingleWord: Bool = false, stripsLeft: Bool = false,
    stripsRight: Bool = false, isNormalized: Bool = false, isSpecial: Bool = true
  ) {
    self.id = id
    self.content = content
    self.isSingleWord = isSingleWord
    self.stripsLeft = stripsLeft
    self.stripsRight = stripsRight
    self.isNormalized = isNormalized
    self.isSpecial = isSpecial
  }

  private enum CodingKeys: String, CodingKey {
    case id
    case content
    case isSingleWord = "single_word"
    case stripsLeft = "lstrip"
    case stripsRight = "rstrip"
    case isNormalized = "normalized"
    case isSpecial = "special"
  }
}

/// Everything but the vocabulary that decides a text's ids.
///
/// The names in JSON are those of Hugging Face's `tokenizer_config.json` and `tokenizer.json`.
public struct TokenizerSettings: Sendable, Hashable, Codable {
  /// Remove control characters and turn every whitespace into a space.
  public var cleanText = true
  /// Lower-case, scalar by scalar.
  public var doLowerCase = true
  /// Strip nonspacing marks; nil follows `doLowerCase`.
  public var stripAccents: Bool?
  /// Make each CJK ideograph a word of its own.
  public var tokenizeChineseChars = true
  /// Stands for a word the vocabulary cannot spell.
  public var unknownToken = "[UNK]"
  /// Ends each text.
  public var separatorToken = "[SEP]"
  /// Fills sequences up to a length.
  public var paddingToken = "[PAD]"
  /// Opens the sequence.
  public var classifierToken = "[CLS]"
  /// Stands for a word to be guessed.
  public var maskToken = "[MASK]"
  /// Marks the pieces that continue a word.
  public var continuingPrefix = "##"
  /// Words of more scalars than this are unknown.
  public var maxInputCharsPerWord = 100
  /// The longest sequence the model was made for, in tokens with the special ones; nil if unsaid.
  public var modelMaxLength: Int?
  /// Tokens found in the text as written; empty means the five special tokens.
  public var addedTokens: [AddedToken] = []
  /// How many tokens at the end of the vocabulary are found as added tokens only, not as pieces.
  public var addedVocabularySize = 0

  /// The settings of an uncased BERT.
  public init() {}

  /// Whether accents are stripped, `stripAccents` resolved.
  public var stripsAccents: Bool { stripAccents ?? doLowerCase }

  /// Padding, unknown, classifier, separator and mask token.
  public var specialTokens: [String] {
    [paddingToken, unknownToken, classifierToken, separatorToken, maskToken]
  }

  private enum CodingKeys: String, CodingKey {
    case cleanText = "clean_text"
    case doLowerCase = "do_lower_case"
    case stripAccents = "strip_accents"
    case tokenizeChineseChars = "tokenize_chinese_chars"
    case unknownToken = "unk_token"
    case separatorToken = "sep_token"
    case paddingToken = "pad_token"
    case classifierToken = "cls_token"
    case maskToken = "mask_token"
    case continuingPrefix = "continuing_subword_prefix"
    case maxInputCharsPerWord = "max_input_chars_per_word"
    case modelMaxLength = "model_max_length"
    case addedTokens = "added_tokens"
    case addedVocabularySize = "added_vocabulary_size"
  }
}
