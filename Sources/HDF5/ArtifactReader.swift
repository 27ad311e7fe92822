public import Files

/// Reads an artifact that was checked, byte for byte, before it was opened.
public final class ArtifactReader {
  /// The artifact's path.
  public let path: String
  /// `model`, `corpus`, `dataset`, ...
  public var kind: String { artifact.header.kind }
  /// The configuration, canonical JSON.
  public var configuration: [UInt8] { artifact.header.configuration }
  /// What it was made from, JSON.
  public var inputs: [UInt8] { artifact.header.inputs }
  /// Name and version of the program that wrote it.
  public var createdBy: String { artifact.header.createdBy }
  /// The digest of what it means, as recorded when it was written.
  public var contentDigest: Digest { artifact.header.content }
  /// The digest of its bytes, as found.
  public let fileDigest: Digest
  /// Its datasets, in byte order of their names.
  public var datasets: [DatasetInfo] { artifact.datasets }

  private let artifact: OpenArtifact

  /// Checks and opens the artifact at `path`.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - kind: The kind it must be of, if that matters.
  /// - Throws: `FileError` if it is missing or unreadable; `HDF5Error` if it is damaged, from
  ///   elsewhere, of another kind, or written by a later version.
  public init(path: String, expecting kind: String? = nil) throws {
    self.path = path
    let file = try RegularFile(path)
    let (digest, size) = try ArtifactTrailer.verify(file)
    fileDigest = digest
    artifact = try OpenArtifact(file, size: size, shownAs: path)
    if let kind, kind != artifact.header.kind {
      throw HDF5Error(
        .wrongKind, path: path,
        detail: "is a `\(artifact.header.kind)` artifact; a `\(kind)` artifact is wanted here")
    }
  }

  /// Checks size, trailer and digest without opening the file as HDF5.
  ///
  /// - Parameter path: The file.
  /// - Returns: The digest of its bytes.
  /// - Throws: `FileError` if it is missing or unreadable; `HDF5Error` if it is damaged.
  public static func verifyFile(_ path: String) throws -> Digest {
    try ArtifactTrailer.verify(RegularFile(path)).digest
  }

  /// Whether a file ends as artifacts do, be the digest there right or not.
  ///
  /// - Throws: `FileError` if it cannot be read.
  public static func hasTrailer(_ path: String) throws -> Bool {
    try ArtifactTrailer.isThere(RegularFile(path))
  }

  /// Whether the artifact has a dataset called `name`.
  public func contains(_ name: String) -> Bool {
    datasets.contains { $0.name.utf8.elementsEqual(name.utf8) }
  }

  /// The first extent of a dataset.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset.
  public func rows(_ name: String) throws -> Int {
    guard let info = datasets.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
      throw HDF5Error(.missingDataset, path: path, detail: "has no dataset `\(name)`")
    }
    return info.shape[0]
  }

  /// All floats of a dataset, last dimension fastest.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset of floats or it cannot be read.
  public func floats(_ name: String) throws -> [Float] {
    let info = try artifact.info(name, .float32)
    return try artifact.array(info, rows: 0..<info.shape[0])
  }

  /// The floats of some rows (indices of the first dimension).
  ///
  /// - Throws: `HDF5Error` if there are no such rows or they cannot be read.
  public func floats(_ name: String, range: Range<Int>) throws -> [Float] {
    try artifact.array(try artifact.info(name, .float32), rows: range)
  }

  /// Reads a dataset of floats into `values`, which must have just its size.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset, its size differs, or it cannot be read.
  public func readFloats(_ name: String, into values: inout MutableSpan<Float>) throws {
    let info = try artifact.info(name, .float32)
    guard info.count == values.count else {
      throw HDF5Error(
        .mismatch, path: path,
        detail: "`\(name)` has shape \(info.shape), not the \(values.count) values wanted")
    }
    unsafe try values.withUnsafeMutableBytes { buffer in
      unsafe try artifact.read(info, rows: 0..<info.shape[0], into: buffer)
    }
  }

  /// All 32-bit integers of a dataset.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset of 32-bit integers or it cannot be read.
  public func int32s(_ name: String) throws -> [Int32] {
    let info = try artifact.info(name, .int32)
    return try artifact.array(info, rows: 0..<info.shape[0])
  }

  /// The 32-bit integers of some rows (indices of the first dimension).
  ///
  /// - Throws: `HDF5Error` if there are no such rows or they cannot be read.
  public func int32s(_ name: String, range: Range<Int>) throws -> [Int32] {
    try artifact.array(try artifact.info(name, .int32), rows: range)
  }

  /// All 64-bit integers of a dataset.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset of 64-bit integers or it cannot be read.
  public func int64s(_ name: String) throws -> [Int64] {
    let info = try artifact.info(name, .int64)
    return try artifact.array(info, rows: 0..<info.shape[0])
  }

  /// The 64-bit integers of some rows (indices of the first dimension).
  ///
  /// - Throws: `HDF5Error` if there are no such rows or they cannot be read.
  public func int64s(_ name: String, range: Range<Int>) throws -> [Int64] {
    try artifact.array(try artifact.info(name, .int64), rows: range)
  }

  /// All bytes of a dataset.
  ///
  /// - Throws: `HDF5Error` if there is no such dataset of bytes or it cannot be read.
  public func bytes(_ name: String) throws -> [UInt8] {
    let info = try artifact.info(name, .uint8)
    return try artifact.array(info, rows: 0..<info.shape[0])
  }

  /// The bytes of some rows (indices of the first dimension).
  ///
  /// - Throws: `HDF5Error` if there are no such rows or they cannot be read.
  public func bytes(_ name: String, range: Range<Int>) throws -> [UInt8] {
    try artifact.array(try artifact.info(name, .uint8), rows: range)
  }

  /// The content digest computed from the values; equal to `contentDigest` in a whole artifact.
  ///
  /// - Throws: `HDF5Error` if a dataset cannot be read.
  public func recomputeContentDigest() throws -> Digest { try artifact.recomputeContentDigest() }
}
