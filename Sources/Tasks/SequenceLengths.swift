/// How long the sequences are that rows become.
public struct SequenceLengths: Sendable, Equatable {
  /// The most tokens of one, special tokens included.
  public let longest: Int
  /// How many tokens a window of a long text repeats of the one before; Hugging Face's `doc_stride`.
  public let overlap: Int

  /// Hugging Face's usual overlap, but no more than half of what the longest sequence has room for.
  public static func usualOverlap(longest: Int) -> Int { min(128, (longest - 3) / 2) }

  /// Lengths; the usual overlap if nil.
  ///
  /// - Precondition: There is room for three special tokens, and for more than the overlap.
  public init(longest: Int, overlap: Int? = nil) {
    self.longest = longest
    self.overlap = overlap ?? Self.usualOverlap(longest: longest)
  }
}
