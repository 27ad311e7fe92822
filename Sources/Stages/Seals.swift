import Files
import HDF5
import Interchange
public import Pipelines

/// What the program's own files say about themselves, and whether it is true.
public enum Seals {
  /// Checks HDF5 artifacts (the digest of the bytes, then that of the content, computed anew from the
  /// values) and sealed safetensors files; other files carry no digest.
  public static let standard = SealCheck { path in
    if path.hasSuffix(".safetensors") {
      let file = try SafetensorsFile(path: path)
      if file.isSealed { try file.verifySeal() }
      return file.isSealed
    }
    guard try ArtifactProbes.isArtifact(path) else { return false }
    let reader = try ArtifactReader(path: path)
    guard try reader.recomputeContentDigest() == reader.contentDigest else {
      throw HDF5Error(
        .damaged, path: path, detail: "its values are not those of its content digest")
    }
    return true
  }

  /// The verdicts on a file, or on everything in a folder, by their own seals alone.
  ///
  /// - Parameter path: What to look at.
  /// - Returns: One verdict, or one for each sealed file of a folder; that there is nothing to verify
  ///   it against where there is no seal.
  /// - Throws: `FileError` if a folder cannot be read.
  public static func verify(_ path: String) throws -> [Verdict] {
    guard fileExists(path) else { return [Verdict("file", path, .missing)] }
    guard isFolder(path) else {
      return [verdict(on: path) ?? Verdict("file", path, .unsealed)]
    }
    let found = try filesBeneath(path).compactMap { verdict(on: path + "/" + $0) }
    return found.isEmpty ? [Verdict("folder", path, .unsealed)] : found
  }

  /// Nil for a file without a seal.
  private static func verdict(on path: String) -> Verdict? {
    do {
      return try standard.check(path) ? Verdict("file", path, .intact) : nil
    } catch {
      return Verdict("file", path, error)
    }
  }
}
