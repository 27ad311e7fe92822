internal import Files

/// A file whose structure is known to be an artifact's: header, catalogue and where the values lie.
///
/// Nothing here enters the HDF5 library: see `FileStructure`.
final class OpenArtifact {
  /// The root attributes.
  struct Header {
    let kind: String
    let content: Digest
    let createdBy: String
    let configuration: [UInt8]
    let inputs: [UInt8]
  }

  let header: Header
  let datasets: [DatasetInfo]  // in byte order of the names
  private let path: String
  private let file: RegularFile
  private let forms: [StoredDataset.Form]
  private let chunks: ChunkReader
  private let places: [[UInt8]: Int]

  /// Checks everything but the values of a file whose first `size` bytes are HDF5's; errors say
  /// `path`.
  init(_ file: RegularFile, size: Int, shownAs path: String) throws {
    self.path = path
    self.file = file
    let structure = FileStructure(file, size: size, shownAs: path)
    let root = try structure.rootHeader()
    header = try Self.readHeader(try StoredAttributes(of: root, in: structure), path)
    let stored = try Catalogue(root, in: structure).datasets
    datasets = stored.map(\.info)
    forms = stored.map(\.form)
    chunks = ChunkReader(file, shownAs: path)
    places = Dictionary(
      zip(datasets.map { Array($0.name.utf8) }, datasets.indices), uniquingKeysWith: { $1 })
  }

  private static func readHeader(_ attributes: StoredAttributes, _ path: String) throws -> Header {
    let version = try attributes.integer(ArtifactFormat.versionAttribute)
    guard version <= ArtifactFormat.version else {
      throw HDF5Error(
        .newerFormat, path: path,
        detail: "was written by a newer distill (format \(version), this one reads "
          + "\(ArtifactFormat.version)); update distill or make the file again")
    }
    guard version >= 1 else {
      throw HDF5Error(.notAnArtifact, path: path, detail: "has the impossible format \(version)")
    }
    func text(_ name: String) throws -> String {
      let bytes = try attributes.text(name)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw HDF5Error(.notAnArtifact, path: path, detail: "attribute `\(name)` is not UTF-8")
      }
      return text
    }
    guard let content = Digest(hexadecimal: try text(ArtifactFormat.contentAttribute)) else {
      throw HDF5Error(
        .notAnArtifact, path: path,
        detail: "attribute `\(ArtifactFormat.contentAttribute)` is not a digest")
    }
    return Header(
      kind: try text(ArtifactFormat.kindAttribute), content: content,
      createdBy: try text(ArtifactFormat.creatorAttribute),
      configuration: try attributes.text(ArtifactFormat.configurationAttribute),
      inputs: try attributes.text(ArtifactFormat.inputsAttribute))
  }

  /// The dataset `name`, which must hold `element`.
  func info(_ name: String, _ element: Element) throws -> DatasetInfo {
    guard let place = places[Array(name.utf8)] else {
      throw HDF5Error(.missingDataset, path: path, detail: "has no dataset `\(name)`")
    }
    let info = datasets[place]
    guard info.element == element else {
      throw HDF5Error(
        .mismatch, path: path,
        detail: "`\(name)` holds \(info.element.rawValue), not \(element.rawValue)")
    }
    return info
  }

  /// Reads rows of a dataset as an array.
  func array<Number: PlainNumber>(_ info: DatasetInfo, rows: Range<Int>) throws -> [Number] {
    let count = try require(rows, of: info)
    return unsafe try [Number](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      unsafe try read(info, rows: rows, into: UnsafeMutableRawBufferPointer(buffer))
      initializedCount = count
    }
  }

  /// The number of values in rows that must be there.
  @discardableResult
  private func require(_ rows: Range<Int>, of info: DatasetInfo) throws -> Int {
    guard rows.upperBound <= info.shape[0], rows.lowerBound >= 0 else {
      throw HDF5Error(
        .mismatch, path: path,
        detail: "`\(info.name)` has \(info.shape[0]) rows, not \(rows.upperBound)")
    }
    return rows.count * info.rowCount
  }

  /// Reads rows of a dataset into memory of just their size.
  func read(
    _ info: DatasetInfo, rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws {
    let rowBytes = info.rowCount * info.element.size
    try require(rows, of: info)
    precondition(buffer.count >= rows.count * rowBytes, "the buffer is too small")
    guard rows.count * rowBytes > 0, let place = places[Array(info.name.utf8)] else { return }
    switch forms[place] {
    case .contiguous(let offset):
      let target = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer[..<(rows.count * rowBytes)])
      unsafe try file.read(at: offset + rows.lowerBound * rowBytes, filling: target)
    case .chunked(let chunkRows, let pieces):
      for number in rows.lowerBound / chunkRows...(rows.upperBound - 1) / chunkRows {
        let bytes = try chunks.bytes(pieces[number], of: info, size: chunkRows * rowBytes)
        let first = number * chunkRows
        let part = max(rows.lowerBound, first)..<min(rows.upperBound, first + chunkRows)
        let source = bytes[
          (part.lowerBound - first) * rowBytes..<(part.upperBound - first) * rowBytes]
        let start = (part.lowerBound - rows.lowerBound) * rowBytes
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[start...]).copyBytes(from: source)
      }
    }
    // What is read must be what was digested.
    try file.checkUnchanged()
  }

  /// The content digest, computed from the values as they are now.
  func recomputeContentDigest() throws -> Digest {
    let digests = try datasets.map { info in (info: info, values: try valuesDigest(info)) }
    return ContentDigest.of(
      kind: header.kind, configuration: header.configuration, datasets: digests)
  }

  /// The digest of a dataset's little-endian values, read in pieces of a megabyte.
  private func valuesDigest(_ info: DatasetInfo) throws -> Digest {
    var builder = DigestBuilder()
    let rowBytes = max(1, info.rowCount * info.element.size)
    let step = max(1, (1 << 20) / rowBytes)
    // Rows without values may be as many as a stranger likes.
    var first = info.count == 0 ? info.shape[0] : 0
    while first < info.shape[0] {
      let rows = first..<min(first + step, info.shape[0])
      let bytes = unsafe try [UInt8](
        unsafeUninitializedCapacity: rows.count * info.rowCount * info.element.size
      ) { buffer, initializedCount in
        unsafe try read(info, rows: rows, into: UnsafeMutableRawBufferPointer(buffer))
        initializedCount = buffer.count
      }
      builder.update(bytes)
      first = rows.upperBound
    }
    return builder.finish()
  }
}
