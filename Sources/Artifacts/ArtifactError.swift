import Files

/// Something that is there and cannot be used: what, where, why, and the cure, in one line.
///
/// What a stranger's file brought into it is made visible.
public struct ArtifactError: Error, CustomStringConvertible {
  /// The whole line.
  public let description: String
  /// What to do about it, as the line ends.
  public let cure: String

  /// A fault of a file, an artifact or what they hold.
  public static func badData(_ place: String, _ fault: String, cure: String) -> ArtifactError {
    ArtifactError(
      description: printable("\(place): \(fault); \(cure)"), cure: printable(cure))
  }
}
