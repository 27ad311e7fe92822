import Augmentation

/// How well a masked-language model guesses the words that it does not see: whether what it offers in
/// their place fits.
///
/// One that was hardly trained offers the most frequent words everywhere, and rewritten rows are then noise
/// under the labels of their originals. Measured without further work: how often a word is among its own
/// candidates, held to what a list of as many words, the most frequent ones, would have.
struct CandidateQuality {
  /// The share of masked words that are among their candidates.
  let share: Double
  /// The share that the list of the most frequent words has.
  let listShare: Double
  /// Words of that list.
  let count: Int

  /// Rows that words are counted in.
  private static let most = 20_000
  /// Fewer masked words say nothing.
  private static let leastWords = 50
  /// A list of more than this share of all words that there are is hard to beat.
  private static let largestList = 0.25

  /// Looks at what was found; nil where no masked-language model was asked, or too little.
  ///
  /// - Parameters:
  ///   - statistics: What happened while rows were augmented.
  ///   - augmenter: What augmented them.
  ///   - rows: The rows.
  ///   - count: Candidates a word.
  init?(
    _ statistics: AugmentationStatistics, _ augmenter: Augmenter, _ rows: [AugmentationRow],
    candidates count: Int
  ) {
    guard let recovered = statistics.recoveredWords,
      statistics.contextualWords >= Self.leastWords
    else { return nil }
    let words = augmenter.frequencies(in: rows.prefix(Self.most))
    let total = words.reduce(0) { $0 + $1.count }
    guard total > 0, Double(count) <= Self.largestList * Double(words.count) else { return nil }
    share = Double(recovered) / Double(statistics.contextualWords)
    let listed = words.enumerated().filter { $0.offset < count }.reduce(0) { $0 + $1.element.count }
    listShare = Double(listed) / Double(total)
    self.count = count
  }

  /// What is to be told; nil where the model knows more than which words are frequent.
  var warning: String? {
    guard share <= listShare else { return nil }
    return
      "warning: the masked-language model offers the word itself for \(share.spokenShare) of the words that "
      + "it does not see, a list of the \(count) most frequent words would for \(listShare.spokenShare): the "
      + "rewritten rows are noise, of use where a teacher answers them; train it longer (--num-train-epochs of "
      + "the stage that makes it), take one that was pre-trained, or leave --masked-language-model out for the "
      + "neighbours of --embedding-model"
  }
}
