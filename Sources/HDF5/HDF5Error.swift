internal import Files

/// An artifact that cannot be written or read as asked.
///
/// The description is one line: the file, what is wrong with it and, where there is one, the cure.
public struct HDF5Error: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong, as a caller may want to tell cases apart.
  public enum Kind: String, Sendable, Hashable {
    /// The bytes are not those that were written.
    case damaged
    /// The file is something else than an artifact, or uses what artifacts never use.
    case notAnArtifact
    /// The artifact is of another kind than the one asked for.
    case wrongKind
    /// A later version wrote it.
    case newerFormat
    /// It has no dataset of that name.
    case missingDataset
    /// The dataset's element type or shape is not the one asked for.
    case mismatch
    /// The name or shape of a dataset to be written is not acceptable.
    case invalidDataset
    /// The library can make nothing of the file, or refuses to.
    case libraryFailure
    /// The device failed.
    case inputOutput
    /// The device or the quota is full.
    case noSpace
  }

  /// The case.
  public let kind: Kind
  /// The artifact's path.
  public let path: String
  /// What is wrong, without the path.
  public let detail: String

  /// An error about the artifact at `path`.
  public init(_ kind: Kind, path: String, detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }

  /// `path: detail`, control characters made visible.
  public var description: String { "\(printable(path)): \(printable(detail))" }
}
