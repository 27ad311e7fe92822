/// Finds added tokens in a text: at each place the longest, from left to right, as
/// `AddedVocabulary` of Hugging Face `tokenizers` does.
///
/// The time is a matter of the text's length alone, but for the length of the longest token.
struct AddedTokenMatcher: Sendable {
  /// A stretch of text: an added token, or, with no id, what lies between them.
  struct Segment {
    var range: Range<Int>
    var id: Int32?
  }

  /// The longest token that is looked for, in bytes.
  static let tokenLimit = 1024

  private let table: CharacterTable
  private let tokens: [AddedToken]
  private let trie: PieceTrie  // of places in `tokens`
  /// Whether a token starts with the byte.
  private var starts = [Bool](repeating: false, count: 256)
  private(set) var isEmpty = true

  /// Looks for the tokens, each given with the bytes it has in the text that is searched.
  ///
  /// Of two that look the same the one with the smaller id is found.
  init(_ listed: [(bytes: [UInt8], token: AddedToken)], table: CharacterTable) {
    self.table = table
    tokens = listed.map(\.token)
    var trie = PieceTrie(byteCount: listed.reduce(0) { $0 + $1.bytes.count })
    for place in listed.indices.sorted(by: { listed[$0].token.id > listed[$1].token.id }) {
      let bytes = listed[place].bytes
      guard let first = bytes.first else { continue }
      trie.insert(bytes, id: Int32(place))
      starts[Int(first)] = true
      isEmpty = false
    }
    self.trie = trie
  }

  /// Whether any byte of the text could start an added token.
  func mayMatch(_ bytes: Span<UInt8>) -> Bool {
    if isEmpty { return false }
    for index in bytes.indices where starts[Int(bytes[index])] { return true }
    return false
  }

  /// Cuts the text into added tokens and the stretches between them.
  ///
  /// With `splittingSpecialTokens`, special tokens are left to the stretches.
  func segments(_ bytes: Span<UInt8>, splittingSpecialTokens: Bool) -> [Segment] {
    var segments: [Segment] = []
    var spaces = Whitespace(table: table)
    var end = 0
    var index = 0
    while index < bytes.count {
      guard starts[Int(bytes[index])], let (token, length) = longestToken(bytes, at: index) else {
        index += 1
        continue
      }
      var range = index..<index + length
      index = range.upperBound
      if splittingSpecialTokens && token.isSpecial { continue }
      if token.isSingleWord && touchesWord(bytes, range) { continue }
      if token.stripsLeft {
        // What the token before took along is gone, be it this whole one.
        let start = max(end, spaces.start(bytes, before: range.lowerBound))
        guard start < range.upperBound else { continue }
        range = start..<range.upperBound
      }
      if token.stripsRight {
        range = range.lowerBound..<spaces.end(bytes, after: range.upperBound)
      }
      if end < range.lowerBound { segments.append(Segment(range: end..<range.lowerBound)) }
      segments.append(Segment(range: range, id: token.id))
      end = range.upperBound
    }
    if end < bytes.count { segments.append(Segment(range: end..<bytes.count)) }
    return segments
  }

  private func longestToken(
    _ bytes: Span<UInt8>, at start: Int
  ) -> (token: AddedToken, length: Int)? {
    var found: (place: Int32, end: Int)?
    var node = PieceTrie.root
    var index = start
    while index < bytes.count, let next = trie.child(of: node, bytes[index]) {
      index += 1
      node = next
      if let place = trie.id(at: node) { found = (place, index) }
    }
    return found.map { (tokens[Int($0.place)], $0.end - start) }
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
}

/// Where a scalar starts that ends at a place.
private func scalarStart(_ bytes: Span<UInt8>, before end: Int) -> Int {
  var index = end - 1
  while !startsScalar(bytes[index]) { index -= 1 }
  return index
}

/// The runs of whitespace beside the tokens of a text, each walked through once in each direction.
private struct Whitespace {
  let table: CharacterTable
  /// The run that was found last, by its end and by its start.
  private var before = 0..<0
  private var after = 0..<0

  init(table: CharacterTable) { self.table = table }

  /// Where the whitespace starts that ends at a place; the place itself if there is none.
  mutating func start(_ bytes: Span<UInt8>, before end: Int) -> Int {
    var start = end
    while start > 0 {
      // Places come from left to right, so that the run known ends no later.
      if start == before.upperBound, !before.isEmpty {
        start = before.lowerBound
        break
      }
      let scalar = scalarStart(bytes, before: start)
      guard isWhitespace(bytes, at: scalar) else { break }
      start = scalar
    }
    before = start..<end
    return start
  }

  /// Where the whitespace ends that starts at a place; the place itself if there is none.
  mutating func end(_ bytes: Span<UInt8>, after start: Int) -> Int {
    if after.contains(start) { return after.upperBound }
    var end = start
    while end < bytes.count, isWhitespace(bytes, at: end) {
      end += decodeScalar(bytes, at: end).length
    }
    after = start..<end
    return end
  }

  private func isWhitespace(_ bytes: Span<UInt8>, at index: Int) -> Bool {
    table[decodeScalar(bytes, at: index).scalar].has(CharacterTable.Entry.whitespace)
  }
}
