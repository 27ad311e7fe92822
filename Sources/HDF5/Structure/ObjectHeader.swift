/// The messages that describe a group or a dataset.
struct ObjectHeader {
  /// The kinds of messages that are looked at.
  enum Kind: Int {
    case empty = 0
    case dataspace = 1
    case linkInfo = 2
    case datatype = 3
    case fillValue = 5
    case link = 6
    case externalFiles = 7
    case layout = 8
    case groupInfo = 10
    case filters = 11
    case attribute = 12
    case continuation = 16
    case attributeInfo = 21
    case referenceCount = 22
  }

  private var messages: [(kind: Kind, body: MetadataBlock)] = []
  private let structure: FileStructure

  /// Reads the header at `address` with all that continues it.
  init(at address: Int, in structure: FileStructure) throws {
    self.structure = structure
    let what = "the object header at byte \(address)"
    // The longest beginning: signature, version, flags, times, limits of attributes, a size.
    let longest = min(34, max(structure.size - address, 0))
    var start = try structure.block(at: address, count: longest, what)
    try start.expect(Array("OHDR".utf8) + [2])
    let flags = try start.number(1)
    if flags & 0x20 != 0 { try start.skip(16) }
    if flags & 0x10 != 0 { try start.skip(4) }
    let size = try start.number(1 << (flags & 3))
    let begin = address + longest - start.count
    // With the order of attributes a message's own header is longer.
    let headerSize = flags & 4 == 0 ? 4 : 6
    var rest = [try structure.block(at: begin, count: size, what)]
    var total = size
    while let next = rest.popLast() {
      for (address, count) in try read(next, headerSize: headerSize) {
        guard (8...structure.size).contains(count), count <= structure.size - total else {
          throw structure.fault("\(what) goes on without end")
        }
        total += count
        var block = try structure.block(at: address, count: count, what)
        try block.expect(Array("OCHK".utf8))
        rest.append(try block.block(count - 8))
      }
    }
  }

  /// Takes the messages of one piece; gives where the header goes on.
  private mutating func read(
    _ piece: MetadataBlock, headerSize: Int
  ) throws -> [(address: Int, count: Int)] {
    var piece = piece
    var continuations: [(Int, Int)] = []
    // What is too short for a message is a gap.
    while piece.count >= headerSize {
      let type = try piece.number(1)
      let size = try piece.number(2)
      let flags = try piece.number(1)
      try piece.skip(headerSize - 4)
      var body = try piece.block(size)
      guard let kind = Kind(rawValue: type), flags & 2 == 0 else {
        throw structure.fault("\(piece.what) holds a message that artifacts do not use (\(type))")
      }
      switch kind {
      case .empty: continue
      case .continuation:
        guard let address = try body.address(), let count = try body.address() else {
          throw structure.fault("\(piece.what) goes on nowhere")
        }
        continuations.append((address, count))
      default: messages.append((kind, body))
      }
    }
    return continuations
  }

  /// Whether there is a message of this kind.
  func contains(_ kind: Kind) -> Bool { messages.contains { $0.kind == kind } }

  /// All messages of a kind, in their order.
  func all(_ kind: Kind) -> [MetadataBlock] {
    messages.filter { $0.kind == kind }.map(\.body)
  }

  /// The message of a kind, which must be there once.
  func only(_ kind: Kind, _ name: String) throws -> MetadataBlock {
    let found = all(kind)
    guard found.count == 1, let body = found.first else {
      throw structure.fault("`\(name)` is described \(found.count) times")
    }
    return body
  }
}
