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

  /// Creates a masking.
  ///
  /// - Parameters:
  ///   - vocabularySize: number of ids.
  ///   - maskId: id of `[MASK]`.
  ///   - specialIds: ids never masked nor drawn.
  ///   - probability: share of the ordinary tokens to be predicted, in (0, 1].
  ///   - least: tokens to be predicted at least.
  init(
    vocabularySize: Int, maskId: Int32, specialIds: Set<Int32>, probability: Double = 0.15,
    least: Int = 1
  ) {
    precondition(probability > 0 && probability <= 1, "masking probability \(probability)")
    precondition(vocabularySize > specialIds.count, "a vocabulary of special tokens only")
    self.vocabularySize = vocabularySize
    self.maskId = maskId
    self.specialIds = specialIds
    self.probability = probability
    self.least = least
  }

  /// Masks one example: its target becomes the original id of every token that is to be predicted.
  ///
  /// Exactly `round(probability x ordinary tokens)` positions are chosen, or `least` where that is more and
  /// the sequence has so many ordinary tokens. The draws depend on (seed, purpose, epoch, place) alone. An
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
    // The first `count` entries of a Fisher-Yates shuffle: a draw without replacement.
    for position in 0..<count {
      candidates.swapAt(position, position + random.below(candidates.count - position))
    }
    var masked = sequence
    var labels = [Int32](repeating: ignoredLabel, count: sequence.ids.count)
    for position in candidates.prefix(count).sorted() {
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

  private func randomToken(_ random: inout RandomSequence) -> Int32 {
    while true {
      let id = Int32(random.below(vocabularySize))
      if !specialIds.contains(id) { return id }
    }
  }
}
