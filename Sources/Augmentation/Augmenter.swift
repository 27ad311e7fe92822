import RandomStreams
public import Text

/// TinyBERT's data augmentation (section 3.2, algorithm 1), in two parts.
///
/// First, for each word of a text that may be replaced, candidates are computed once, on the original
/// text: words of one piece by the contextual source, others by the lexical one; a word without
/// candidates stays. Then `rewrites` rounds draw, for each of these words, a candidate, and put it in
/// with probability `replacementProbability`. A rewrite is kept if it is new. The sides of a pair are
/// augmented independently: rewrites of one stand beside the untouched other.
///
/// The draws of a round are keyed by seed, index of the row, round and side, so any slicing of the
/// rows gives the same result.
public final class Augmenter {
  private let tokenizer: Tokenizer
  private let contextual: (any CandidateSource)?
  private let lexical: (any CandidateSource)?
  private let options: AugmentationOptions
  private let keptWords: Set<String>
  private let stream: RandomStream

  /// Puts the parts together; `tokenizer` is that of the model behind the sources.
  ///
  /// `contextual`, a masked-language model, is asked about words of one piece; where it is nil,
  /// `lexical` is asked about every word. Where `lexical` is nil, words of several pieces stay.
  public init(
    tokenizer: Tokenizer, contextual: (any CandidateSource)?, lexical: (any CandidateSource)?,
    options: AugmentationOptions = AugmentationOptions()
  ) {
    precondition(contextual != nil || lexical != nil, "no source of candidates")
    precondition(options.rewrites >= 0 && options.rewrites < 1 << 30)
    precondition((0...1).contains(options.replacementProbability))
    self.tokenizer = tokenizer
    self.contextual = contextual
    self.lexical = lexical
    self.options = options
    keptWords = options.stopWords.union(options.protectedWords.map { $0.lowercased() })
    stream = RandomStream(seed: options.seed, purpose: "augmentation")
  }

  /// Augments consecutive rows, of which the first has the index `first` in the whole.
  ///
  /// The result holds every original, followed by its rewrites. Throws `AugmentationError`.
  public func augment(
    rows: ArraySlice<AugmentationRow>, startingAt first: Int
  ) throws -> Augmentation {
    var statistics = AugmentationStatistics()
    statistics.rows = rows.count
    var sentences: [SegmentedSentence] = []
    var indices: [String: Int] = [:]  // many rows of a pair task share a text
    func index(of text: String) -> Int {
      if let known = indices[text] { return known }
      sentences.append(SegmentedSentence(text, tokenizer: tokenizer))
      indices[text] = sentences.count - 1
      return sentences.count - 1
    }
    let sides = rows.map { (index(of: $0.first), $0.second.map(index)) }
    let choices = try replacements(in: sentences, &statistics)

    var augmented: [AugmentedRow] = []
    for (offset, (row, side)) in zip(rows, sides).enumerated() {
      let source = first + offset
      var rewrite = 0
      func append(_ first: String, _ second: String?) {
        augmented.append(
          AugmentedRow(source: source, rewrite: rewrite, first: first, second: second))
        rewrite += 1
      }
      append(row.first, row.second)
      let firsts = rewrites(of: sentences[side.0], choices[side.0], source: source, side: 0)
      for text in firsts { append(text, row.second) }
      var seconds: [String] = []
      if let second = side.1 {
        seconds = rewrites(of: sentences[second], choices[second], source: source, side: 1)
        for text in seconds { append(row.first, text) }
      }
      let rounds = options.rewrites * (side.1 == nil ? 1 : 2)
      statistics.rewrites += firsts.count + seconds.count
      statistics.duplicates += rounds - firsts.count - seconds.count
    }
    return Augmentation(rows: augmented, statistics: statistics)
  }

  /// A word that may be replaced, and by what.
  private struct Replacement {
    var word: Int
    var candidates: [String]
  }

  /// Letters only, not a stop word, not protected.
  private func isEligible(_ word: String) -> Bool {
    word.isLettersOnly && !keptWords.contains(word.lowercased())
  }

  /// The replaceable words of every sentence, in ascending order.
  private func replacements(
    in sentences: [SegmentedSentence], _ statistics: inout AugmentationStatistics
  ) throws -> [[Replacement]] {
    var contextualPlaces: [WordPlace] = []
    var lexicalPlaces: [WordPlace] = []
    for (index, sentence) in sentences.enumerated() {
      statistics.words += sentence.words.count
      for (word, text) in sentence.words.enumerated() where isEligible(text) {
        let place = WordPlace(sentence: index, word: word)
        if contextual != nil, sentence.ranges[word].count == 1 {
          contextualPlaces.append(place)
        } else {
          lexicalPlaces.append(place)
        }
      }
    }
    statistics.contextualWords = contextualPlaces.count
    statistics.eligibleWords = contextualPlaces.count + lexicalPlaces.count

    var found = [[Replacement]](repeating: [], count: sentences.count)
    for (source, places) in [(contextual, contextualPlaces), (lexical, lexicalPlaces)] {
      guard let source else {
        statistics.wordsWithoutCandidates += places.count
        continue
      }
      let lists = try source.candidates(for: places, in: sentences)
      for (place, candidates) in zip(places, lists) {
        statistics.candidates += candidates.count
        if candidates.isEmpty {
          statistics.wordsWithoutCandidates += 1
        } else {
          // Sorted: draws depend on which words are candidates, not on close calls in their ranking.
          found[place.sentence].append(
            Replacement(word: place.word, candidates: candidates.sorted()))
        }
      }
    }
    return found.map { $0.sorted { $0.word < $1.word } }
  }

  /// The new texts of one side of a row.
  private func rewrites(
    of sentence: SegmentedSentence, _ replacements: [Replacement], source: Int, side: UInt32
  ) -> [String] {
    guard !replacements.isEmpty else { return [] }
    var texts: [String] = []
    var seen: Set<String> = [sentence.words.joined(separator: " ")]
    for round in 0..<UInt32(options.rewrites) {
      var draws = stream.sequence(place: UInt64(source), site: round * 2 + side)
      var words = sentence.words
      for replacement in replacements {
        let candidate = replacement.candidates[draws.below(replacement.candidates.count)]
        if draws.uniform() < options.replacementProbability {
          words[replacement.word] = candidate
        }
      }
      let text = words.joined(separator: " ")
      if seen.insert(text).inserted { texts.append(text) }
    }
    return texts
  }
}
