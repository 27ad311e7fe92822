public import Files

/// Turns text into the ids of a BERT model's vocabulary, exactly as the fast tokenizer of Hugging
/// Face does.
///
/// Its components are those of Hugging Face `tokenizers`. Added tokens are found in the text; the
/// normalizer gives what lies between them its normal form, the pre-tokenizer cuts that into words,
/// the model spells each word; the post-processor puts special tokens around the whole.
///
/// Works on Unicode scalars, never on characters as Swift counts them. A value of this type never
/// changes what it knows, so it may be shared between threads.
public struct Tokenizer: Sendable {
  /// The tokens.
  public let vocabulary: Vocabulary
  /// Everything else that decides the ids.
  public private(set) var settings: TokenizerSettings
  /// Treat special tokens that the text spells out as ordinary text, for text from strangers.
  public var splitsSpecialTokens = false
  /// SHA-256 of what decides the ids, the vocabulary included.
  ///
  /// Equal for equal tokenizers, whatever files they came from. `modelMaxLength` does not enter.
  public let digest: Digest

  /// The id of the padding token.
  public let paddingId: Int32
  /// The id of unknown words.
  public let unknownId: Int32
  /// The id that opens a sequence.
  public let classifierId: Int32
  /// The id that ends each text.
  public let separatorId: Int32
  /// The id of a word to be guessed.
  public let maskId: Int32
  /// The ids of all special tokens.
  public let specialIds: Set<Int32>

  private let writtenTokens: AddedTokenMatcher
  private let normalizer: BertNormalizer
  private let normalizedTokens: AddedTokenMatcher
  private let preTokenizer: BertPreTokenizer
  private let model: WordPiece
  let postProcessor: BertPostProcessor

  /// Makes a tokenizer from its parts, as a model artifact stores them.
  ///
  /// - Parameters:
  ///   - tokens: The token of each id.
  ///   - settings: The rest. Where it names no added tokens, the five special tokens are.
  ///   - source: Where they come from, for errors.
  /// - Throws: `TextError` if a special token is missing from the vocabulary, an added token disagrees
  ///   with it, or all of them together are too large.
  public init(tokens: [String], settings: TokenizerSettings, source: String = "tokenizer") throws {
    let vocabulary = try Vocabulary(tokens, source: source)
    let special = try settings.specialTokens.all.map { token in
      guard let id = vocabulary.identifier(of: token) else {
        throw TextError(
          source,
          "the special token '\(token)' is not in the vocabulary; use the vocabulary the model was "
            + "trained with, or name its special tokens in tokenizer_config.json")
      }
      return AddedToken(id: id, content: token)
    }
    let settings = try settings.validated(vocabulary, special: special, source: source)
    self.vocabulary = vocabulary
    self.settings = settings
    (paddingId, unknownId, classifierId) = (special[0].id, special[1].id, special[2].id)
    (separatorId, maskId) = (special[3].id, special[4].id)
    specialIds = Set(settings.addedTokens.filter(\.isSpecial).map(\.id))
    digest = Self.digest(vocabulary, settings)

    let table = CharacterTable(settings.normalizer)
    let normalizer = BertNormalizer(table: table)
    self.normalizer = normalizer
    preTokenizer = BertPreTokenizer(table: table)
    model = WordPiece(
      vocabulary, settings.model, pieceCount: vocabulary.count - settings.addedVocabularySize,
      unknown: unknownId)
    postProcessor = BertPostProcessor(classifier: classifierId, separator: separatorId)
    writtenTokens = try Self.matcher(
      settings.addedTokens.filter { !$0.isNormalized }, table: table, source: source
    ) { Array($0.utf8) }
    normalizedTokens = try Self.matcher(
      settings.addedTokens.filter(\.isNormalized), table: table, source: source,
      normalizer.normalize)
  }

  /// The same tokenizer for sequences of at most `length` tokens.
  public func limited(to length: Int) -> Tokenizer {
    var limited = self
    limited.settings.modelMaxLength = length
    return limited
  }

