import Files
import HDF5
public import Pipelines

/// How pipelines recognise our artifacts.
public enum ArtifactProbes {
  /// Verifies an HDF5 artifact and reads its kind and digests; anything else is no artifact.
  ///
  /// A file counts as one by its name (`.h5`, so that an empty or damaged one is told as such) or by
  /// its first bytes, since a user may name it as he likes.
  ///
  /// Ours is a file with the trailer of artifacts; one that was made here may have lost it.
  public static let standard = ArtifactProbe(
    identify: { path in
      guard try isArtifact(path) else { return nil }
      let reader = try ArtifactReader(path: path)
      return ArtifactIdentity(
        kind: reader.kind,
        digests: OutputDigests(content: reader.contentDigest, file: reader.fileDigest))
    },
    isOurs: { path, wasMadeHere in
      try ArtifactReader.hasTrailer(path) || (wasMadeHere && hasSignature(path))
    })

  /// Whether the file is, or should be, an artifact.
  static func isArtifact(_ path: String) throws -> Bool {
    try !isFolder(path) && (path.hasSuffix(".h5") || hasSignature(path))
  }

  /// The first eight bytes of every HDF5 file (HDF5 file format specification, section II.A).
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func hasSignature(_ path: String) throws -> Bool {
    let file = try RegularFile(path)
    guard file.size >= signature.count else { return false }
    return try file.read(at: 0, count: signature.count, as: UInt8.self) == signature
  }
}
