internal import Files

extension BertNormalizer {
  /// What becomes of a text.
  ///
  /// The names in JSON are those of `tokenizer_config.json`.
  public struct Settings: Sendable, Hashable, Codable {
    /// Remove control characters and turn every whitespace into a space.
    public var cleanText = true
    /// Lower-case, scalar by scalar.
    public var doLowerCase = true
    /// Strip nonspacing marks; nil follows `doLowerCase`.
    public var stripAccents: Bool?
    /// Make each CJK ideograph a word of its own.
    public var tokenizeChineseChars = true

    /// Those of an uncased BERT.
    public init() {}

    /// Whether accents are stripped, `stripAccents` resolved.
    public var stripsAccents: Bool { stripAccents ?? doLowerCase }

    private enum CodingKeys: String, CodingKey {
      case cleanText = "clean_text"
      case doLowerCase = "do_lower_case"
      case stripAccents = "strip_accents"
      case tokenizeChineseChars = "tokenize_chinese_chars"
    }
  }
}

extension BertNormalizer.Settings {
  static let type = "BertNormalizer"

  /// Reads the `normalizer` of `tokenizer.json`.
  ///
  /// - Throws: `TextError` if a setting is missing or not a truth value.
  init(_ json: ComponentJSON) throws {
    cleanText = try json.boolean("clean_text")
    tokenizeChineseChars = try json.boolean("handle_chinese_chars")
    doLowerCase = try json.boolean("lowercase")
    if let strips = json.object["strip_accents"], strips != .null {
      stripAccents = try json.boolean("strip_accents")
    }
  }

  /// The `normalizer` of `tokenizer.json`.
  var json: JSONValue {
    .object(
      JSONObject([
        ("type", .string(Self.type)), ("clean_text", .boolean(cleanText)),
        ("handle_chinese_chars", .boolean(tokenizeChineseChars)),
        ("strip_accents", stripAccents.map { .boolean($0) } ?? .null),
        ("lowercase", .boolean(doLowerCase)),
      ]))
  }
}
