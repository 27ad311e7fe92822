internal import Files
public import Pipelines
internal import Synchronization

/// Tells other processes how far a run is, in a file of its workspace that is gone when the run ends.
///
/// It is written anew at most every two seconds, so that it costs nothing; what was recorded for good
/// is in the manifest and in the local record.
public final class ProgressRecord: Tracker {
  private struct State {
    var progress: RunProgress
    /// When the file was last written, or the run began.
    var written: Int?
    var isThere = false
  }
  private let workspace: Workspace
  private let state: Mutex<State>
  /// Milliseconds between two versions of the file.
  private static let pause = 2_000

  /// A record of a run in `workspace`; `progress` is that of a run that has not begun.
  public init(_ workspace: Workspace, _ progress: RunProgress) {
    self.workspace = workspace
    state = Mutex(State(progress: progress))
  }

  /// `status and watch were not told how far it is`.
  public var complaint: String { "status and watch were not told how far it is" }
  /// False.
  public var isRecord: Bool { false }

  /// Takes an event, and writes the file where it is time to.
  ///
  /// - Throws: `FileError` where it cannot be written.
  public func take(_ event: RunEvent, at time: Int) throws {
    try state.withLock { state in
      if case .runStarted = event { try removeFile(workspace.progressPath) }
      state.progress.take(event, at: time)
      guard let written = state.written else {
        state.written = time
        return
      }
      guard time - written >= Self.pause else { return }
      state.written = time
      // Before it was begun there may be no workspace.
      guard !state.progress.run.isEmpty else { return }
      state.isThere = true
      try RecordedProgress(state.progress, at: time).write(in: workspace)
    }
  }

  /// Removes the file.
  ///
  /// - Throws: `FileError` where it cannot be removed.
  public func finish() throws {
    try state.withLock { state in
      guard state.isThere else { return }
      try removeFile(workspace.progressPath)
    }
  }
}
