/// The tokens of a model, each with its place as its id.
public struct Vocabulary: Sendable {
  /// The token of each id.
  public let tokens: [String]
  let trie: PieceTrie

  /// Makes a vocabulary.
  ///
  /// - Parameters:
  ///   - tokens: The token of each id, no two with the same bytes.
  ///   - source: Where they come from, for errors.
  /// - Throws: `TextError` if there is no token, one occurs twice, or they exceed 4 MiB.
  public init(_ tokens: [String], source: String = "vocabulary") throws {
    guard !tokens.isEmpty else { throw TextError(source, "holds no token") }
    let byteCount = tokens.reduce(0) { $0 + $1.utf8.count }
    guard byteCount <= PieceTrie.byteLimit else {
      throw TextError(
        source, "has \(byteCount) bytes of tokens, more than the \(PieceTrie.byteLimit) allowed")
    }
    var trie = PieceTrie(byteCount: byteCount)
    for (id, token) in tokens.enumerated() {
      guard let first = trie.insert(token, id: Int32(id)) else { continue }
      throw TextError(
        source,
        "the token '\(token)' has the ids \(first) and \(id); remove one of the two lines, "
          + "keeping the ids the model was trained with")
    }
    self.tokens = tokens
    self.trie = trie
  }

  /// The number of tokens.
  public var count: Int { tokens.count }

  /// The id of a token, compared byte by byte; nil if there is none.
  public func identifier(of token: String) -> Int32? {
    trie.node(token).flatMap { trie.id(at: $0) }
  }
}
