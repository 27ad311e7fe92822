/// A dataset and where its values lie in the file.
struct StoredDataset {
  /// How values lie.
  enum Form {
    /// In one piece that begins at `offset`.
    case contiguous(offset: Int)
    /// In compressed pieces of `rows` rows each, the last one filled up.
    case chunked(rows: Int, pieces: [Piece])
  }

  /// A run of bytes of the file.
  struct Piece {
    let offset: Int
    let count: Int
  }

  let info: DatasetInfo
  let form: Form

  /// Reads what the header of the dataset `name` says, and refuses what artifacts never contain:
  /// values in other files, unusual types, layouts and filters, extents that the file cannot hold.
  init(_ header: ObjectHeader, name: String, in structure: FileStructure) throws {
    func refuse(_ reason: String) -> HDF5Error {
      HDF5Error(.notAnArtifact, path: structure.path, detail: "`\(name)` \(reason)")
    }
    guard let element = try Element(try header.only(.datatype, name)) else {
      throw refuse("has a type that artifacts do not use")
    }
    let shape = try Extents(try header.only(.dataspace, name), of: name).shape
    guard !shape.isEmpty else { throw refuse("has 0 dimensions") }
    info = DatasetInfo(name: name, element: element, shape: shape)
    try info.validate(structure.path)
    guard !header.contains(.externalFiles) else {
      throw refuse("keeps its values in another file, which is not read")
    }
    var layout = try header.only(.layout, name)
    // Version 3; class 1 is one piece, 2 is chunks, found by a tree of version 1.
    switch (try layout.number(1), try layout.number(1)) {
    case (3, 1):
      let address = try layout.address()
      let stored = address == nil ? 0 : try layout.number(8)
      guard stored == info.byteCount else {
        throw refuse("has shape \(shape), which does not fit its \(stored) bytes")
      }
      guard stored <= structure.size, (address ?? 0) <= structure.size - stored else {
        throw refuse("claims more bytes than the file has")
      }
      guard !header.contains(.filters) else { throw refuse("is filtered in one piece") }
      form = .contiguous(offset: address ?? 0)
    case (3, 2):
      guard try layout.number(1) == shape.count + 1 else {
        throw refuse("has chunks of another rank")
      }
      let tree = try layout.address()
      var chunk: [Int] = []
      for _ in 0...shape.count { chunk.append(try layout.number(4)) }
      let bytes = chunk.reduce(1) { min($0 * $1, ArtifactFormat.chunkLimit + 1) }
      guard bytes <= ArtifactFormat.chunkLimit else {
        throw refuse("has chunks that are too large")
      }
      guard info.byteCount / ArtifactFormat.compressionLimit <= structure.size else {
        throw refuse("has shape \(shape), more than the file's \(structure.size) bytes can hold")
      }
      guard bytes > 0, chunk.last == element.size, chunk.dropFirst().dropLast() == shape.dropFirst()
      else { throw refuse("has chunks that are no whole rows") }
      try Self.checkFilters(header, info, refuse, in: structure)
      let index = ChunkIndex(info, rows: chunk[0], chunkBytes: bytes, in: structure)
      form = .chunked(rows: chunk[0], pieces: try index.pieces(at: tree))
    default: throw refuse("has a layout that artifacts do not use")
    }
  }

  /// The three filters of the writer: bytes shuffled, deflated, a sum behind.
  private static func checkFilters(
    _ header: ObjectHeader, _ info: DatasetInfo, _ refuse: (String) -> HDF5Error,
    in structure: FileStructure
  ) throws {
    var message = try header.only(.filters, info.name)
    guard try message.number(1) == 2 else { throw refuse("has filters of another form") }
    var found: [Int] = []
    for _ in 0..<(try message.number(1)) {
      let filter = try message.number(2)
      guard (1...3).contains(filter) else {
        throw refuse("uses filter \(filter), which artifacts do not use")
      }
      found.append(filter)
      try message.skip(2)
      let values = try (0..<(try message.number(2))).map { _ in try message.number(4) }
      guard filter != 2 || values == [info.element.size] else {
        throw refuse("is shuffled for another type")
      }
    }
    guard found == [2, 1, 3] else { throw refuse("is not compressed as artifacts are") }
  }
}

/// Finds the chunks of a dataset by its tree (version 1).
struct ChunkIndex {
  private let info: DatasetInfo
  private let rows: Int
  private let chunkBytes: Int
  private let structure: FileStructure

  init(_ info: DatasetInfo, rows: Int, chunkBytes: Int, in structure: FileStructure) {
    (self.info, self.rows, self.chunkBytes) = (info, rows, chunkBytes)
    self.structure = structure
  }

  private var wanted: Int {
    info.count == 0 ? 0 : info.shape[0] / rows + (info.shape[0] % rows == 0 ? 0 : 1)
  }

  private func fault(_ reason: String) -> HDF5Error {
    structure.fault("the list of chunks of `\(info.name)` \(reason)")
  }

  /// Every chunk, in the order of the rows: none may be missing.
  func pieces(at address: Int?) throws -> [StoredDataset.Piece] {
    var pieces: [StoredDataset.Piece] = []
    if let address, wanted > 0 { try read(address, level: nil, into: &pieces) }
    guard pieces.count == wanted else { throw fault("has \(pieces.count) of \(wanted)") }
    return pieces
  }

  private func read(
    _ address: Int, level expected: Int?, into pieces: inout [StoredDataset.Piece]
  ) throws {
    let what = "the list of chunks of `\(info.name)`"
    var node = try structure.block(at: address, count: 24, what)
    try node.expect(Array("TREE".utf8) + [1])
    let level = try node.number(1)
    let count = try node.number(2)
    // An empty node would let a tree be endless; so would one that does not go down.
    guard level <= 8, expected ?? level == level, count > 0 else {
      throw fault("is of another form")
    }
    let keySize = 8 + 8 * (info.shape.count + 1)
    var entries = try structure.block(at: address + 24, count: count * (keySize + 8), what)
    for _ in 0..<count {
      var key = try entries.block(keySize)
      guard let child = try entries.address() else { throw fault("has a gap") }
      guard level == 0 else {
        try read(child, level: level - 1, into: &pieces)
        continue
      }
      let (stored, skippedFilters) = (try key.number(4), try key.number(4))
      let first = try key.number(8)
      let others = try key.take(key.count)
      // As many in all, each once, in order: a node that is reached twice fails here.
      guard pieces.count < wanted, first == pieces.count * rows, others.allSatisfy({ $0 == 0 }),
        skippedFilters == 0
      else { throw fault("is out of order") }
      // Deflate makes nothing much longer; four bytes are a sum.
      guard stored > 4, stored <= chunkBytes + chunkBytes / 64 + 64, child <= structure.size,
        stored <= structure.size - child
      else { throw fault("leaves the file") }
      pieces.append(StoredDataset.Piece(offset: child, count: stored))
    }
  }
}
