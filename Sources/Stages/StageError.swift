public import Pipelines

/// A fault that a user can mend: what, where, why, and the cure, in one line.
public struct StageError: Error, CustomStringConvertible {
  /// The exit code that the command ends with.
  public let status: ExitStatus
  /// The whole line.
  public let description: String
  /// What to do about it, as the line ends; nil where the text alone says it.
  public let cure: String?

  init(status: ExitStatus, description: String, cure: String? = nil) {
    self.status = status
    self.description = description
    self.cure = cure
  }

  /// An option that is wrong, or that does not fit another (exit 64); named as a flag, whatever it is
  /// called here.
  public static func usage(_ option: String, _ fault: String, cure: String) -> StageError {
    let flag = option.hasPrefix("--") ? option : "--" + option.flag
    return StageError(status: .usage, description: "\(flag): \(fault); \(cure)", cure: cure)
  }

  /// An option that was given and would do nothing (exit 64).
  ///
  /// - Parameters:
  ///   - option: The option.
  ///   - other: What it stands beside, with dashes, and what that means for it.
  /// - Returns: The error.
  static func unused(_ option: String, beside other: String) -> StageError {
    usage(option, "would do nothing beside \(other)", cure: "leave one of them out")
  }

  /// An input that the options in force make necessary and nobody gave (exit 64).
  static func missingPort(_ port: String, for reason: String? = nil) -> StageError {
    usage(
      port, "missing" + (reason.map { " for \($0)" } ?? ""),
      cure: "name the \(port.spoken) to read")
  }

  /// An input that the objective does not read (exit 64).
  static func unread(
    _ port: String, by objective: String?, whichReads other: String
  ) -> StageError {
    usage(
      port, "not read " + (objective.map { "by objective \($0)" } ?? "without an objective"),
      cure: "leave it out and give --\(other), or give --objective \(FinetuneStage.maskedObjective)"
    )
  }

  /// Input that is not there (exit 66).
  public static func missing(_ place: String, _ fault: String, cure: String) -> StageError {
    StageError(status: .missingInput, description: "\(place): \(fault); \(cure)", cure: cure)
  }
}

extension OptionValues {
  /// Refuses options that were given and would do nothing.
  ///
  /// - Parameters:
  ///   - names: The options.
  ///   - other: Why, as in `StageError.unused`.
  /// - Throws: `StageError` naming the first.
  func requireUnused(_ names: [String], beside other: String) throws {
    if let name = names.first(where: given.contains) {
      throw StageError.unused(name, beside: other)
    }
  }

  /// Refuses options that were given and do something beside another alone.
  ///
  /// - Parameters:
  ///   - other: The other, with dashes, which is not given.
  ///   - names: The options.
  /// - Throws: `StageError` naming the first.
  func requireGiven(_ other: String, for names: [String]) throws {
    if let name = names.first(where: given.contains) {
      throw StageError.usage(name, "would do nothing without \(other)", cure: "give both or none")
    }
  }
}
