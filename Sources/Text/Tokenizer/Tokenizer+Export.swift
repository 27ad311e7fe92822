internal import Files

extension Tokenizer {
  /// The files from which transformers loads this very tokenizer.
  ///
  /// - Parameter modelMaxLength: The longest sequence of the model the files go with; nil for the
  ///   tokenizer's own.
  /// - Returns: `vocab.txt`, `tokenizer.json`, `tokenizer_config.json` and
  ///   `special_tokens_map.json`, each with its bytes.
  /// - Throws: `TextError` if a token holds a line break, which `vocab.txt` cannot express.
  public func exportedFiles(
    modelMaxLength: Int? = nil
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
      ("tokenizer_config.json", try configurationJSON(modelMaxLength: limit).encoded()),
      ("special_tokens_map.json", try JSONValue.object(specialTokensMap()).encoded()),
    ]
  }

  private func specialTokensMap() -> JSONObject {
    JSONObject([
      ("cls_token", .string(settings.classifierToken)),
      ("mask_token", .string(settings.maskToken)),
      ("pad_token", .string(settings.paddingToken)),
      ("sep_token", .string(settings.separatorToken)),
      ("unk_token", .string(settings.unknownToken)),
    ])
  }

  /// `BertTokenizer` builds its components from these few keys; settings beyond them need the class
  /// that takes `tokenizer.json` as it is.
  private func configurationJSON(modelMaxLength: Int?) -> JSONValue {
    let isPlain =
      settings.cleanText && settings.continuingPrefix == "##"
      && settings.maxInputCharsPerWord == 100
    var object = JSONObject()
    let decoder = settings.addedTokens.map { token in
      (name: "\(token.id)", value: JSONValue.object(flags(token)))
    }
    object.append("added_tokens_decoder", .object(JSONObject(decoder)))
    object.append("do_lower_case", .boolean(settings.doLowerCase))
    object.append("strip_accents", settings.stripAccents.map { .boolean($0) } ?? .null)
    object.append("tokenize_chinese_chars", .boolean(settings.tokenizeChineseChars))
    if let modelMaxLength { object.append("model_max_length", .integer(modelMaxLength)) }
    for member in specialTokensMap().members { object.append(member.name, member.value) }
    object.append(
      "model_input_names",
      .array(["input_ids", "token_type_ids", "attention_mask"].map { .string($0) }))
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
    let pieces = vocabulary.tokens.dropLast(settings.addedVocabularySize).enumerated().map {
      (name: $0.element, value: JSONValue.integer($0.offset))
    }
    func object(_ members: (name: String, value: JSONValue)...) -> JSONValue {
      .object(JSONObject(members))
    }
    func special(_ token: String, _ type: Int) -> JSONValue {
      object(("SpecialToken", object(("id", .string(token)), ("type_id", .integer(type)))))
    }
    func text(_ name: String, _ type: Int) -> JSONValue {
      object(("Sequence", object(("id", .string(name)), ("type_id", .integer(type)))))
    }
    func known(_ token: String, _ id: Int32) -> (name: String, value: JSONValue) {
      (
        token,
        object(
          ("id", .string(token)), ("ids", .array([.integer(Int(id))])),
          ("tokens", .array([.string(token)])))
      )
    }
    let single = [
      special(settings.classifierToken, 0), text("A", 0), special(settings.separatorToken, 0),
    ]
    var specials = [known(settings.classifierToken, classifierId)]
    if separatorId != classifierId { specials.append(known(settings.separatorToken, separatorId)) }
    return object(
      ("version", .string("1.0")),
      ("truncation", .null),
      ("padding", .null),
      ("added_tokens", .array(added)),
      (
        "normalizer",
        object(
          ("type", .string("BertNormalizer")), ("clean_text", .boolean(settings.cleanText)),
          ("handle_chinese_chars", .boolean(settings.tokenizeChineseChars)),
          ("strip_accents", settings.stripAccents.map { .boolean($0) } ?? .null),
          ("lowercase", .boolean(settings.doLowerCase)))
      ),
      ("pre_tokenizer", object(("type", .string("BertPreTokenizer")))),
      (
        "post_processor",
        object(
          ("type", .string("TemplateProcessing")), ("single", .array(single)),
          ("pair", .array(single + [text("B", 1), special(settings.separatorToken, 1)])),
          ("special_tokens", .object(JSONObject(specials))))
      ),
      (
        "decoder",
        object(
          ("type", .string("WordPiece")), ("prefix", .string(settings.continuingPrefix)),
          ("cleanup", .boolean(true)))
      ),
      (
        "model",
        object(
          ("type", .string("WordPiece")), ("unk_token", .string(settings.unknownToken)),
          ("continuing_subword_prefix", .string(settings.continuingPrefix)),
          ("max_input_chars_per_word", .integer(settings.maxInputCharsPerWord)),
          ("vocab", .object(JSONObject(pieces))))
      ))
  }
}
