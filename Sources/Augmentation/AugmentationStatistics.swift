/// What happened while rows were augmented; sums over slices are the whole's.
public struct AugmentationStatistics: Sendable, Hashable, Codable {
  /// Rows read.
  public var rows = 0
  /// Basic tokens of their texts.
  public var words = 0
  /// Words that may be replaced: letters only, neither stop words nor protected.
  public var eligibleWords = 0
  /// Eligible words that some round replaces: those that candidates were looked for.
  public var askedWords = 0
  /// Asked words that belong to the contextual source (the masked-language model).
  public var contextualWords = 0
  /// Asked words that no source had a candidate for: they stay.
  public var wordsWithoutCandidates = 0
  /// Asked words of the contextual source that are among their own candidates.
  ///
  /// Nil where some of the counts are from before this was counted.
  public var recoveredWords: Int? = 0
  /// Candidates found, over all asked words.
  public var candidates = 0
  /// Rewrites that were kept.
  public var rewrites = 0
  /// Rounds whose rewrite equalled the original or an earlier rewrite and was dropped.
  public var duplicates = 0

  /// All zero.
  public init() {}

  /// Whether rows can have been counted so: the numbers may be from a stranger's file, and are added
  /// to.
  public var isPossible: Bool {
    let counts = [
      rows, words, eligibleWords, askedWords, contextualWords, wordsWithoutCandidates, candidates,
      rewrites, duplicates, recoveredWords ?? 0,
    ]
    return counts.allSatisfy((0...1 << 53).contains)
  }

  /// Adds the counts of another slice.
  public static func += (left: inout AugmentationStatistics, right: AugmentationStatistics) {
    left.rows += right.rows
    left.words += right.words
    left.eligibleWords += right.eligibleWords
    left.askedWords += right.askedWords
    left.contextualWords += right.contextualWords
    left.wordsWithoutCandidates += right.wordsWithoutCandidates
    left.recoveredWords = left.recoveredWords.flatMap { own in
      right.recoveredWords.map { own + $0 }
    }
    left.candidates += right.candidates
    left.rewrites += right.rewrites
    left.duplicates += right.duplicates
  }
}
