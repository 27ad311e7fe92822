/// The tokens of a model, each with its place as its id.
///
/// A place may hold the empty string: no text has that id. Of several places that hold one and the
/// same token the last is the token's id, as it is for transformers; the others mean the same token
/// when ids are read back.
public struct Vocabulary: Sendable {
  /// The token of each id.
  public let tokens: [String]
  let trie: PieceTrie
  /// The most ids: each takes memory, however short its token is.
  private static let countLimit = 1 << 22

  /// Makes a vocabulary.
  ///
  /// - Parameters:
  ///   - tokens: The token of each id.
  ///   - source: Where they come from, for errors.
  /// - Throws: `TextError` if there is no token, or they exceed 16 MiB or four million.
  public init(_ tokens: [String], source: String = "vocabulary") throws {
    guard tokens.contains(where: { !$0.isEmpty }) else {
      throw TextError(source, "holds no token")
    }
    let byteCount = tokens.reduce(0) { $0 + $1.utf8.count }
    let cure = "use a model of a smaller vocabulary, or remove the lines that are no tokens of it"
    guard tokens.count <= Self.countLimit else {
      throw TextError(
        source, "has \(tokens.count) tokens, more than the \(Self.countLimit) allowed; \(cure)")
    }
    guard byteCount <= PieceTrie.byteLimit else {
      throw TextError(
        source,
        "has \(byteCount) bytes of tokens, more than the \(PieceTrie.byteLimit) allowed; \(cure)")
    }
    var trie = PieceTrie(byteCount: byteCount)
    for (id, token) in tokens.enumerated() where !token.isEmpty {
      trie.insert(token.utf8, id: Int32(id))
    }
    self.tokens = tokens
    self.trie = trie
  }

  /// The number of ids.
  public var count: Int { tokens.count }

  /// The id of a token, compared byte by byte; nil if there is none.
  public func identifier(of token: String) -> Int32? {
    trie.node(token.utf8).flatMap { trie.id(at: $0) }
  }

  /// Whether text becomes this id: it is neither empty nor overruled by a later one.
  func isReached(_ id: Int) -> Bool {
    identifier(of: tokens[id]) == Int32(id)
  }
}
