internal import RandomStreams

/// Makes sequences of a document's sentences by the plan that each chunk draws; memory is bounded by a few
/// sequences and ``OtherDocuments``.
///
/// A chunk takes the sentences that reach its length, or the last of the document. A pair is cut after a
/// random one of them; what follows is its second text, or another document's text is, and then what
/// follows begins the next chunk. What is too long loses tokens at either end of its longer text.
struct PairMixer: Sendable {
  /// What is kept from one sentence to the next.
  struct State: Sendable, Hashable, Codable {
    /// Sentences of the document that no sequence holds yet.
    var waiting: [[Int32]] = []
    /// Tokens in them.
    var waitingTokens = 0
    /// Chunks begun, the one that is waiting aside.
    var chunks = 0
    /// Documents ended.
    var documents = 0
    /// Sentences for the next run of `others`.
    var run = OtherDocuments.Run(document: 0, ids: [], ends: [])
    /// Text of other documents.
    var others = OtherDocuments()
    /// What became of the chunks.
    var counts = CorpusChunker.PairCounts()
  }

  /// Settings.
  let mixing: PairMixing
  /// The most tokens of text in a sequence of one segment; one less in a pair.
  let room: Int

  /// Takes a sentence and hands over the texts of each sequence that it completes.
  func append(_ sentence: [Int32], _ state: inout State) -> [(first: [Int32], second: [Int32]?)] {
    state.waiting.append(sentence)
    state.waitingTokens += sentence.count
    state.run.ids += sentence
    state.run.ends.append(state.run.ids.count)
    var made: [(first: [Int32], second: [Int32]?)] = []
    while let next = next(&state, isEnd: false) { made.append(next) }
    // After the chunks, which do not find themselves there.
    if state.run.ids.count >= room - 1 { keepRun(&state) }
    return made
  }

  /// Ends a document and hands over the texts of the sequences left.
  func endDocument(_ state: inout State) -> [(first: [Int32], second: [Int32]?)] {
    var made: [(first: [Int32], second: [Int32]?)] = []
    while let next = next(&state, isEnd: true) { made.append(next) }
    if !state.run.ids.isEmpty { keepRun(&state) }
    state.documents += 1
    state.run.document = state.documents
    return made
  }

  private func keepRun(_ state: inout State) {
    state.others.take(state.run, room: room, seed: mixing.seed)
    (state.run.ids, state.run.ends) = ([], [])
  }

  /// The next sequence of what waits; nil where its chunk is to have more.
  private func next(
    _ state: inout State, isEnd: Bool
  ) -> (first: [Int32], second: [Int32]?)? {
    guard !state.waiting.isEmpty else { return nil }
    var draws = mixing.draws(state.chunks)
    let plan = mixing.plan(room: room, &draws)
    let made: (first: [Int32], second: [Int32]?)
    switch plan.form {
    case .single:
      made = (take(1, &state), nil)
      state.counts.singles += 1
    case .packed:
      var (count, tokens) = (0, 0)
      while count < state.waiting.count, tokens + state.waiting[count].count <= plan.target {
        tokens += state.waiting[count].count
        count += 1
      }
      if count == state.waiting.count, tokens < plan.target, !isEnd { return nil }
      made = (take(max(count, 1), &state), nil)
      state.counts.packed += 1
    case .pair:
      guard isEnd || state.waitingTokens >= plan.target else { return nil }
      made = pair(plan, &draws, &state)
    }
    state.chunks += 1
    return made
  }

  private func pair(
    _ plan: PairMixing.Plan, _ draws: inout RandomSequence, _ state: inout State
  ) -> (first: [Int32], second: [Int32]?) {
    var (count, tokens) = (0, 0)
    while count < state.waiting.count, tokens < plan.target {
      tokens += state.waiting[count].count
      count += 1
    }
    let isOther = draws.uniform() < mixing.otherShare || count == 1 && mixing.otherShare > 0
    let firstCount = count > 1 ? 1 + draws.below(count - 1) : 1
    let first = state.waiting[..<firstCount].flatMap(\.self)
    let document = state.documents
    if isOther,
      let second = state.others.text(
        besides: document, wanted: max(1, plan.target - first.count), &draws)
    {
      _ = take(firstCount, &state)
      state.counts.pairs += 1
      state.counts.otherPairs += 1
      return cut(first, second, &draws, &state)
    }
    _ = take(firstCount, &state)
    guard count > firstCount else {
      state.counts.unpaired += 1
      return (first, nil)
    }
    state.counts.pairs += 1
    return cut(first, take(count - firstCount, &state), &draws, &state)
  }

  /// Takes the first sentences that wait.
  private func take(_ count: Int, _ state: inout State) -> [Int32] {
    let taken = state.waiting[..<count].flatMap(\.self)
    state.waiting.removeFirst(count)
    state.waitingTokens -= taken.count
    return taken
  }

  /// Cuts a pair to its room.
  private func cut(
    _ first: [Int32], _ second: [Int32], _ draws: inout RandomSequence, _ state: inout State
  ) -> (first: [Int32], second: [Int32]?) {
    var (first, second) = (first[...], second[...])
    while first.count + second.count > room - 1 {
      let isFront = draws.nextWord() & 1 == 0
      if first.count > second.count {
        first = isFront ? first.dropFirst() : first.dropLast()
      } else {
        second = isFront ? second.dropFirst() : second.dropLast()
      }
      state.counts.cutTokens += 1
    }
    return (Array(first), Array(second))
  }
}

extension PairMixer {
  /// Whether it can have come to a state, which may be from a stranger's file.
  func accepts(_ state: State, vocabularySize: Int) -> Bool {
    let counts = state.counts
    let numbers = [
      state.chunks, state.documents, counts.singles, counts.packed, counts.pairs, counts.otherPairs,
      counts.unpaired, counts.cutTokens,
    ]
    return numbers.allSatisfy((0...1 << 53).contains) && state.waiting.count <= room
      && state.waiting.allSatisfy { sentence in
        (1...room).contains(sentence.count)
          && sentence.allSatisfy { $0 >= 0 && $0 < vocabularySize }
      } && state.waitingTokens == state.waiting.reduce(0) { $0 + $1.count }
      && state.run.document == state.documents && state.run.ids.count < room
      && state.run.ends.count <= state.run.ids.count
      && state.run.ends.last ?? 0 == state.run.ids.count
      && state.run.ids.allSatisfy { $0 >= 0 && $0 < vocabularySize }
      && zip([0] + state.run.ends, state.run.ends).allSatisfy { $0 < $1 }
      && state.others.isSound(room: room, vocabularySize: vocabularySize)
  }
}
