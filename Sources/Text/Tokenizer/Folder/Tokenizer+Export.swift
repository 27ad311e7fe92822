internal import Files

extension Tokenizer {
  /// The names of the files that `exportedFiles` gives.
  public static let exportedNames = [
    "vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
  ]

  /// The files from which transformers loads this very tokenizer.
  ///
  /// - Parameters:
  ///   - modelMaxLength: The longest sequence of the model the files go with; nil for the
  ///     tokenizer's own.
  ///   - segments: Whether that model takes the segment of each token, where the tokenizer gives it.
  /// - Returns: `vocab.txt`, `tokenizer.json`, `tokenizer_config.json` and
  ///   `special_tokens_map.json`, each with its bytes.
  /// - Throws: `TextError` if a token holds a line break, which `vocab.txt` cannot express.
  public func exportedFiles(
    modelMaxLength: Int? = nil, segments: Bool = true
  ) throws -> [(name: String, bytes: [UInt8])] {
    var lines: [UInt8] = []
    for token in vocabulary.tokens.dropLast(settings.addedVocabularySize) {
      guard !token.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
        throw TextError(
          "vocab.txt", "the token '\(printable(token))' holds a line break; it cannot be exported")
      }
      lines += token.utf8
      lines.append(0x0A)
    }
    let limit = modelMaxLength ?? settings.modelMaxLength
    return [
      ("vocab.txt", lines),
      ("tokenizer.json", try tokenizerJSON().encoded()),
      ("tokenizer_config.json", try configurationJSON(limit, segments: segments).encoded()),
      ("special_tokens_map.json", try JSONValue.object(specialTokensMap()).encoded()),
    ]
  }

  private func specialTokensMap() -> JSONObject {
    JSONObject([
      ("cls_token", .string(settings.specialTokens.classifier)),
      ("mask_token", .string(settings.specialTokens.mask)),
      ("pad_token", .string(settings.specialTokens.padding)),
      ("sep_token", .string(settings.specialTokens.separator)),
      ("unk_token", .string(settings.specialTokens.unknown)),
    ])
  }

  /// `BertTokenizer` builds its components from these few keys; settings beyond them need the class
  /// that takes `tokenizer.json` as it is.
  private func configurationJSON(_ modelMaxLength: Int?, segments: Bool) -> JSONValue {
    let isPlain = settings.normalizer.cleanText && settings.model == WordPiece.Settings()
    var object = JSONObject()
    let normalizer = settings.normalizer
    let decoder = settings.addedTokens.map { token in
      (name: "\(token.id)", value: JSONValue.object(flags(token)))
    }
    object.append("added_tokens_decoder", .object(JSONObject(decoder)))
    object.append("do_lower_case", .boolean(normalizer.doLowerCase))
    object.append("strip_accents", normalizer.stripAccents.map { .boolean($0) } ?? .null)
    object.append("tokenize_chinese_chars", .boolean(normalizer.tokenizeChineseChars))
    if let modelMaxLength { object.append("model_max_length", .integer(modelMaxLength)) }
    for member in specialTokensMap().members { object.append(member.name, member.value) }
    let types = segments && settings.hasSegments ? ["token_type_ids"] : []
    let inputs = ["input_ids"] + types + ["attention_mask"]
    object.append("model_input_names", .array(inputs.map { .string($0) }))
    object.append("tokenizer_class", .string(isPlain ? "BertTokenizer" : "PreTrainedTokenizerFast"))
    return .object(object)
  }

  private func flags(_ token: AddedToken) -> JSONObject {
    JSONObject([
      ("content", .string(token.content)),
      ("single_word", .boolean(token.isSingleWord)),
      ("lstrip", .boolean(token.stripsLeft)),
      ("rstrip", .boolean(token.stripsRight)),
      ("normalized", .boolean(token.isNormalized)),
      ("special", .boolean(token.isSpecial)),
    ])
  }

  private func tokenizerJSON() -> JSONValue {
    let added = settings.addedTokens.map { token -> JSONValue in
      .object(JSONObject([("id", .integer(Int(token.id)))] + flags(token).members))
    }
    let pieces = vocabulary.tokens.dropLast(settings.addedVocabularySize)
    return .object(
      JSONObject([
        ("version", .string("1.0")),
        ("truncation", .null),
        ("padding", .null),
        ("added_tokens", .array(added)),
        ("normalizer", settings.normalizer.json),
        ("pre_tokenizer", .object(JSONObject([("type", .string(BertPreTokenizer.type))]))),
        ("post_processor", postProcessor.json(settings.specialTokens)),
        ("decoder", settings.model.decoder),
        (
          "model",
          settings.model.json(
            pieces: pieces, isReached: vocabulary.isReached,
            unknown: settings.specialTokens.unknown)
        ),
      ]))
  }
}
