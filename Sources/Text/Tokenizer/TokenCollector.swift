/// Takes the tokens of a text as they are found.
protocol TokenCollector {
  /// The normal form that words are cut from.
  associatedtype Form: NormalForm

  /// Takes an added token at a place of the text as written.
  mutating func append(_ id: Int32, at range: Range<Int>)

  /// Takes an added token at a place of a stretch's normal form.
  mutating func append(_ id: Int32, at range: Range<Int>, of form: Form)

  /// Takes the pieces of the word at a place of a stretch's normal form, whose bytes these are.
  mutating func append(
    word range: Range<Int>, of form: Form, _ bytes: Span<UInt8>, spelledBy model: WordPiece)
}

/// The ids alone.
extension [Int32]: TokenCollector {
  typealias Form = PlainForm

  mutating func append(_ id: Int32, at range: Range<Int>) { append(id) }

  mutating func append(_ id: Int32, at range: Range<Int>, of form: PlainForm) { append(id) }

  @inline(__always)
  mutating func append(
    word range: Range<Int>, of form: PlainForm, _ bytes: Span<UInt8>, spelledBy model: WordPiece
  ) {
    model.append(bytes, word: range, to: &self)
  }
}

/// The ids with the places of the text they come from.
struct TracedTokens: TokenCollector {
  private(set) var ids: [Int32] = []
  private(set) var sources: [TokenSource] = []
  private let segment: Int
  private var words = 0
  /// For each byte of the text, and for its end, how many scalars start before it.
  private let scalarCounts: [Int]

  /// No tokens yet of a text that is the first (0) or the second (1) of a sequence.
  init(of text: String, segment: Int) {
    self.segment = segment
    var counts = [0]
    counts.reserveCapacity(text.utf8.count + 1)
    for byte in text.utf8 { counts.append(counts[counts.count - 1] + (startsScalar(byte) ? 1 : 0)) }
    scalarCounts = counts
  }

  private mutating func append(_ id: Int32, bytes: Range<Int>) {
    ids.append(id)
    let scalars = scalarCounts[bytes.lowerBound]..<scalarCounts[bytes.upperBound]
    sources.append(TokenSource(segment: segment, word: words, range: scalars))
  }

  mutating func append(_ id: Int32, at range: Range<Int>) {
    append(id, bytes: range)
    words += 1
  }

  mutating func append(_ id: Int32, at range: Range<Int>, of form: TracedForm) {
    append(id, at: form.source(of: range))
  }

  mutating func append(
    word range: Range<Int>, of form: TracedForm, _ bytes: Span<UInt8>, spelledBy model: WordPiece
  ) {
    var pieces: [Int32] = []
    model.append(bytes, word: range, to: &pieces)
    for (id, place) in zip(pieces, model.places(of: pieces, in: range)) {
      append(id, bytes: form.source(of: place))
    }
    words += 1
  }
}
