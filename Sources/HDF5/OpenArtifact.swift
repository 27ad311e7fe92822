internal import CHDF5
internal import Files

/// An open file whose bytes are known to be whole: header, catalogue and values.
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
  private var file: Handle
  private let places: [[UInt8]: Int]

  /// Opens `location` and checks everything but the values; errors say `path`.
  init(_ location: String, shownAs path: String) throws {
    self.path = path
    let size = try RegularFile(location).size
    let access = try Handle.fileAccess(path)
    let file = try Handle(.file, "cannot open the file", path) {
      unsafe H5Fopen(location, chdf5_read_only(), access.identifier)
    }
    header = try Self.readHeader(file, path)
    datasets = try ArtifactCatalogue.datasets(in: file, fileSize: size)
    places = Dictionary(
      zip(datasets.map { Array($0.name.utf8) }, datasets.indices), uniquingKeysWith: { $1 })
    self.file = file
  }

  private static func readHeader(_ file: borrowing Handle, _ path: String) throws -> Header {
    let version = try RootAttributes.integer(ArtifactFormat.versionAttribute, in: file)
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
      let bytes = try RootAttributes.text(name, in: file)
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
      configuration: try RootAttributes.text(ArtifactFormat.configurationAttribute, in: file),
      inputs: try RootAttributes.text(ArtifactFormat.inputsAttribute, in: file))
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
    let count = rows.count * info.rowCount
    return unsafe try [Number](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      unsafe try read(info, rows: rows, into: UnsafeMutableRawBufferPointer(buffer))
      initializedCount = count
    }
  }

  /// Reads rows of a dataset into memory of just their size.
  func read(
    _ info: DatasetInfo, rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws {
    guard rows.upperBound <= info.shape[0], rows.lowerBound >= 0 else {
      throw HDF5Error(
        .mismatch, path: path,
        detail: "`\(info.name)` has \(info.shape[0]) rows, not \(rows.upperBound)")
    }
    precondition(
      buffer.count >= rows.count * info.rowCount * info.element.size, "the buffer is too small")
    guard rows.count * info.rowCount > 0 else { return }
    let identifier = file.identifier
    let dataset = try Handle(.dataset, "cannot open `\(info.name)`", path) {
      unsafe H5Dopen2(identifier, info.name, chdf5_default())
    }
    let source = try Handle(.dataspace, "cannot read the shape of `\(info.name)`", path) {
      H5Dget_space(dataset.identifier)
    }
    let extents = [rows.count] + info.shape.dropFirst()
    let target = try Handle.dataspace(extents, path)
    let start = ([rows.lowerBound] + info.shape.dropFirst().map { _ in 0 }).map { hsize_t($0) }
    let count = extents.map { hsize_t($0) }
    try HDF5Library.call("cannot select rows of `\(info.name)`", path) {
      unsafe H5Sselect_hyperslab(source.identifier, H5S_SELECT_SET, start, nil, count, nil)
    }
    try HDF5Library.call("cannot read `\(info.name)`", path) {
      unsafe H5Dread(
        dataset.identifier, info.element.identifier(), target.identifier, source.identifier,
        chdf5_default(), buffer.baseAddress)
    }
    try dataset.close()
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
    var first = 0
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

  /// Closes the file and reports what the library held back.
  func close() throws { try file.closeInPlace() }
}
