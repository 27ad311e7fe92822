internal import Files

extension Tokenizer {
  /// SHA-256 of everything that decides the ids, each part preceded by its length.
  static func digest(_ vocabulary: Vocabulary, _ settings: TokenizerSettings) -> Digest {
    var parts = [
      "distill tokenizer 1",
      "clean_text \(settings.normalizer.cleanText)",
      "lowercase \(settings.normalizer.doLowerCase)",
      "strip_accents \(settings.normalizer.stripsAccents)",
      "tokenize_chinese_chars \(settings.normalizer.tokenizeChineseChars)",
    ]
    parts += settings.model.digestParts(addedVocabularySize: settings.addedVocabularySize)
    parts += settings.specialTokens.all
    for token in settings.addedTokens {
      let flags = [
        token.isSingleWord, token.stripsLeft, token.stripsRight, token.isNormalized,
        token.isSpecial,
      ]
      parts.append("added \(token.id) \(flags.map { $0 ? "1" : "0" }.joined())")
    }
    parts += vocabulary.tokens
    var bytes: [UInt8] = []
    for part in parts {
      bytes += "\(part.utf8.count):".utf8
      bytes += part.utf8
    }
    return Digest.of(bytes)
  }
}
