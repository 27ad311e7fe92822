/// The exit codes of `distill`: stable, documented, one per class of outcome.
public enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Everything asked for is done.
  case success = 0
  /// More than one stage failed, for different reasons.
  case severalFailed = 1
  /// `status --check`: something would run.
  case stale = 3
  /// The command line is wrong.
  case usage = 64
  /// A file's content is wrong.
  case badData = 65
  /// An input does not exist.
  case missingInput = 66
  /// A service that was declared required does not answer.
  case serviceUnavailable = 69
  /// NaN or infinity in a loss or gradient.
  case numericFailure = 70
  /// An output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed.
  case inputOutput = 74
  /// Another process holds the workspace.
  case locked = 75
  /// The pipeline file is wrong.
  case badPipeline = 78
  /// Stopped by SIGHUP, state saved.
  case hungUp = 129
  /// Stopped by SIGINT, state saved.
  case interrupted = 130
  /// Nobody reads what is printed any more, as by SIGPIPE.
  case unread = 141
  /// Stopped by SIGTERM or SIGUSR1, state saved.
  case terminated = 143
}
