/// The tokens of a vocabulary in a trie over their UTF-8 bytes.
///
/// All edges lie in one open-addressing hash table, so the longest token at a place is found in one
/// pass over the text, and nothing is allocated.
struct PieceTrie: Sendable {
  typealias Node = UInt32

  static let root: Node = 0
  private static let none = UInt32.max
  /// An edge's key, parent and byte plus one, must fit 32 bits: with so many bytes there are at most
  /// 2^24 - 1 nodes.
  ///
  /// Where no token begins as another does, that many take 256 MiB of edges and 64 MiB of tokens.
  static let byteLimit = (1 << 24) - 2
  /// Edges that there is room for at first, as a power of two: tokens that begin alike share theirs, so
  /// that large vocabularies have far fewer than bytes.
  private static let firstBits = 23

  /// An edge is its key (parent and byte, plus one) in the high half, its child in the low; 0 is a
  /// free slot.
  private var edges: [UInt64]
  private var shift: UInt64
  /// The token that ends at each node, or `none`.
  private var tokenAtNode: [UInt32] = [none]

  /// An empty trie with room for tokens of so many bytes in all.
  init(byteCount: Int) {
    precondition(byteCount <= Self.byteLimit)
    // At most half full; the slot is the high bits of a product.
    var bits = 10
    while bits < Self.firstBits, 1 << bits < 2 * byteCount { bits += 1 }
    edges = [UInt64](repeating: 0, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// Adds a token, or gives one that is there another id.
  mutating func insert(_ token: some Sequence<UInt8>, id: Int32) {
    var node = Self.root
    for byte in token {
      let key = Self.key(node, byte)
      var slot = slot(key)
      if edges[slot] == 0 {
        // The root has no edge: so many there are with this one.
        if 2 * tokenAtNode.count > edges.count {
          grow()
          slot = self.slot(key)
        }
        edges[slot] = key << 32 | UInt64(tokenAtNode.count)
        tokenAtNode.append(Self.none)
      }
      node = UInt32(truncatingIfNeeded: edges[slot])
    }
    tokenAtNode[Int(node)] = UInt32(bitPattern: id)
  }

  /// Makes room for twice as many edges.
  private mutating func grow() {
    let old = edges
    edges = [UInt64](repeating: 0, count: 2 * old.count)
    shift -= 1
    for edge in old where edge != 0 {
      let place = slot(edge >> 32)
      edges[place] = edge
    }
  }

  /// The node that `text` leads to from the root; nil if no token starts with it.
  func node(_ text: some Sequence<UInt8>) -> Node? {
    var node = Self.root
    for byte in text {
      guard let next = child(of: node, byte) else { return nil }
      node = next
    }
    return node
  }

  /// The token that ends at a node.
  @inline(__always)
  func id(at node: Node) -> Int32? {
    let token = tokenAtNode[Int(node)]
    return token == Self.none ? nil : Int32(bitPattern: token)
  }

  /// The node one byte further down.
  @inline(__always)
  func child(of node: Node, _ byte: UInt8) -> Node? {
    let edge = edges[slot(Self.key(node, byte))]
    return edge == 0 ? nil : UInt32(truncatingIfNeeded: edge)
  }

  @inline(__always)
  private static func key(_ node: Node, _ byte: UInt8) -> UInt64 {
    UInt64(node) << 8 + UInt64(byte) + 1
  }

  /// The slot of an edge: its own, or the free one where it belongs.
  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> shift)
    while edges[slot] != 0, edges[slot] >> 32 != key { slot = (slot &+ 1) & (edges.count &- 1) }
    return slot
  }
}
