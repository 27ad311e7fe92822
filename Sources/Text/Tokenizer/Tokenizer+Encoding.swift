extension Tokenizer {
  /// `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]` where the pair is given and not empty.
  ///
  /// What is too long loses tokens from its end, the longer text first ("longest first").
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - pair: A second text, of type 1.
  ///   - maxLength: The most ids allowed, special tokens included; nil for no limit.
  ///   - withSources: Say where each token comes from, which takes more than twice the time.
  /// - Returns: The ids with their types.
  /// - Precondition: `maxLength` leaves room for the special tokens, two or three.
  public func encode(
    _ text: String, _ pair: String? = nil, maxLength: Int? = nil, withSources: Bool = false
  ) -> Encoding {
    let (first, second) = runs(text, pair, withSources: withSources)
    return encode(first, second, maxLength: maxLength)
  }

  /// `[CLS] words [SEP]` of a text that is cut into words already, with the sources of its tokens.
  ///
  /// Each word is tokenised by itself, as Hugging Face does with `is_split_into_words`. A word may
  /// have no token at all, and its tokens may come from several words as the pre-tokenizer sees them.
  ///
  /// - Parameters:
  ///   - words: The words.
  ///   - maxLength: The most ids allowed, special tokens included; nil for no limit.
  /// - Returns: The ids; the sources' ranges are those of scalars in the word.
  /// - Precondition: `maxLength` leaves room for two special tokens.
  public func encode(words: [String], maxLength: Int? = nil) -> Encoding {
    var whole = TokenRun(ids: [], sources: [])
    for (index, word) in words.enumerated() {
      var part = run(word, segment: 0, withSources: true)
      part.sources = part.sources?.map { TokenSource(segment: 0, word: index, range: $0.range) }
      whole.append(part)
    }
    return encode(whole, nil, maxLength: maxLength)
  }

  /// The windows of a text too long for one sequence, or of the second text of a pair beside the
  /// whole first one, with the sources of their tokens.
  ///
  /// They are those of Hugging Face with `return_overflowing_tokens` and the truncation `only_first`
  /// or `only_second`.
  ///
  /// - Parameters:
  ///   - text: The text, in every window whole where there is a second one.
  ///   - pair: A second text, of type 1; none where it is empty.
  ///   - maxLength: The most ids of a window, special tokens included.
  ///   - overlap: How many tokens a window repeats of the one before; Hugging Face's `stride`.
  /// - Returns: The windows in order, at least one; nil where more than one is needed and there is no
  ///   room in it for more tokens than the overlap.
  public func windows(
    _ text: String, _ pair: String? = nil, maxLength: Int, overlap: Int
  ) -> [Encoding]? {
    let (first, second) = runs(text, pair, withSources: true)
    let others = second == nil ? 0 : first.ids.count
    let room = maxLength - postProcessor.addedCount(isPair: second != nil) - others
    return (second ?? first).stretches(room: room, overlap: overlap)?.map { stretch in
      second == nil
        ? postProcessor.encoding(stretch, nil) : postProcessor.encoding(first, stretch)
    }
  }

  private func runs(
    _ text: String, _ pair: String?, withSources: Bool
  ) -> (first: TokenRun, second: TokenRun?) {
    let first = run(text, segment: 0, withSources: withSources)
    guard let pair, !pair.isEmpty else { return (first, nil) }
    return (first, run(pair, segment: 1, withSources: withSources))
  }

  private func run(_ text: String, segment: Int, withSources: Bool) -> TokenRun {
    guard withSources else { return TokenRun(ids: tokenize(text)) }
    var tokens = TracedTokens(of: text, segment: segment)
    collect(text, into: &tokens)
    return TokenRun(ids: tokens.ids, sources: tokens.sources)
  }

  private func encode(_ first: TokenRun, _ second: TokenRun?, maxLength: Int?) -> Encoding {
    var (first, second) = (first, second)
    let room = maxLength.map { $0 - postProcessor.addedCount(isPair: second != nil) } ?? Int.max
    precondition(room >= 0, "maxLength leaves no room for special tokens")
    let counts = (first: first.ids.count, second: second?.ids.count ?? 0)
    let kept = Self.keptCounts(counts.first, counts.second, room: room)
    first.removeLast(counts.first - kept.first)
    second?.removeLast(counts.second - kept.second)
    return postProcessor.encoding(
      first, second,
      truncatedCount: counts.first - kept.first + counts.second - kept.second)
  }

  /// How many tokens of two texts stay when `room` is left for both.
  ///
  /// The shorter text is not touched while the longer one alone can give way; beyond that both get
  /// half, and the odd token goes to the longer one, or to the second of two equal ones.
  static func keptCounts(_ first: Int, _ second: Int, room: Int) -> (first: Int, second: Int) {
    if first <= room && second <= room - first { return (first, second) }
    let shorter = min(first, second)
    let (small, large) =
      shorter <= room - shorter ? (shorter, room - shorter) : (room / 2, room - room / 2)
    return first > second ? (large, small) : (small, large)
  }
}
