internal import Files

extension WordPiece {
  /// How words are spelt.
  ///
  /// The names in JSON are those of `tokenizer.json`.
  public struct Settings: Sendable, Hashable, Codable {
    /// Marks the pieces that continue a word.
    public var continuingPrefix = "##"
    /// Words of more scalars than this are unknown.
    public var maxInputCharsPerWord = 100

    /// Those of BERT.
    public init() {}

    private enum CodingKeys: String, CodingKey {
      case continuingPrefix = "continuing_subword_prefix"
      case maxInputCharsPerWord = "max_input_chars_per_word"
    }
  }
}

extension WordPiece.Settings {
  static let type = "WordPiece"

  /// Reads the `model` of `tokenizer.json`; what it does not say is as in BERT.
  init(_ json: ComponentJSON) {
    if let prefix = json.object["continuing_subword_prefix"]?.string { continuingPrefix = prefix }
    if let limit = json.object["max_input_chars_per_word"]?.integer { maxInputCharsPerWord = limit }
  }

  /// The `model` of `tokenizer.json` with these pieces.
  func json(
    pieces: ArraySlice<String>, isReached: (Int) -> Bool, unknown: String
  ) -> JSONValue {
    // An id without a token, or one whose token a later one has, is not written; but for the last, behind which
    // the ids of added tokens go on.
    var vocabulary = JSONObject()
    for (id, piece) in pieces.enumerated()
    where isReached(id) || piece.isEmpty && id == pieces.count - 1 {
      vocabulary.append(piece, .integer(id))
    }
    return .object(
      JSONObject([
        ("type", .string(Self.type)), ("unk_token", .string(unknown)),
        ("continuing_subword_prefix", .string(continuingPrefix)),
        ("max_input_chars_per_word", .integer(maxInputCharsPerWord)),
        ("vocab", .object(vocabulary)),
      ]))
  }

  /// The `decoder` of `tokenizer.json`.
  var decoder: JSONValue {
    .object(
      JSONObject([
        ("type", .string(Self.type)), ("prefix", .string(continuingPrefix)),
        ("cleanup", .boolean(true)),
      ]))
  }

  /// What enters a tokenizer's digest, the number of tokens that are no pieces among it.
  func digestParts(addedVocabularySize: Int) -> [String] {
    [
      "max_input_chars_per_word \(maxInputCharsPerWord)",
      "added_vocabulary_size \(addedVocabularySize)",
      continuingPrefix,
    ]
  }
}
