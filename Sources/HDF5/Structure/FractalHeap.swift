/// Where HDF5 keeps the links of a group, or the attributes of an object, that are too many or too
/// large for its header.
///
/// Small objects lie in blocks that double in size row by row; a large one lies by itself.
struct FractalHeap {
  private let structure: FileStructure
  private let what: String
  private let identifierSize: Int
  private let isHugeDirect: Bool
  private let hugeTree: Int?
  private let width: Int  // blocks of a row
  private let smallest: Int  // bytes of a block of the first two rows
  private let largest: Int  // bytes of the largest block that holds objects
  private let offsetSize: Int  // bytes of an offset into the heap
  private let lengthSize: Int  // bytes of an object's length
  private let blockHeader: Int  // bytes before a block's content
  private let root: Int?
  private let rootRows: Int  // 0 where the root is itself a block of objects

  /// Reads the header at `address`.
  init(at address: Int, in structure: FileStructure) throws {
    self.structure = structure
    what = "the heap at byte \(address)"
    var block = try structure.block(at: address, count: 146, what)
    try block.expect(Array("FRHP".utf8) + [0])
    identifierSize = try block.number(2)
    let filterSize = try block.number(2)
    let flags = try block.number(1)
    let largestObject = try block.number(4)
    try block.skip(8)
    hugeTree = try block.address()
    try block.skip(80)
    width = try block.number(2)
    smallest = try block.number(8)
    largest = try block.number(8)
    let bits = try block.number(2)
    try block.skip(2)
    root = try block.address()
    rootRows = try block.number(2)
    let isPower = [width, smallest, largest].allSatisfy { $0 > 0 && $0 & ($0 - 1) == 0 }
    guard filterSize == 0, isPower, width <= 256, smallest <= largest, largest <= 1 << 24,
      (8...56).contains(bits), (1...largest).contains(largestObject),
      (2...64).contains(identifierSize)
    else { throw structure.fault("\(what) is of another form") }
    offsetSize = (bits + 7) / 8
    lengthSize = min((Self.log(largest) + 7) / 8, (Self.log(largestObject) + 7) / 8)
    isHugeDirect = identifierSize - 1 >= 16
    blockHeader = 4 + 1 + 8 + offsetSize + (flags & 2 == 0 ? 0 : 4)
  }

  /// Bytes of the identifier of an object.
  var bytesOfIdentifier: Int { identifierSize }

  /// The object that an identifier stands for.
  func object(_ identifier: MetadataBlock) throws -> MetadataBlock {
    var identifier = identifier
    let kind = try identifier.number(1)
    switch kind {
    case 0x00: return try small(offset: identifier.number(offsetSize), identifier)
    case 0x10 where !isHugeDirect: return try huge(identifier.number(min(8, identifierSize - 1)))
    default: throw structure.fault("\(what) holds an object of another form")
    }
  }

  private func small(offset: Int, _ identifier: MetadataBlock) throws -> MetadataBlock {
    var identifier = identifier
    let count = try identifier.number(lengthSize)
    let block = try block(holding: offset)
    let place = offset - block.offset
    guard place >= blockHeader, count <= block.size, place <= block.size - count else {
      throw structure.fault("\(what) has an object outside its blocks")
    }
    var start = try structure.block(at: block.address, count: 4, what)
    try start.expect("FHDB".utf8)
    return try structure.block(at: block.address + place, count: count, what)
  }

  /// The block of objects that `offset` lies in: its place in the file and in the heap, its size.
  private func block(
    holding offset: Int
  ) throws -> (address: Int, offset: Int, size: Int) {
    guard var address = root else { throw structure.fault("\(what) is empty") }
    guard rootRows > 0 else { return (address, 0, smallest) }
    var (base, rows) = (0, rootRows)
    let directRows = Self.log(largest) - Self.log(smallest) + 2
    // Rows shrink with every level; eight levels are beyond any heap.
    for _ in 0..<8 {
      let inner = offset - base
      let (row, column) = place(of: inner)
      guard row < rows else { break }
      let size = smallest << max(0, row - 1)
      var parent = try structure.block(at: address, count: 4, what)
      try parent.expect("FHIB".utf8)
      let (skipped, overflow) = (row * width + column).multipliedReportingOverflow(by: 8)
      guard !overflow, skipped < structure.size, address < structure.size else { break }
      var entry = try structure.block(
        at: address + 13 + offsetSize + skipped, count: 8, what)
      guard let child = try entry.address() else { break }
      base += (row == 0 ? 0 : smallest * width << (row - 1)) + column * size
      if row < directRows { return (child, base, size) }
      address = child
      rows = Self.log(size) - Self.log(smallest * width) + 1
    }
    throw structure.fault("\(what) lacks a block")
  }

  /// The row of blocks that an offset lies in, and the place in it.
  private func place(of offset: Int) -> (row: Int, column: Int) {
    guard offset >= smallest * width else { return (0, offset / smallest) }
    let high = Self.log(offset)
    let row = high - Self.log(smallest * width) + 1
    // Offsets have at most 56 bits, and so has the size of a row.
    return (row, (offset - 1 << high) / (smallest << (row - 1)))
  }

  private func huge(_ number: Int) throws -> MetadataBlock {
    guard let hugeTree else { throw structure.fault("\(what) lacks its list of large objects") }
    for var record in try RecordTree.records(
      at: hugeTree, type: 1, size: 24, limit: ArtifactFormat.attributeCountLimit, in: structure)
    {
      let (address, count) = (try record.address(), try record.number(8))
      guard try record.number(8) == number, let address else { continue }
      return try structure.block(at: address, count: count, what)
    }
    throw structure.fault("\(what) lacks a large object")
  }

  /// The power of two at or below a positive number.
  private static func log(_ number: Int) -> Int { Int.bitWidth - 1 - number.leadingZeroBitCount }
}
