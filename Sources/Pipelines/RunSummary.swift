/// How a run ended.
public struct RunSummary: Sendable {
  /// The ways to end.
  public enum Outcome: Sendable, Equatable {
    /// All selected stages are done.
    case finished
    /// Asked to stop; the stage that was running, nil between two stages.
    case interrupted(stage: String?)
    /// A stage failed, with its error in one line.
    case failed(stage: String, message: String, status: ExitStatus)
  }

  /// How it ended.
  public let outcome: Outcome
  /// Stages that ran to their end, in order.
  public let ran: [String]
  /// Stages that were current, in order.
  public let skipped: [String]

  /// The code to exit with; an interruption counts as SIGINT, whoever knows the signal knows better.
  public var exitStatus: ExitStatus {
    switch outcome {
    case .finished: .success
    case .interrupted: .interrupted
    case .failed(_, _, let status): status
    }
  }
}
