/// How rows are rewritten; the defaults are those of the TinyBERT paper (section 3.2, appendix).
public struct AugmentationOptions: Sendable, Hashable {
  /// Rounds per text (the paper's N_a); a round that repeats an earlier rewrite adds no row.
  public var rewrites = 20
  /// Probability that an eligible word is replaced by one of its candidates (the paper's p_t).
  public var replacementProbability = 0.4
  /// Lower-case words that are never replaced because they carry grammar rather than meaning.
  public var stopWords: Set<String> = StopWords.english
  /// Further words that must stay, such as names and domain terms; compared without case.
  public var protectedWords: Set<String> = []
  /// Whether rewrites of a second text stand beside the last rewrite of the first one instead of the first
  /// one, and before them the second text itself does: as the program of TinyBERT has it, which forgets to
  /// take the first text back.
  public var leaksFirstTexts = false
  /// Seed of the draws.
  public var seed: UInt64 = 42

  /// The defaults.
  public init() {}
}
