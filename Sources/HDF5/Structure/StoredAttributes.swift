/// The attributes of the root group, as they are stored.
struct StoredAttributes {
  private struct Value {
    let type: MetadataBlock
    let extents: Extents
    let data: MetadataBlock
  }

  private let structure: FileStructure
  private var values: [String: Value] = [:]

  /// Reads the attributes of the object whose header this is.
  init(of header: ObjectHeader, in structure: FileStructure) throws {
    self.structure = structure
    for message in header.all(.attribute) { try add(message) }
    guard header.contains(.attributeInfo) else { return }
    var info = try header.only(.attributeInfo, "/")
    let flags = (try info.number(1), try info.number(1))
    if flags.1 & 1 != 0 { try info.skip(2) }
    guard flags.0 == 0, let heapAddress = try info.address() else { return }
    guard let tree = try info.address() else {
      throw structure.fault("the attributes have no list")
    }
    let heap = try FractalHeap(at: heapAddress, in: structure)
    let size = heap.bytesOfIdentifier + 9
    for var record in try RecordTree.records(
      at: tree, type: 8, size: size, limit: ArtifactFormat.attributeCountLimit, in: structure)
    {
      let identifier = try record.block(heap.bytesOfIdentifier)
      guard try record.number(1) == 0 else { throw structure.fault("an attribute is shared") }
      try add(try heap.object(identifier))
    }
  }

  private mutating func add(_ message: MetadataBlock) throws {
    var message = message
    guard values.count < ArtifactFormat.attributeCountLimit else {
      throw structure.fault("it has more than \(values.count) attributes")
    }
    guard try message.take(2).elementsEqual([3, 0]) else {
      throw structure.fault("an attribute is of another form")
    }
    let sizes = try (0..<3).map { _ in try message.number(2) }
    try message.skip(1)
    let letters = try message.take(sizes[0]).dropLast()
    guard let name = String(validating: letters, as: UTF8.self), values[name] == nil else {
      throw structure.fault("an attribute's name is not its own")
    }
    let type = try message.block(sizes[1])
    let extents = try Extents(try message.block(sizes[2]), of: name)
    values[name] = Value(type: type, extents: extents, data: try message.block(message.count))
  }

  /// The text in the attribute `name`.
  func text(_ name: String) throws -> [UInt8] {
    let value = try scalar(name)
    var (type, data) = (value.type, value.data)
    // Class 3, text of a fixed size; the rest of the bits is the padding and the encoding.
    guard try type.number(1) & 0x0F == 3 else { throw refuse(name, "is not text of fixed length") }
    try type.skip(3)
    let size = try type.number(4)
    guard (1...ArtifactFormat.attributeLimit).contains(size) else {
      throw refuse(name, "is not text of fixed length")
    }
    var bytes = Array(try data.take(size))
    while bytes.last == 0 { bytes.removeLast() }
    return bytes
  }

  /// The integer in the attribute `name`.
  func integer(_ name: String) throws -> Int {
    let value = try scalar(name)
    guard try Element(value.type) == .int64 else { throw refuse(name, "is not a 64-bit integer") }
    var data = value.data
    let bits = try data.take(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(Int64(bitPattern: bits))
  }

  private func scalar(_ name: String) throws -> Value {
    guard let value = values[name] else {
      throw HDF5Error(
        .notAnArtifact, path: structure.path,
        detail: "is not a distill artifact: it has no `\(name)`")
    }
    guard value.extents.isScalar else { throw refuse(name, "is not one value") }
    return value
  }

  private func refuse(_ name: String, _ reason: String) -> HDF5Error {
    HDF5Error(.notAnArtifact, path: structure.path, detail: "attribute `\(name)` \(reason)")
  }
}
