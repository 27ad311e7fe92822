/// Cuts raw text into sequences `[CLS] ... [SEP]` of at most a given length.
///
/// Text comes line by line, a sentence each. A sentence with no tokens is left out and counted.
public struct CorpusChunker {
  /// What makes a sequence.
  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    /// One sentence.
    case sentences
    /// Consecutive sentences of a document, as many as fit whole.
    case packed
    /// Two texts, each of consecutive sentences, in two segments.
    case pairs
    /// Pairs, packed sentences and single ones, so that all lengths, positions and segments occur.
    case mixed

    /// Whether there may be second segments.
    public var hasPairs: Bool { self == .pairs || self == .mixed }
    /// The shortest `maxSeqLength`.
    public var shortestLimit: Int { hasPairs ? 5 : 3 }
  }

  /// What becomes of a sentence that is too long for one sequence.
  public enum LongSentences: String, Sendable, Hashable, Codable, CaseIterable {
    /// Several sequences, cut before a word where possible.
    case split
    /// Its beginning, as far as it fits.
    case truncate
  }

  /// What was read and what became of it.
  public struct Counts: Sendable, Hashable, Codable {
    /// Sentences given.
    public var sentences = 0
    /// Sentences without a token.
    public var emptySentences = 0
    /// Sentences that were split or truncated.
    public var longSentences = 0
    /// Tokens cut off; always 0 where long sentences are split.
    public var truncatedTokens = 0
    /// Documents with at least one sequence.
    public var documents = 0
    /// Sequences made.
    public var sequences = 0
    /// Tokens in them, special tokens included.
    public var tokens = 0
  }

  /// What became of chunks of sentences where there are pairs.
  public struct PairCounts: Sendable, Hashable, Codable {
    /// Sequences of one sentence, by choice.
    public var singles = 0
    /// Sequences of consecutive sentences in one segment, by choice.
    public var packed = 0
    /// Pairs.
    public var pairs = 0
    /// Those of them whose second text is of another document.
    public var otherPairs = 0
    /// Sentences that stayed alone since there was no second text.
    public var unpaired = 0
    /// Tokens cut off pairs that were too long.
    public var cutTokens = 0
  }

  /// All that a chunker keeps from one sentence to the next.
  public struct State: Sendable, Hashable, Codable {
    /// What was read and what became of it.
    public var counts = Counts()
    /// Ids of the document's last sentences that no sequence holds yet; none unless they are packed.
    public var pending: [Int32] = []
    /// Sequences made before the document began.
    public var sequencesBeforeDocument = 0
    /// What there is to keep where there are pairs.
    var mixer: PairMixer.State?

    /// That of a chunker that has read nothing.
    public init() {}
  }

  /// Whether a chunker of these arguments can have come to a state, which may be from a stranger's
  /// file.
  public func accepts(_ state: State) -> Bool {
    let counts = state.counts
    let numbers = [
      counts.sentences, counts.emptySentences, counts.longSentences, counts.truncatedTokens,
      counts.documents, counts.sequences, counts.tokens,
    ]
    return numbers.allSatisfy((0...1 << 53).contains) && state.pending.count <= room
      && (0...counts.sequences).contains(state.sequencesBeforeDocument)
      && state.pending.allSatisfy { $0 >= 0 && $0 < tokenizer.vocabularySize }
      && (state.mixer.map {
        mixer?.accepts($0, vocabularySize: tokenizer.vocabularySize) == true
      } ?? true)
  }

  /// Where it stands; a chunker with the same arguments that is given this goes on from here.
  public var state = State()
  /// The counts so far.
  public var counts: Counts { state.counts }
  /// What became of chunks; nil where no pairs are made.
  public var pairCounts: PairCounts? { mixer == nil ? nil : state.mixer?.counts ?? PairCounts() }

  private let tokenizer: Tokenizer
  private let room: Int
  private let mode: Mode
  private let longSentences: LongSentences
  private let mixer: PairMixer?

  /// Makes a chunker.
  ///
  /// - Parameters:
  ///   - tokenizer: Makes the ids.
  ///   - maxSeqLength: The longest sequence, special tokens included; at least `mode.shortestLimit`.
  ///   - mode: What makes a sequence.
  ///   - longSentences: What becomes of sentences that are longer than a sequence.
  ///   - mixing: How pairs are made, in a mode that has them.
  public init(
    _ tokenizer: Tokenizer, maxSeqLength: Int, mode: Mode = .sentences,
    longSentences: LongSentences = .split, mixing: PairMixing = PairMixing()
  ) {
    precondition(
      maxSeqLength >= mode.shortestLimit, "maxSeqLength leaves no room beside the special tokens")
    self.tokenizer = tokenizer
    self.mode = mode
    self.longSentences = longSentences
    mixer = mode.hasPairs ? PairMixer(mixing: mixing, room: maxSeqLength - 2) : nil
    room = maxSeqLength - (mode.hasPairs ? 3 : 2)
  }

  /// Takes a sentence and returns the sequences it completes.
  public mutating func append(_ sentence: String) -> [CorpusSequence] {
    append(ids: tokenizer.tokenize(sentence)[...])
  }

  /// Takes the ids of a sentence and returns the sequences it completes.
  private mutating func append(ids: ArraySlice<Int32>) -> [CorpusSequence] {
    state.counts.sentences += 1
    if ids.isEmpty {
      state.counts.emptySentences += 1
      return []
    }
    var pieces = pieces(of: ids)
    if let mixer {
      return pieces.flatMap { piece in
        mixer.append(piece, &mixerState).map { finish($0.first, $0.second) }
      }
    }
    if mode == .sentences { return pieces.map { finish($0) } }
    var sequences: [CorpusSequence] = []
    if state.pending.count + pieces[0].count > room, !state.pending.isEmpty {
      sequences.append(finish(state.pending))
    } else {
      pieces[0] = state.pending + pieces[0]
    }
    state.pending = pieces.removeLast()
    return sequences + pieces.map { finish($0) }
  }

  /// Ends a document, at a blank line or the end of a file, and returns the sequence left.
  public mutating func endDocument() -> [CorpusSequence] {
    var sequences = state.pending.isEmpty ? [] : [finish(state.pending)]
    if let mixer { sequences = mixer.endDocument(&mixerState).map { finish($0.first, $0.second) } }
    state.pending = []
    if state.counts.sequences > state.sequencesBeforeDocument { state.counts.documents += 1 }
    state.sequencesBeforeDocument = state.counts.sequences
    return sequences
  }

  private var mixerState: PairMixer.State {
    get { state.mixer ?? PairMixer.State() }
    _modify {
      var current = state.mixer.take() ?? PairMixer.State()
      yield &current
      state.mixer = current
    }
  }

  private mutating func finish(_ first: [Int32], _ second: [Int32]? = nil) -> CorpusSequence {
    var sequence = CorpusSequence(ids: [tokenizer.classifierId] + first + [tokenizer.separatorId])
    if let second { sequence.ids += second + [tokenizer.separatorId] }
    state.counts.sequences += 1
    state.counts.tokens += sequence.count
    return sequence
  }

  /// The parts of a sentence that fit a sequence each.
  private mutating func pieces(of ids: ArraySlice<Int32>) -> [[Int32]] {
    if ids.count <= room { return [Array(ids)] }
    state.counts.longSentences += 1
    if longSentences == .truncate {
      state.counts.truncatedTokens += ids.count - room
      return [Array(ids.prefix(room))]
    }
    return tokenizer.pieces(of: ids, room: room)
  }
}