  /// What finds the tokens by the bytes they have in the text that is searched.
  ///
  /// - Throws: `TextError` if one is so long that looking for it takes long, or all are too large.
  private static func matcher(
    _ tokens: [AddedToken], table: CharacterTable, source: String, _ form: (String) -> [UInt8]
  ) throws -> AddedTokenMatcher {
    let patterns = tokens.map { (bytes: form($0.content), token: $0) }
    let limit = AddedTokenMatcher.tokenLimit
    if let long = patterns.first(where: { $0.bytes.count > limit }) {
      throw TextError(
        source,
        "the added token with the id \(long.token.id) has \(long.bytes.count) bytes, more than the "
          + "\(limit) allowed; use a tokenizer without it")
    }
    let size = patterns.reduce(0) { $0 + $1.bytes.count }
    guard size <= PieceTrie.byteLimit else {
      throw TextError(
        source,
        "the added tokens have \(size) bytes, more than the \(PieceTrie.byteLimit) allowed; "
          + "remove some")
    }
    return AddedTokenMatcher(patterns, table: table)
  }

  /// The number of ids.
  public var vocabularySize: Int { vocabulary.count }

  /// The token of an id; nil if there is none.
  public func token(_ id: Int32) -> String? {
    vocabulary.tokens.indices.contains(Int(id)) ? vocabulary.tokens[Int(id)] : nil
  }

  /// Whether a token continues a word, such as `##ing`, rather than starting one.
  public func continuesWord(_ id: Int32) -> Bool { model.continuesWord(id) }

  /// The ids of a text, without special tokens around it.
  public func tokenize(_ text: String) -> [Int32] {
    var ids: [Int32] = []
    ids.reserveCapacity(text.utf8.count / 4 + 4)  // what English needs
    appendIds(of: text, to: &ids)
    return ids
  }

  /// Appends the ids of a text, without special tokens around it.
  public func appendIds(of text: String, to ids: inout [Int32]) { collect(text, into: &ids) }

  /// Hands the tokens of a text to `tokens`.
  func collect<Collector: TokenCollector>(_ text: String, into tokens: inout Collector) {
    let bytes = text.utf8Span.span
    var form = Collector.Form(byteCount: bytes.count + 32)
    guard writtenTokens.mayMatch(bytes) else {
      collect(bytes, 0..<bytes.count, into: &tokens, &form)
      return
    }
    for segment in writtenTokens.segments(bytes, splittingSpecialTokens: splitsSpecialTokens) {
      if let id = segment.id {
        tokens.append(id, at: segment.range)
      } else {
        collect(bytes, segment.range, into: &tokens, &form)
      }
    }
  }

  /// Hands over the tokens of a stretch of text between added tokens.
  private func collect<Collector: TokenCollector>(
    _ bytes: Span<UInt8>, _ range: Range<Int>, into tokens: inout Collector,
    _ form: inout Collector.Form
  ) {
    form.removeAll()
    normalizer.normalize(bytes, range, into: &form)
    let normal = form.bytes
    guard normalizedTokens.mayMatch(normal.span) else {
      collectWords(normal.span, 0..<normal.count, of: form, into: &tokens)
      return
    }
    for segment in normalizedTokens.segments(
      normal.span, splittingSpecialTokens: splitsSpecialTokens)
    {
      if let id = segment.id {
        tokens.append(id, at: segment.range, of: form)
      } else {
        collectWords(normal.span, segment.range, of: form, into: &tokens)
      }
    }
  }

  private func collectWords<Collector: TokenCollector>(
    _ normal: Span<UInt8>, _ range: Range<Int>, of form: Collector.Form,
    into tokens: inout Collector
  ) {
    var index = range.lowerBound
    while let word = preTokenizer.nextWord(in: normal, &index, before: range.upperBound) {
      tokens.append(word: word, of: form, normal, spelledBy: model)
    }
  }

  /// The words of a text from which its pieces are made.
  ///
  /// They are normalised and cut at whitespace and around punctuation. Added tokens are not looked
  /// for.
  public func basicTokens(_ text: String) -> [String] {
    let normal = normalizer.normalize(text)
    var words: [String] = []
    var index = 0
    while let word = preTokenizer.nextWord(in: normal.span, &index, before: normal.count) {
      words.append(String(decoding: normal[word], as: UTF8.self))
    }
    return words
  }

  /// The pieces of one word, as `basicTokens` gives them; the unknown token if it cannot be spelt.
  public func pieces(of word: String) -> [Int32] {
    var ids: [Int32] = []
    let bytes = word.utf8Span.span
    model.append(bytes, word: 0..<bytes.count, to: &ids)
    return ids
  }
}
