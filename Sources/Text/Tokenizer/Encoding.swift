/// A text, or a pair of texts, as a model reads it.
public struct Encoding: Sendable, Hashable {
  /// Token ids, special tokens included.
  public var ids: [Int32]
  /// Index of the first token of the second text; the number of ids where there is none.
  public var secondSegmentStart: Int
  /// How many tokens were cut off to keep within the length asked for.
  public var truncatedCount: Int
  /// Where each token comes from; empty unless that was asked for.
  public var sources: [TokenSource]

  /// Makes an encoding from its parts.
  public init(
    ids: [Int32], secondSegmentStart: Int? = nil, truncatedCount: Int = 0,
    sources: [TokenSource] = []
  ) {
    precondition(sources.isEmpty || sources.count == ids.count)
    self.ids = ids
    self.secondSegmentStart = secondSegmentStart ?? ids.count
    self.truncatedCount = truncatedCount
    self.sources = sources
  }

  /// For each id the text it belongs to: 0 for the first and `[CLS]`, 1 for the second; whether or not a
  /// model is told so.
  public var types: [Int32] { ids.indices.map { $0 < secondSegmentStart ? 0 : 1 } }
}

/// Where a token of an encoding comes from.
public struct TokenSource: Sendable, Hashable {
  /// 0 for the first text, 1 for the second; nil for the special tokens put around them.
  public var segment: Int?
  /// Index of the token's word in its text, or in the words that were given; nil as `segment`.
  ///
  /// Words are cut at whitespace and around punctuation; an added token is a word of its own.
  public var word: Int?
  /// The Unicode scalars that it was made from, of the text, or of the word where words were given;
  /// empty for the special tokens put around texts.
  ///
  /// Accents and other scalars that vanish are part of it only inside.
  public var range: Range<Int>

  /// Makes a source from its parts; without any, that of a special token put around texts.
  public init(segment: Int? = nil, word: Int? = nil, range: Range<Int> = 0..<0) {
    self.segment = segment
    self.word = word
    self.range = range
  }
}
