import RandomStreams
public import Text

/// TinyBERT's data augmentation (section 3.2, algorithm 1).
///
/// Each of `rewrites` rounds draws which words of a text are replaced: those of letters only that are
/// neither stop words nor protected, each with probability `replacementProbability`, or with the chance
/// that `WordImportance` gives it. A word that any
/// round replaces gets candidates, once, from the original text: words of one piece from the
/// contextual source, others from the lexical one; without candidates it stays. Each round then draws
/// among them, and its rewrite is kept if it is new. The sides of a pair are augmented independently:
/// rewrites of one stand beside the untouched other, unless the options let it leak. A row may say that one of its texts stays, or that
/// it is rewritten word by word (`Rewriting`).
///
/// The draws of a round are keyed by seed, index of the row, round and side, so any slicing of the
/// rows gives the same result.
public final class Augmenter {
  private let tokenizer: Tokenizer
  private let contextual: (any CandidateSource)?
  private let lexical: (any CandidateSource)?
  private let options: AugmentationOptions
  private let importance: WordImportance?
  private let keptWords: Set<String>
  private let stream: RandomStream

  /// Puts the parts together; `tokenizer` is that of the model behind the sources.
  ///
  /// `contextual`, a masked-language model, is asked about words of one piece; where it is nil,
  /// `lexical` is asked about every word. Where `lexical` is nil, words of several pieces stay. Where
  /// `importance` is given, words that say little are replaced more often.
  public init(
    tokenizer: Tokenizer, contextual: (any CandidateSource)?, lexical: (any CandidateSource)?,
    options: AugmentationOptions = AugmentationOptions(), importance: WordImportance? = nil
  ) {
    precondition(contextual != nil || lexical != nil, "no source of candidates")
    precondition(options.rewrites >= 0 && options.rewrites < 1 << 30)
    precondition((0...1).contains(options.replacementProbability))
    self.tokenizer = tokenizer
    self.contextual = contextual
    self.lexical = lexical
    self.options = options
    self.importance = importance
    keptWords = options.stopWords.union(options.protectedWords.map { $0.lowercased() })
    stream = RandomStream(seed: options.seed, purpose: "augmentation")
  }

  /// Augments consecutive rows, of which the first has the index `source` in the whole.
  ///
  /// The result holds every original, followed by its rewrites. Throws `AugmentationError`.
  public func augment(
    rows: ArraySlice<AugmentationRow>, startingAt source: Int
  ) throws -> Augmentation {
    var statistics = AugmentationStatistics()
    statistics.rows = rows.count
    var questions = Questions()
    let plans = rows.enumerated().map { offset, row in
      let sides =
        [(row.first, row.rewritingFirst)] + (row.second.map { [($0, row.rewritingSecond)] } ?? [])
      return sides.enumerated().compactMap { side, text in
        rewritable(text.0, text.1).map {
          plan($0, source: source + offset, side: UInt32(side), &questions, &statistics)
        }
      }
    }
    let answers = try answers(to: questions)

    var augmented: [AugmentedRow] = []
    for (offset, (row, sides)) in zip(rows, plans).enumerated() {
      augmented.append(
        AugmentedRow(source: source + offset, rewrite: 0, first: row.first, second: row.second))
      var rewrite = 0
      var first = row.first
      /// What the program of TinyBERT begins the rewrites of a second text with.
      func leakFirstText() {
        rewrite += 1
        augmented.append(
          AugmentedRow(
            source: source + offset, rewrite: rewrite, first: first, second: row.second))
      }
      let leaks =
        options.leaksFirstTexts && row.second != nil && row.rewritingSecond != Rewriting.none
      var hasLeaked = !leaks
      for plan in sides {
        if plan.side == 1, !hasLeaked {
          leakFirstText()
          hasLeaked = true
        }
        let candidates = answers[plan.question]
        count(candidates, of: questions.sentences[plan.question], &statistics)
        let texts = rewrites(plan, candidates)
        for text in texts {
          rewrite += 1
          augmented.append(
            AugmentedRow(
              source: source + offset, rewrite: rewrite, first: plan.side == 0 ? text : first,
              second: plan.side == 1 ? text : row.second))
        }
        if leaks, plan.side == 0, let last = texts.last { first = last }
        statistics.duplicates += options.rewrites - texts.count
      }
      if !hasLeaked { leakFirstText() }
      statistics.rewrites += rewrite
    }
    return Augmentation(rows: augmented, statistics: statistics)
  }

  // MARK: - Which words

  /// What the rounds of one text replace.
  private struct Plan {
    /// The text.
    var text: RewritableText
    /// 0 for the first text of its row, 1 for the second.
    var side: UInt32
    /// Index of the sentence and its words among the questions.
    var question: Int
    /// For each round the words it replaces, and the draws that go on to choose their candidates.
    var rounds: [(words: [Int], draws: RandomSequence)]
  }

  /// Sentences, each with the words that need candidates; equal ones once.
  private struct Questions {
    struct Key: Hashable {
      var text: String
      var words: [Int]
    }
    var sentences: [SegmentedSentence] = []
    var words: [[Int]] = []
    private var indices: [Key: Int] = [:]

    mutating func index(of text: RewritableText, words asked: [Int]) -> Int {
      let key = Key(text: text.key, words: asked)
      if let known = indices[key] { return known }
      indices[key] = sentences.count
      sentences.append(text.sentence)
      words.append(asked)
      return sentences.count - 1
    }
  }

