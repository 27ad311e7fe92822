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
