/// The extents of a dataset or an attribute; none for a single value.
struct Extents {
  let shape: [Int]
  let isScalar: Bool

  /// Reads a dataspace.
  init(_ message: MetadataBlock, of name: String) throws {
    var message = message
    func refuse(_ reason: String) -> HDF5Error {
      HDF5Error(.notAnArtifact, path: message.structure.path, detail: "`\(name)` has \(reason)")
    }
    guard try message.number(1) == 2 else {
      throw message.structure.fault("the shape of `\(name)` is of another form")
    }
    let rank = try message.number(1)
    try message.skip(1)  // what follows the extents: how far they may grow
    let kind = try message.number(1)
    guard kind <= 1 else { throw refuse("no values") }
    isScalar = kind == 0
    guard rank <= ArtifactFormat.rankLimit, kind == 1 || rank == 0 else {
      throw refuse("\(rank) dimensions")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(try message.number(8)) }
    self.shape = shape
  }
}

extension Element {
  /// The type that a datatype message describes; nil for one that datasets do not have.
  init?(_ message: MetadataBlock) throws {
    var message = message
    let form = try message.take(min(message.count, Self.longestForm))
    let found = Self.allCases.first { element in
      // The first byte's upper half is the version of the message.
      form.first.map { $0 & 0x0F } == element.form.first
        && form.dropFirst().starts(with: element.form.dropFirst())
    }
    guard let found else { return nil }
    self = found
  }

  private static let longestForm = 20

  /// Class, bits and properties of the type as HDF5 describes it.
  private var form: [UInt8] {
    switch self {
    case .float32:
      [1, 0x20, 0x1F, 0, 4, 0, 0, 0, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]
    case .int32: [0, 8, 0, 0, 4, 0, 0, 0, 0, 0, 32, 0]
    case .int64: [0, 8, 0, 0, 8, 0, 0, 0, 0, 0, 64, 0]
    case .uint8: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]
    }
  }
}

/// A link of a group.
struct Link {
  let name: String
  /// The object's header; nil for a link that leads elsewhere.
  let address: Int?

  /// Reads a link message.
  init(_ message: MetadataBlock) throws {
    var message = message
    guard try message.number(1) == 1 else {
      throw message.structure.fault("a link is of another form")
    }
    let flags = try message.number(1)
    let kind = flags & 8 == 0 ? 0 : try message.number(1)
    if flags & 4 != 0 { try message.skip(8) }
    if flags & 16 != 0 { try message.skip(1) }
    let bytes = try message.take(try message.number(1 << (flags & 3)))
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw message.structure.fault("a name is not UTF-8")
    }
    self.name = name
    guard kind == 0 else {
      address = nil
      return
    }
    guard let place = try message.address() else {
      throw message.structure.fault("the link `\(name)` leads nowhere")
    }
    address = place
  }

  /// The links of the group whose header this is, in byte order of the names.
  static func all(of group: ObjectHeader, in structure: FileStructure) throws -> [Link] {
    var messages = group.all(.link)
    var info = try group.only(.linkInfo, "a group")
    let flags = (try info.number(1), try info.number(1))
    if flags.1 & 1 != 0 { try info.skip(8) }
    guard flags.0 == 0 else { throw structure.fault("a group is of another form") }
    if let heapAddress = try info.address() {
      guard let tree = try info.address() else { throw structure.fault("a group has no list") }
      let heap = try FractalHeap(at: heapAddress, in: structure)
      let size = 4 + heap.bytesOfIdentifier
      messages += try RecordTree.records(at: tree, type: 5, size: size, in: structure).map {
        var record = $0
        try record.skip(4)
        return try heap.object(record)
      }
    }
    return try messages.map { try Link($0) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
