/// Spells words with the pieces of a vocabulary: the longest piece that fits, then the longest
/// that continues it, to the end of the word; a word that cannot be spelt is unknown as a whole.
public struct WordPiece: Sendable {
  private let tokens: [String]
  private let trie: PieceTrie
  private let settings: Settings
  /// Where continuing pieces start; nil if the vocabulary has none.
  private let continuation: PieceTrie.Node?
  private let pieceCount: Int
  private let unknown: Int32

  /// Spells with the tokens whose ids are below `pieceCount`; `unknown` is the id of words that
  /// cannot be spelt.
  init(_ vocabulary: Vocabulary, _ settings: Settings, pieceCount: Int, unknown: Int32) {
    tokens = vocabulary.tokens
    trie = vocabulary.trie
    self.settings = settings
    continuation = trie.node(settings.continuingPrefix.utf8)
    self.pieceCount = pieceCount
    self.unknown = unknown
  }

  /// Whether a token continues a word rather than starting one.
  func continuesWord(_ id: Int32) -> Bool {
    let prefix = settings.continuingPrefix.utf8
    return !prefix.isEmpty && tokens[Int(id)].utf8.starts(with: prefix)
  }

  /// Where in a word each of its pieces lies.
  func places(of pieces: [Int32], in word: Range<Int>) -> [Range<Int>] {
    // A single piece may also stand for a word that cannot be spelt.
    if pieces.count == 1 { return [word] }
    var end = word.lowerBound
    return pieces.enumerated().map { index, id in
      let prefix = index == 0 ? 0 : settings.continuingPrefix.utf8.count
      let start = end
      end += tokens[Int(id)].utf8.count - prefix
      return start..<end
    }
  }

  /// Appends the ids of the pieces of `bytes[word]`, a word as `BertPreTokenizer` cuts it.
  func append(_ bytes: Span<UInt8>, word: Range<Int>, to ids: inout [Int32]) {
    let limit = settings.maxInputCharsPerWord
    if word.count > limit, Self.countScalars(bytes, word) > limit {
      ids.append(unknown)
      return
    }
    let count = ids.count
    var start = word.lowerBound
    var first: PieceTrie.Node? = PieceTrie.root
    while start < word.upperBound {
      guard let node = first, let (piece, end) = longest(bytes, start..<word.upperBound, from: node)
      else {
        ids.removeSubrange(count...)
        ids.append(unknown)
        return
      }
      ids.append(piece)
      start = end
      first = continuation
    }
  }

  @inline(__always)
  private func longest(
    _ bytes: Span<UInt8>, _ range: Range<Int>, from first: PieceTrie.Node
  ) -> (piece: Int32, end: Int)? {
    var found: (piece: Int32, end: Int)?
    var node = first
    var index = range.lowerBound
    while index < range.upperBound, let next = trie.child(of: node, bytes[index]) {
      index += 1
      node = next
      if let piece = trie.id(at: node), piece < pieceCount { found = (piece, index) }
    }
    return found
  }

  private static func countScalars(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
    range.count { startsScalar(bytes[$0]) }
  }
}
