/// Texts that a corpus must not hold, such as those of the tests of tasks.
///
/// What is kept are 64-bit hashes: of each text, and of each run of eight words.
public struct HeldOutSentences: Sendable {
  /// Words in a row that make two texts overlap.
  public static let runLength = 8
  /// Hashes that are held at most: about 400 MB.
  public static let limit = 16_000_000

  /// Texts taken.
  public private(set) var count = 0
  private var hashes: Set<UInt64> = []

  /// Holds nothing yet.
  public init() {}

  /// Takes a text.
  ///
  /// - Returns: Whether there is room for more.
  public mutating func insert(_ text: String) -> Bool {
    let words = TextWords(text)
    count += 1
    if !words.hashes.isEmpty { hashes.insert(words.whole) }
    hashes.formUnion(words.runs(of: Self.runLength))
    return hashes.count < Self.limit
  }

  /// Whether a sentence has the words of one of the texts, or eight in a row in common with one; case,
  /// spaces and punctuation do not matter.
  public func overlaps(_ sentence: String) -> Bool {
    let words = TextWords(sentence)
    return !words.hashes.isEmpty
      && (hashes.contains(words.whole)
        || words.runs(of: Self.runLength).contains(where: hashes.contains))
  }
}
