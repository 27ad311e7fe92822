/// What augmentation does with a text.
public enum Rewriting: Sendable, Hashable {
  /// It becomes its basic tokens with spaces between them, some of them replaced.
  case tokens
  /// It becomes these words with spaces between them, some of them replaced: those that are one basic
  /// token, and whose places are not among the kept ones. There are as many words afterwards.
  case words([String], kept: Set<Int>)
  /// Nothing: it stays as it is.
  case none
}

/// One text, or a pair of texts, to be rewritten.
public struct AugmentationRow: Sendable, Hashable {
  /// The first, or only, text.
  public var first: String
  /// The second text of a pair.
  public var second: String?
  /// What is done with the first text.
  public var rewritingFirst = Rewriting.tokens
  /// What is done with the second text.
  public var rewritingSecond = Rewriting.tokens

  /// Whether nothing is done with it.
  public var isLeftAlone: Bool {
    rewritingFirst == .none && (second == nil || rewritingSecond == .none)
  }

  /// A row of one text or two, both of which are rewritten.
  public init(first: String, second: String? = nil) {
    self.first = first
    self.second = second
  }
}

/// A row that came out of augmentation.
public struct AugmentedRow: Sendable, Hashable {
  /// Index of the row it was made from; its label is that row's label.
  public var source: Int
  /// Its number among the rows of that source: 0 is the untouched original.
  public var rewrite: Int
  /// The first, or only, text: basic tokens, or words, joined by spaces where it was rewritten.
  public var first: String
  /// The second text of a pair.
  public var second: String?

  /// A row made from the row `source`.
  public init(source: Int, rewrite: Int, first: String, second: String? = nil) {
    self.source = source
    self.rewrite = rewrite
    self.first = first
    self.second = second
  }
}

/// What augmenting a run of rows gave.
public struct Augmentation: Sendable, Hashable {
  /// Every original followed by its rewrites, in the order of the sources.
  public var rows: [AugmentedRow]
  /// Counts over these rows alone; add them up over slices.
  public var statistics: AugmentationStatistics
}