extension Tokenizer {
  /// The parts of a text's ids that fit a sequence each, cut before a word where possible; one without
  /// ids where there are none.
  public func pieces(of ids: ArraySlice<Int32>, room: Int) -> [[Int32]] {
    var pieces: [[Int32]] = []
    var start = ids.startIndex
    while ids.endIndex - start > room {
      var end = start + room
      while end > start, continuesWord(ids[end]) { end -= 1 }
      if end == start { end = start + room }  // one word fills the sequence
      pieces.append(Array(ids[start..<end]))
      start = end
    }
    pieces.append(Array(ids[start...]))
    return pieces
  }
}

extension CorpusChunker {
  /// Reads a file and hands over each sequence; see `SentenceReader` for what a document is.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - layout: Its columns; labels do not matter.
  ///   - threads: How many threads tokenise; the sequences are the same for any number.
  ///   - body: Takes a sequence.
  /// - Throws: As `RowReader`, and what `body` throws.
  public mutating func read(
    _ path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(), threads: Int = 1,
    _ body: (CorpusSequence) throws -> Void
  ) throws {
    let reader = try SentenceReader(path, format: format, layout: layout)
    try read(reader.next, threads: threads, sequence: body, batch: { _ in })
  }

  /// Reads the rest of a file and hands over each sequence.
  ///
  /// - Parameters:
  ///   - next: Gives the next batch of its sentences; nil at its end.
  ///   - threads: How many threads tokenise; the sequences are the same for any number.
  ///   - sequence: Takes a sequence.
  ///   - batch: Told the chunker's state when one more batch of the reader is done with.
  /// - Throws: As `RowReader`, and what `sequence` and `batch` throw.
  public mutating func read(
    _ next: () throws -> SentenceBatch?, threads: Int, sequence: (CorpusSequence) throws -> Void,
    batch: (State) throws -> Void
  ) throws {
    let tokenizer = tokenizer
    let work = OrderedWork(threads: threads) { TokenizedSentences($0, tokenizer) }
    while let sentences = try next() {
      if work.isFull, let oldest = work.take() {
        try append(oldest, sequence)
        try batch(state)
      }
      work.give(sentences)
    }
    while let oldest = work.take() {
      try append(oldest, sequence)
      try batch(state)
    }
  }

  private mutating func append(
    _ batch: TokenizedSentences, _ body: (CorpusSequence) throws -> Void
  ) throws {
    var start = 0
    var documentEnds = batch.documentEnds[...]
    for (sentence, end) in batch.ends.enumerated() {
      while documentEnds.first == sentence {
        documentEnds.removeFirst()
        for sequence in endDocument() { try body(sequence) }
      }
      for sequence in append(ids: batch.ids[start..<end]) { try body(sequence) }
      start = end
    }
    for _ in documentEnds {
      for sequence in endDocument() { try body(sequence) }
    }
  }
}
