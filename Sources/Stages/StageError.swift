public import Pipelines

/// A fault that a user can mend: what, where, why, and the cure, in one line.
public struct StageError: Error, CustomStringConvertible {
  /// The exit code that the command ends with.
  public let status: ExitStatus
  /// The whole line.
  public let description: String

  /// An option that is wrong, or that does not fit another (exit 64); named as a flag, whatever it is
  /// called here.
  public static func usage(_ option: String, _ fault: String, cure: String) -> StageError {
    let flag = option.hasPrefix("--") ? option : "--" + option.flag
    return StageError(status: .usage, description: "\(flag): \(fault); \(cure)")
  }

  /// An input that the options in force make necessary and nobody gave (exit 64).
  static func missingPort(_ port: String, for reason: String? = nil) -> StageError {
    usage(
      port, "missing" + (reason.map { " for \($0)" } ?? ""),
      cure: "name the \(port.spoken) to read")
  }

  /// Input that is not there (exit 66).
  public static func missing(_ place: String, _ fault: String, cure: String) -> StageError {
    StageError(status: .missingInput, description: "\(place): \(fault); \(cure)")
  }
}
