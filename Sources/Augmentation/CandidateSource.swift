/// Where the words that may stand in for another word come from.
///
/// A source looks at the original sentences only, so that the candidates of a word never depend on
/// what other words were replaced by.
public protocol CandidateSource {
  /// Finds candidates for words, best first.
  ///
  /// - Parameters:
  ///   - places: The words asked about.
  ///   - sentences: The sentences they stand in.
  /// - Returns: One list per place; empty where the source knows nothing. The answer for a place is
  ///   the same whatever other sentences are asked about with it.
  /// - Throws: `AugmentationError`.
  func candidates(for places: [WordPlace], in sentences: [SegmentedSentence]) throws -> [[String]]
}
