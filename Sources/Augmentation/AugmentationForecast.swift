/// How much the rewriting of rows asks for.
public struct AugmentationForecast: Sendable, Hashable {
  /// Rewrites at most: rounds that replace a word, of which some may give a text twice.
  public var rewrites = 0
  /// Lengths of the sequences that the masked-language model is given.
  public var lengths: [Int] = []
  /// Words that are masked in them.
  public var masks = 0
  /// Words whose candidates come from word vectors, where there are some.
  public var lexicalWords = 0
}

/// A source that knows no word: for those who only reckon.
public struct NoCandidates: CandidateSource {
  /// The only one.
  public init() {}

  /// An empty list a place.
  public func candidates(
    for places: [WordPlace], in sentences: [SegmentedSentence]
  ) -> [[String]] { places.map { _ in [] } }
}
