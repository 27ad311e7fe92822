/// Spells words with the pieces of a vocabulary: the longest piece that fits, then the longest
/// that continues it, to the end of the word; a word that cannot be spelt is unknown as a whole.
struct WordPiece: Sendable {
  private let trie: PieceTrie
  /// Where continuing pieces start; nil if the vocabulary has none.
  private let continuation: PieceTrie.Node?
  private let pieceCount: Int
  private let unknown: Int32
  private let maxInputCharsPerWord: Int

  /// Spells with the tokens whose ids are below `pieceCount`; `unknown` is the id of words that
  /// cannot be spelt.
  init(
    _ vocabulary: Vocabulary, pieceCount: Int, continuingPrefix: String, unknown: Int32,
    maxInputCharsPerWord: Int
  ) {
    trie = vocabulary.trie
    continuation = trie.node(continuingPrefix)
    self.pieceCount = pieceCount
    self.unknown = unknown
    self.maxInputCharsPerWord = maxInputCharsPerWord
  }

  /// Appends the ids of the pieces of `bytes[word]`, a word as `BertPreTokenizer` cuts it.
  func append(_ bytes: Span<UInt8>, word: Range<Int>, to ids: inout [Int32]) {
    if word.count > maxInputCharsPerWord, Self.countScalars(bytes, word) > maxInputCharsPerWord {
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