  /// Letters only, not a stop word, not protected.
  private func isEligible(_ word: String) -> Bool {
    word.isLettersOnly && !keptWords.contains(word.lowercased())
  }

  /// A text as it is rewritten; nil where it is left as it is.
  func rewritable(_ text: String, _ rewriting: Rewriting) -> RewritableText? {
    RewritableText(text, rewriting, tokenizer, isEligible)
  }

  private func plan(
    _ text: RewritableText, source: Int, side: UInt32, _ questions: inout Questions,
    _ statistics: inout AugmentationStatistics
  ) -> Plan {
    statistics.words += text.sentence.words.count
    statistics.eligibleWords += text.eligible.count
    let mean = options.replacementProbability
    let chances =
      importance?.chances(of: text.eligible, in: text.sentence.words, mean: mean)
      ?? text.eligible.map { _ in mean }
    let rounds = (0..<UInt32(options.rewrites)).map { round in
      var draws = stream.sequence(place: UInt64(source), site: round * 2 + side)
      let words = zip(text.eligible, chances).filter { draws.uniform() < $0.1 }.map(\.0)
      return (words: words, draws: draws)
    }
    let asked = Set(rounds.flatMap(\.words)).sorted()
    return Plan(
      text: text, side: side, question: questions.index(of: text, words: asked), rounds: rounds)
  }

  /// How much rewriting rows asks for, known before a model is there: which words are replaced is drawn
  /// without one.
  ///
  /// - Parameters:
  ///   - rows: The rows, of which the first has the index 0.
  ///   - maskedShare: As `MaskedLanguageCandidates`; nil where no masked-language model is asked.
  ///   - context: The same.
  ///   - limit: Tokens of the longest sequence that the model takes.
  /// - Returns: The amounts.
  public func forecast(
    _ rows: [AugmentationRow], maskedShare: Double?, context: MaskedContext, limit: Int
  ) -> AugmentationForecast {
    var forecast = AugmentationForecast()
    var (questions, statistics) = (Questions(), AugmentationStatistics())
    for (index, row) in rows.enumerated() {
      let sides =
        [(row.first, row.rewritingFirst)] + (row.second.map { [($0, row.rewritingSecond)] } ?? [])
      for (side, text) in sides.enumerated() {
        guard let text = rewritable(text.0, text.1) else { continue }
        let plan = plan(text, source: index, side: UInt32(side), &questions, &statistics)
        forecast.rewrites += plan.rounds.count { !$0.words.isEmpty }
      }
    }
    for (sentence, words) in zip(questions.sentences, questions.words) {
      let single = words.filter { sentence.ranges[$0].count == 1 }
      forecast.lexicalWords += maskedShare == nil ? words.count : words.count - single.count
      guard let maskedShare else { continue }
      let length = max(0, min(sentence.pieces.count, limit - 2))
      let together = max(1, Int(maskedShare * Double(length)))
      let sequences = (single.count + together - 1) / together
      let tokens = context == .masked ? length + 2 : min(limit, 2 * length + 3)
      forecast.masks += single.count
      forecast.lengths += [Int](repeating: tokens, count: sequences)
    }
    return forecast
  }

  // MARK: - By which candidates

  func isContextual(_ word: Int, of sentence: SegmentedSentence) -> Bool {
    contextual != nil && sentence.ranges[word].count == 1
  }

  /// For every question the candidates of its words.
  private func answers(to questions: Questions) throws -> [[Int: [String]]] {
    let places = zip(questions.words, 0...).flatMap { words, sentence in
      words.map { WordPlace(sentence: sentence, word: $0) }
    }
    let isContextual = { (place: WordPlace) in
      self.isContextual(place.word, of: questions.sentences[place.sentence])
    }
    var found = [[Int: [String]]](repeating: [:], count: questions.sentences.count)
    for (source, asked) in [
      (contextual, places.filter(isContextual)), (lexical, places.filter { !isContextual($0) }),
    ] {
      let lists = try source?.candidates(for: asked, in: questions.sentences)
      for (place, candidates) in zip(asked, lists ?? asked.map { _ in [] }) {
        // Sorted: draws depend on which words are candidates, not on close calls in their ranking.
        found[place.sentence][place.word] = candidates.sorted()
      }
    }
    return found
  }

  private func count(
    _ candidates: [Int: [String]], of sentence: SegmentedSentence,
    _ statistics: inout AugmentationStatistics
  ) {
    for (word, list) in candidates {
      statistics.askedWords += 1
      if isContextual(word, of: sentence) {
        statistics.contextualWords += 1
        let own = sentence.words[word].lowercased()
        if list.contains(where: { $0.lowercased() == own }) {
          statistics.recoveredWords = statistics.recoveredWords.map { $0 + 1 }
        }
      }
      if list.isEmpty { statistics.wordsWithoutCandidates += 1 }
      statistics.candidates += list.count
    }
  }

  /// The new texts of one side of a row.
  private func rewrites(_ plan: Plan, _ candidates: [Int: [String]]) -> [String] {
    var texts: [String] = []
    var seen: Set<String> = [plan.text.parts.joined(separator: " ")]
    for round in plan.rounds {
      var draws = round.draws
      var parts = plan.text.parts
      for word in round.words {
        let list = candidates[word, default: []].filter(plan.text.takes)
        guard !list.isEmpty else { continue }
        plan.text.replace(word, by: list[draws.below(list.count)], in: &parts)
      }
      let text = parts.joined(separator: " ")
      if seen.insert(text).inserted { texts.append(text) }
    }
    return texts
  }
}
