/// Finds added tokens in a text: at each place the longest, from left to right, as
/// `AddedVocabulary` of Hugging Face `tokenizers` does.
struct AddedTokenMatcher: Sendable {
  /// A stretch of text: an added token, or, with no id, what lies between them.
  struct Segment {
    var range: Range<Int>
    var id: Int32?
  }

  private struct Pattern {
    let bytes: [UInt8]
    let token: AddedToken
  }

  private let table: CharacterTable
  /// By first byte; longer patterns first.
  private var patterns: [[Pattern]] = Array(repeating: [], count: 256)
  private(set) var isEmpty = true

  /// Looks for the tokens, each given with the bytes it has in the text that is searched.
  init(_ tokens: [(bytes: [UInt8], token: AddedToken)], table: CharacterTable) {
    self.table = table
    for (bytes, token) in tokens {
      guard let first = bytes.first else { continue }
      patterns[Int(first)].append(Pattern(bytes: bytes, token: token))
      isEmpty = false
    }
    for byte in patterns.indices {
      patterns[byte].sort {
        ($1.bytes.count, $0.token.id) < ($0.bytes.count, $1.token.id)
      }
    }
  }

  /// Whether any byte of the text could start an added token.
  func mayMatch(_ bytes: Span<UInt8>) -> Bool {
    if isEmpty { return false }
    for index in bytes.indices where !patterns[Int(bytes[index])].isEmpty { return true }
    return false
  }

  /// Cuts the text into added tokens and the stretches between them.
  ///
  /// With `splittingSpecialTokens`, special tokens are left to the stretches.
  func segments(_ bytes: Span<UInt8>, splittingSpecialTokens: Bool) -> [Segment] {
    var segments: [Segment] = []
    var end = 0
    var index = 0
    while index < bytes.count {
      guard let pattern = longestPattern(bytes, at: index) else {
        index += 1
        continue
      }
      var range = index..<index + pattern.bytes.count
      index = range.upperBound
      let token = pattern.token
      if splittingSpecialTokens && token.isSpecial { continue }
      if token.isSingleWord && touchesWord(bytes, range) { continue }
      if token.stripsLeft {
        range = max(end, whitespaceStart(bytes, before: range.lowerBound))..<range.upperBound
      }
      if token.stripsRight {
        range = range.lowerBound..<whitespaceEnd(bytes, after: range.upperBound)
      }
      if end < range.lowerBound { segments.append(Segment(range: end..<range.lowerBound)) }
      segments.append(Segment(range: range, id: token.id))
      end = range.upperBound
    }
    if end < bytes.count { segments.append(Segment(range: end..<bytes.count)) }
    return segments
  }

  private func longestPattern(_ bytes: Span<UInt8>, at index: Int) -> Pattern? {
    patterns[Int(bytes[index])].first { pattern in
      index + pattern.bytes.count <= bytes.count
        && pattern.bytes.indices.allSatisfy { pattern.bytes[$0] == bytes[index + $0] }
    }
  }

  private func touchesWord(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let flag = CharacterTable.Entry.wordCharacter
    if range.lowerBound > 0 {
      let (scalar, _) = decodeScalar(bytes, at: scalarStart(bytes, before: range.lowerBound))
      if table[scalar].has(flag) { return true }
    }
    return range.upperBound < bytes.count
      && table[decodeScalar(bytes, at: range.upperBound).scalar].has(flag)
  }

  private func scalarStart(_ bytes: Span<UInt8>, before end: Int) -> Int {
    var index = end - 1
    while !startsScalar(bytes[index]) { index -= 1 }
    return index
  }

  private func whitespaceStart(_ bytes: Span<UInt8>, before end: Int) -> Int {
    var end = end
    while end > 0 {
      let start = scalarStart(bytes, before: end)
      guard table[decodeScalar(bytes, at: start).scalar].has(CharacterTable.Entry.whitespace)
      else { break }
      end = start
    }
    return end
  }

  private func whitespaceEnd(_ bytes: Span<UInt8>, after start: Int) -> Int {
    var index = start
    while index < bytes.count {
      let (scalar, length) = decodeScalar(bytes, at: index)
      guard table[scalar].has(CharacterTable.Entry.whitespace) else { break }
      index += length
    }
    return index
  }
}
