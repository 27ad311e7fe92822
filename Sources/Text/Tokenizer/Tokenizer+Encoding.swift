/// A text, or a pair of texts, as a model reads it.
public struct Encoding: Sendable, Hashable {
  /// Token ids, special tokens included.
  public var ids: [Int32]
  /// For each id the text it belongs to: 0 for the first and `[CLS]`, 1 for the second.
  public var types: [Int32]
  /// How many tokens were cut off to keep within the length asked for.
  public var truncatedCount: Int

  /// Makes an encoding from its parts.
  public init(ids: [Int32], types: [Int32], truncatedCount: Int = 0) {
    precondition(ids.count == types.count)
    self.ids = ids
    self.types = types
    self.truncatedCount = truncatedCount
  }
}

extension Tokenizer {
  /// `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]` where the pair is given and not empty.
  ///
  /// What is too long loses tokens from its end, the longer text first ("longest first").
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - pair: A second text, of type 1.
  ///   - maxLength: The most ids allowed, special tokens included; nil for no limit.
  /// - Returns: The ids with their types.
  /// - Precondition: `maxLength` leaves room for the special tokens, two or three.
  public func encode(_ text: String, _ pair: String? = nil, maxLength: Int? = nil) -> Encoding {
    var ids = [classifierId]
    appendIds(of: text, to: &ids)
    guard let pair, !pair.isEmpty else {
      let truncatedCount = maxLength.map { max(0, ids.count + 1 - $0) } ?? 0
      precondition(truncatedCount < ids.count, "maxLength leaves no room for special tokens")
      ids.removeLast(truncatedCount)
      ids.append(separatorId)
      return Encoding(
        ids: ids, types: [Int32](repeating: 0, count: ids.count), truncatedCount: truncatedCount)
    }
    let second = tokenize(pair)
    let firstCount = ids.count - 1
    let room = maxLength.map { $0 - 3 } ?? Int.max
    precondition(room >= 0, "maxLength leaves no room for special tokens")
    let kept = Self.keptCounts(firstCount, second.count, room: room)
    ids.removeLast(firstCount - kept.first)
    ids.append(separatorId)
    var types = [Int32](repeating: 0, count: ids.count)
    ids += second[..<kept.second]
    ids.append(separatorId)
    types += repeatElement(1, count: kept.second + 1)
    return Encoding(
      ids: ids, types: types,
      truncatedCount: firstCount - kept.first + second.count - kept.second)
  }

  /// How many tokens of two texts stay when `room` is left for both.
  ///
  /// The shorter text is not touched while the longer one alone can give way; beyond that both get
  /// half, and the odd token goes to the longer one, or to the second of two equal ones.
  static func keptCounts(_ first: Int, _ second: Int, room: Int) -> (first: Int, second: Int) {
    if first <= room && second <= room - first { return (first, second) }
    let shorter = min(first, second)
    let (small, large) =
      shorter <= room - shorter ? (shorter, room - shorter) : (room / 2, room - room / 2)
    return first > second ? (large, small) : (small, large)
  }
}
