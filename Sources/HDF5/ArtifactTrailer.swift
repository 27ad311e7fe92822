internal import Files

/// The 64 bytes behind HDF5's own end of file: a fixed text and the SHA-256 of all before it.
///
/// HDF5 ignores them. They are checked before the library, which is not made for hostile files, sees
/// a byte. They prove that the file is whole, not who wrote it.
enum ArtifactTrailer {
  /// Appends the trailer to a finished file inside `AtomicFile.replace`.
  ///
  /// - Returns: The digest it holds.
  static func append(toTemporary path: String) throws -> Digest {
    let file = try RegularFile(path)
    let digest = try file.digest(of: 0..<file.size)
    try AtomicFile.append(ArtifactFormat.trailerMagic + digest.bytes, toTemporary: path)
    return digest
  }

  /// Whether a file ends with a trailer, be its digest right or not.
  static func isThere(_ file: RegularFile) throws -> Bool {
    let (size, magic) = (ArtifactFormat.trailerSize, ArtifactFormat.trailerMagic)
    return try file.size >= size
      && file.read(at: file.size - size, count: magic.count, as: UInt8.self) == magic
  }

  /// Checks the size, the signature, the trailer and the digest.
  ///
  /// - Returns: The digest, and the bytes that it is of: all before the trailer.
  static func verify(_ file: RegularFile) throws -> (digest: Digest, size: Int) {
    let path = file.path
    let signatureSize = ArtifactFormat.signature.count
    guard file.size >= signatureSize,
      try file.read(at: 0, count: signatureSize, as: UInt8.self) == ArtifactFormat.signature
    else {
      throw HDF5Error(.notAnArtifact, path: path, detail: "is not an HDF5 file")
    }
    let contentSize = file.size - ArtifactFormat.trailerSize
    guard contentSize >= signatureSize else {
      throw HDF5Error(.damaged, path: path, detail: "is cut short (\(file.size) bytes)")
    }
    guard try isThere(file) else {
      throw HDF5Error(
        .damaged, path: path,
        detail: "has no distill trailer at its end: cut short, changed, or not written by distill")
    }
    let digest = try file.digest(of: 0..<contentSize)
    guard try file.read(at: file.size - 32, count: 32, as: UInt8.self) == digest.bytes else {
      throw HDF5Error(
        .damaged, path: path,
        detail: "is damaged: its bytes do not have the SHA-256 in its trailer; make it again")
    }
    return (digest, contentSize)
  }
}
