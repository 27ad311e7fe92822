/// How a run ended.
public struct RunSummary: Sendable {
  /// A stage that failed.
  public struct Failure: Sendable, Equatable {
    /// The stage.
    public let stage: String
    /// Its error in one line.
    public let message: String
    /// The exit code that stands for it.
    public let status: ExitStatus

    /// The same with other words.
    public func saying(_ message: String) -> Failure {
      Failure(stage: stage, message: message, status: status)
    }
  }

  /// Stages that ran to their end, in order.
  public var ran: [String] = []
  /// Stages that were current, in order.
  public var skipped: [String] = []
  /// Stages whose outputs an earlier attempt had made, in order.
  public var restored: [String] = []
  /// Stages that failed.
  public var failures: [Failure] = []
  /// Stages that could not run because others failed.
  public var blocked: [String] = []
  /// Stages that saved their state and stopped.
  public var interrupted: [String] = []
  /// Whether the run was asked to stop before all was done.
  public var wasInterrupted = false

  /// Whether all that was selected is done.
  public var isFinished: Bool { failures.isEmpty && !wasInterrupted }

  /// The code to exit with; an interruption counts as SIGINT, whoever knows the signal knows better.
  public var exitStatus: ExitStatus {
    if wasInterrupted { return .interrupted }
    guard let first = failures.first else { return .success }
    return failures.count == 1 ? first.status : .severalFailed
  }
}
