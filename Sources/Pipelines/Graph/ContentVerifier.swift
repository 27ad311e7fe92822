internal import Files

/// Finds out what files contain, reading them only when their signature is not the known one.
struct ContentVerifier: Sendable {
  /// How an output stands to its record.
  enum OutputState: Equatable {
    case intact(PathSignature)
    case missing
    case damaged
  }

  let probe: ArtifactProbe
  /// Whether an unchanged signature spares reading a file.
  let trustsSignatures: Bool

  /// Kind and digests of the file or folder at `path`, read now; the signature is of the bytes that
  /// were read.
  ///
  /// - Throws: What the probe throws for a damaged artifact; `FileError` if it cannot be read or
  ///   changed meanwhile.
  func identify(
    _ path: String
  ) throws -> (identity: ArtifactIdentity, signature: PathSignature) {
    let before = try PathSignature(of: path)
    let identity: ArtifactIdentity
    if isFolder(path) {
      let digest = try Digest.ofFolder(path)
      identity = ArtifactIdentity(
        kind: "folder", digests: OutputDigests(content: digest, file: digest))
    } else if let artifact = try probe.identify(path) {
      identity = artifact
    } else {
      let digest = try Digest.ofFile(path)
      identity = ArtifactIdentity(
        kind: "file", digests: OutputDigests(content: digest, file: digest))
    }
    guard try PathSignature(of: path) == before else {
      throw FileError(.changed, path: path, detail: "changed while it was read; run again")
    }
    return (identity, before)
  }

  /// The record of a source: `known` if its signature still holds, unless `rereads` asks for it to be
  /// read whatever its signature is.
  func source(_ path: String, known: SourceRecord?, rereads: Bool) throws -> SourceRecord {
    if let known, trustsSignatures, !rereads, try PathSignature(of: path) == known.signature {
      return known
    }
    let (identity, signature) = try identify(path)
    return SourceRecord(
      path: path, kind: identity.kind, content: identity.digests.content, signature: signature)
  }

  /// Whether the output at `path` is the one recorded.
  func output(_ record: OutputRecord, at path: String) throws -> OutputState {
    guard fileExists(path) else { return .missing }
    if trustsSignatures, try PathSignature(of: path) == record.signature {
      return .intact(record.signature)
    }
    // An artifact whose own checks fail is damaged; why does not matter, it is made again.
    do {
      let found = try identify(path)
      return found.identity.digests == record.digests ? .intact(found.signature) : .damaged
    } catch let interruption as StageInterruption {
      throw interruption
    } catch {
      return .damaged
    }
  }
}
