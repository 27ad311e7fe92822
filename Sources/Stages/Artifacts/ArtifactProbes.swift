import Files
import HDF5
public import Pipelines

/// How pipelines recognise our artifacts.
public enum ArtifactProbes {
  /// Verifies an HDF5 artifact and reads its kind and digests; anything else is no artifact.
  public static let standard = ArtifactProbe { path in
    guard path.hasSuffix(".h5"), !isFolder(path) else { return nil }
    let reader = try ArtifactReader(path: path)
    return ArtifactIdentity(
      kind: reader.kind,
      digests: OutputDigests(content: reader.contentDigest, file: reader.fileDigest))
  }
}
