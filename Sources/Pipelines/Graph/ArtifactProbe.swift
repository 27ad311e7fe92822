/// What an artifact file says it is, after its bytes were checked.
public struct ArtifactIdentity: Sendable, Equatable {
  /// Kind, such as `model`.
  public let kind: String
  /// Digests of content and bytes.
  public let digests: OutputDigests

  /// The identity of an artifact.
  public init(kind: String, digests: OutputDigests) {
    self.kind = kind
    self.digests = digests
  }
}

/// How the pipeline learns what a file is: given by whoever knows the formats.
public struct ArtifactProbe: Sendable {
  /// Reads and verifies the file at a path.
  ///
  /// Returns nil when it is no artifact at all (a text file, a folder); throws when it is one and
  /// its bytes are damaged.
  public let identify: @Sendable (_ path: String) throws -> ArtifactIdentity?
  /// Whether the file at a path may be replaced: it is an artifact, whole or not; `wasMadeHere` where
  /// it is recorded that one was written there.
  public let isOurs: @Sendable (_ path: String, _ wasMadeHere: Bool) throws -> Bool

  /// A probe; where nothing else is said, ours is what it identifies, and what was made here.
  public init(
    identify: @escaping @Sendable (_ path: String) throws -> ArtifactIdentity?,
    isOurs: (@Sendable (_ path: String, _ wasMadeHere: Bool) throws -> Bool)? = nil
  ) {
    self.identify = identify
    self.isOurs = isOurs ?? { path, wasMadeHere in try wasMadeHere || identify(path) != nil }
  }
}
