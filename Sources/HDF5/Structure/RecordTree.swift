/// The trees (version 2) that list links, attributes and large objects.
struct RecordTree {
  private let structure: FileStructure
  private let what: String
  private let type: Int
  private let recordSize: Int
  private let countSize: Int  // bytes of a node's number of records
  private let totalSizes: [Int]  // by level, bytes of the number of records below a node
  private let total: Int
  private var records: [MetadataBlock] = []

  /// All records of the tree at `address`, in their order, at most `limit`.
  static func records(
    at address: Int, type: Int, size: Int, limit: Int = ArtifactFormat.datasetLimit,
    in structure: FileStructure
  ) throws -> [MetadataBlock] {
    let what = "the tree at byte \(address)"
    var block = try structure.block(at: address, count: 38, what)
    try block.expect(Array("BTHD".utf8) + [0, UInt8(type)])
    let nodeSize = try block.number(4)
    guard try block.number(2) == size, (64...8192).contains(nodeSize) else {
      throw structure.fault("\(what) has records of another size")
    }
    let depth = try block.number(2)
    try block.skip(2)
    let root = try block.address()
    let count = try block.number(2)
    let total = try block.number(8)
    guard depth <= 4, total <= limit else {
      throw structure.fault("\(what) is too large")
    }
    var tree = RecordTree(structure, what, type, size, nodeSize: nodeSize, depth: depth, total)
    if let root { try tree.read(root, count: count, level: depth) }
    guard tree.records.count == total else { throw structure.fault("\(what) lacks records") }
    return tree.records
  }

  private init(
    _ structure: FileStructure, _ what: String, _ type: Int, _ recordSize: Int, nodeSize: Int,
    depth: Int, _ total: Int
  ) {
    (self.structure, self.what, self.type) = (structure, what, type)
    (self.recordSize, self.total) = (recordSize, total)
    func bytes(_ largest: Int) -> Int {
      (Int.bitWidth - 1 - max(1, largest).leadingZeroBitCount) / 8 + 1
    }
    // The largest numbers of records, which say how wide the counts are: 10 bytes of a node are its
    // own. At most 8192 bytes and four levels: no product leaves 64 bits.
    var below = (nodeSize - 10) / recordSize
    countSize = bytes(below)
    var sizes = [0]
    for level in 0..<depth {
      let pointer = 8 + countSize + sizes[level]
      let most = max(0, nodeSize - 10 - pointer) / (recordSize + pointer)
      below = (most + 1) * below + most
      sizes.append(bytes(below))
    }
    totalSizes = sizes
  }

  private mutating func read(_ address: Int, count: Int, level: Int) throws {
    // Every node adds records, so that no chain of nodes is endless.
    guard count > 0, records.count + count <= total else {
      throw structure.fault("\(what) has another number of records than it says")
    }
    let pointerSize = level == 0 ? 0 : 8 + countSize + totalSizes[level - 1]
    let children = level == 0 ? 0 : (count + 1) * pointerSize
    var node = try structure.block(at: address, count: 6 + count * recordSize + children, what)
    try node.expect(Array((level == 0 ? "BTLF" : "BTIN").utf8) + [0, UInt8(type)])
    let own = try (0..<count).map { _ in try node.block(recordSize) }
    guard level > 0 else {
      records += own
      return
    }
    for place in 0...count {
      let (child, childCount) = (try node.address(), try node.number(countSize))
      try node.skip(totalSizes[level - 1])
      guard let child else { throw structure.fault("\(what) lacks a node") }
      try read(child, count: childCount, level: level - 1)
      if place < count {
        guard records.count < total else { throw structure.fault("\(what) has too many records") }
        records.append(own[place])
      }
    }
  }
}
