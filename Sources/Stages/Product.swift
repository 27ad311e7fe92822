/// Name and version of this program, as artifacts record it.
public enum Product {
  /// The version, as `distill --version` prints it.
  public static let version = "0.1.0"
  /// What the `created_by` attribute of an artifact says: no time, host or path.
  static let createdBy = "distill \(version)"
}
