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

  /// Checks the size, the signature, the trailer and the digest.
  ///
  /// - Returns: The digest, and the signature the file had while it was read.
  static func verify(_ path: String) throws -> (digest: Digest, signature: StatSignature) {
    let file = try RegularFile(path)
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
    let trailer = try file.read(
      at: contentSize, count: ArtifactFormat.trailerSize, as: UInt8.self)
    guard trailer.starts(with: ArtifactFormat.trailerMagic) else {
      throw HDF5Error(
        .damaged, path: path,
        detail: "has no distill trailer at its end: cut short, changed, or not written by distill")
    }
    let digest = try file.digest(of: 0..<contentSize)
    guard trailer.suffix(32).elementsEqual(digest.bytes) else {
      throw HDF5Error(
        .damaged, path: path,
        detail: "is damaged: its bytes do not have the SHA-256 in its trailer; make it again")
    }
    return (digest, file.signature)
  }
}
