/// The version of this program, as artifacts record it.
public enum ProgramVersion {
  /// The version, as `distill --version` prints it.
  public static let number = "0.1.0"
  /// What the `created_by` attribute of an artifact says: no time, host or path.
  public static let createdBy = "distill \(number)"
}
