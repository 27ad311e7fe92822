public import Files

/// The digests of a written artifact.
public struct ArtifactDigests: Sendable, Hashable, Codable {
  /// Of what it means: kind, configuration, names, types, shapes and values.
  public let content: Digest
  /// Of the file's bytes before the trailer.
  public let file: Digest

  /// A pair of digests.
  public init(content: Digest, file: Digest) {
    self.content = content
    self.file = file
  }
}

/// Writes artifacts: HDF5 files that appear whole or not at all.
///
/// Equal arguments and equal values, written in the same order, give the same bytes at any time.
public enum ArtifactWriter {
  /// Writes the artifact `path`, replacing an older one only when the new one is whole.
  ///
  /// Before it is published the file is opened again and every dataset read and compared with what
  /// was written: a failed write shows as late as that.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - kind: `model`, `corpus`, `dataset`, ...
  ///   - configuration: Canonical JSON; part of the content digest.
  ///   - inputs: JSON that says what it was made from; not part of the content digest.
  ///   - createdBy: Name and version of the program; no time, machine or path.
  ///   - body: Writes the datasets; if it throws, nothing is published.
  /// - Returns: The digests for the manifest.
  /// - Throws: What `body` throws, `HDF5Error`, or `FileError` if the file cannot be created.
  @discardableResult
  public static func write(
    to path: String, kind: String, configuration: [UInt8], inputs: [UInt8], createdBy: String,
    _ body: (ArtifactBody) throws -> Void
  ) throws -> ArtifactDigests {
    try AtomicFile.replace(path) { temporary in
      do {
        let artifact = try ArtifactBody(creating: temporary, shownAs: path)
        try body(artifact)
        let datasets = try artifact.finishDatasets()
        let content = ContentDigest.of(
          kind: kind, configuration: configuration, datasets: datasets)
        try artifact.close(
          kind: kind, content: content, createdBy: createdBy, configuration: configuration,
          inputs: inputs)
        try verify(temporary, shownAs: path, content: content)
        let file = try ArtifactTrailer.append(toTemporary: temporary)
        return ArtifactDigests(content: content, file: file)
      } catch let error as FileError where error.path == temporary {
        throw FileError(error.kind, path: path, detail: error.detail)
      }
    }
  }

  /// Reads everything back, through the same checks that readers make.
  private static func verify(
    _ temporary: String, shownAs path: String, content: Digest
  ) throws {
    let file = try RegularFile(temporary)
    let written = try OpenArtifact(file, size: file.size, shownAs: path)
    guard written.header.content == content, try written.recomputeContentDigest() == content else {
      throw HDF5Error(
        .damaged, path: path, detail: "what was written could not be read back; check the disk")
    }
  }
}
