import Compute
import RandomStreams
import Training
import Transformer

/// BERT's masking of the tokens that are to be predicted.
///
/// 15 % of a sequence's ordinary tokens are chosen; of those 80 % are shown as `[MASK]`, 10 % as a
/// random token and 10 % as they are (Devlin et al. 2018, 3.1).
struct TokenMasking: Sendable, Equatable {
  /// Ids of the vocabulary; random tokens are drawn from it, special ones excepted.
  let vocabularySize: Int
  /// Id of `[MASK]`.
  let maskId: Int32
  /// Ids that are never masked nor drawn: `[CLS]`, `[SEP]`, `[PAD]`, `[UNK]`, `[MASK]`.
  let specialIds: Set<Int32>
  /// Share of the ordinary tokens to be predicted.
  let probability: Double
  /// Tokens to be predicted at least, where there are so many ordinary ones.
  let least: Int
  /// Ids that go on with a word; empty where tokens are chosen one by one.
  let continuations: Set<Int32>

  /// Creates a masking.
  ///
  /// - Parameters:
  ///   - vocabularySize: number of ids.
  ///   - maskId: id of `[MASK]`.
  ///   - specialIds: ids never masked nor drawn.
  ///   - probability: share of the ordinary tokens to be predicted, in (0, 1].
  ///   - least: tokens to be predicted at least.
  ///   - continuations: ids that go on with a word, where words are chosen whole; else none.
  init(
    vocabularySize: Int, maskId: Int32, specialIds: Set<Int32>, probability: Double = 0.15,
    least: Int = 1, continuations: Set<Int32> = []
  ) {
    precondition(probability > 0 && probability <= 1, "masking probability \(probability)")
    precondition(vocabularySize > specialIds.count, "a vocabulary of special tokens only")
    self.vocabularySize = vocabularySize
    self.maskId = maskId
    self.specialIds = specialIds
    self.probability = probability
    self.least = least
    self.continuations = continuations
  }

  /// Masks one example: its target becomes the original id of every token that is to be predicted.
  ///
  /// Exactly `round(probability x ordinary tokens)` positions are chosen, or `least` where that is more and
  /// the sequence has so many ordinary tokens; where words are chosen whole, as many of them as fit in that
  /// number, at least one. Each chosen token is hidden, or not, by a draw of its own. The draws depend on
  /// (seed, purpose, epoch, place) alone. An
  /// example of which tokens are hidden already is taken for what it was before.
  func apply(
    to example: Example, seed: UInt64, purpose: String = "token masking", epoch: Int, place: Int
  ) -> Example {
    var sequence = example.sequence
    if case .tokenLabels(let hidden) = example.target {
      for position in hidden.indices where hidden[position] >= 0 {
        sequence.ids[position] = hidden[position]
      }
    }
    var random = RandomStream(seed: seed, purpose: purpose, epoch: UInt64(epoch))
      .sequence(place: UInt64(place))
    var candidates = sequence.ids.indices.filter { !specialIds.contains(sequence.ids[$0]) }
    let wanted = (probability * Double(candidates.count)).rounded()
    let count = min(candidates.count, max(least, Int(wanted)))
    let chosen: [Int]
    if continuations.isEmpty {
      // The first `count` entries of a Fisher-Yates shuffle: a draw without replacement.
      for position in 0..<count {
        candidates.swapAt(position, position + random.below(candidates.count - position))
      }
      chosen = Array(candidates.prefix(count))
    } else {
      chosen = wholeWords(of: sequence.ids, candidates, atMost: count, &random)
    }
    var masked = sequence
    var labels = [Int32](repeating: ignoredLabel, count: sequence.ids.count)
    for position in chosen.sorted() {
      labels[position] = sequence.ids[position]
      let draw = random.uniform()
      if draw < 0.8 {
        masked.ids[position] = maskId
      } else if draw < 0.9 {
        masked.ids[position] = randomToken(&random)
      }
    }
    return Example(sequence: masked, target: .tokenLabels(labels))
  }

  /// The positions of words, in the order of a shuffle, as many as fit; the first where none does.
  private func wholeWords(
    of ids: [Int32], _ candidates: [Int], atMost count: Int, _ random: inout RandomSequence
  ) -> [Int] {
    var words: [Range<Int>] = []
    for position in candidates {
      // A word that begins in a sequence before this one is a word of its own.
      if let last = words.last, last.upperBound == position, continuations.contains(ids[position]) {
        words[words.count - 1] = last.lowerBound..<position + 1
      } else {
        words.append(position..<position + 1)
      }
    }
    var chosen: [Int] = []
    for place in words.indices {
      words.swapAt(place, place + random.below(words.count - place))
      if chosen.isEmpty || chosen.count + words[place].count <= count { chosen += words[place] }
      if chosen.count >= count { break }
    }
    return chosen
  }

  private func randomToken(_ random: inout RandomSequence) -> Int32 {
    while true {
      let id = Int32(random.below(vocabularySize))
      if !specialIds.contains(id) { return id }
    }
  }
}
