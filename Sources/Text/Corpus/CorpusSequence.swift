/// A sequence of a corpus: `[CLS] A [SEP]`, or a pair, `[CLS] A [SEP] B [SEP]`.
public struct CorpusSequence: Sendable, Hashable {
  /// Its ids, special tokens included.
  public var ids: [Int32]
  /// Index of the first token of the second segment; `ids.count` where there is none.
  public var secondSegmentStart: Int
  /// How many ids there are.
  public var count: Int { ids.count }
  /// Whether it has a second segment.
  public var isPair: Bool { secondSegmentStart < ids.count }

  /// A sequence; without `secondSegmentStart` everything belongs to the first segment.
  public init(ids: [Int32], secondSegmentStart: Int? = nil) {
    self.ids = ids
    self.secondSegmentStart = secondSegmentStart ?? ids.count
  }
}
