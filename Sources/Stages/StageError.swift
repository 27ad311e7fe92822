public import Pipelines

/// A fault that a user can mend: what, where, why, and the cure, in one line.
public struct StageError: Error, CustomStringConvertible {
  /// The exit code that the command ends with.
  public let status: ExitStatus
  /// The whole line.
  public let description: String

  /// Options that do not fit together (exit 64).
  public static func usage(_ option: String, _ fault: String, cure: String) -> StageError {
    StageError(status: .usage, description: "\(option): \(fault); \(cure)")
  }

  /// Input that is not there (exit 66).
  public static func missing(_ place: String, _ fault: String, cure: String) -> StageError {
    StageError(status: .missingInput, description: "\(place): \(fault); \(cure)")
  }
}
