internal import Files
internal import Foundation
internal import HTTP
public import Pipelines

/// Sends what a workspace remembers and a server has not: `distill track sync`.
public enum MLflowSending {
  /// What was sent.
  public struct Outcome: Sendable {
    /// Attempts that the server has now.
    public let attempts: Int
    /// Records that were sent now.
    public let records: Int
    /// What was not sent, and why.
    public let remarks: [String]
  }

  /// The server and experiment that a workspace was sent to last, as `--tracking-uri` and `--experiment` take
  /// them; nil where there was none.
  ///
  /// - Throws: An error naming the file that is damaged.
  public static func last(_ workspace: Workspace) throws -> (server: String, experiment: String?)? {
    guard let last = try MLflowState.known(workspace).first else { return nil }
    let name = last.experiment.hasPrefix("name:") ? String(last.experiment.dropFirst(5)) : nil
    return (last.server, name)
  }

  /// Sends everything.
  ///
  /// - Parameters:
  ///   - workspace: The workspace.
  ///   - server: The server.
  ///   - registering: The name under which exported models are registered; nil for none.
  ///   - tries: How often a server that is away is asked.
  /// - Returns: What was sent.
  /// - Throws: `PipelineError` (service unavailable) where the server does not take it; `FileError` of kind
  ///   `locked` where another process sends; what reading the record throws.
  public static func send(
    _ workspace: Workspace, to server: TrackingServer, registering: RegisteredModel? = nil,
    tries: Int = 4
  ) throws -> Outcome {
    let lock = try MLflowSync.lock(workspace)
    defer { lock.release() }
    let sync: MLflowSync
    do {
      sync = try MLflowSync(workspace, server, registering: registering)
      try sync.look()
    } catch let error as HTTPError {
      throw PipelineError(.serviceUnavailable, at: server.place, "\(error)")
    }
    for attempt in 1... {
      do {
        try sync.pass(.everything, isRunning: false)
        break
      } catch MLflowFault.passing(let reason, let seconds) {
        guard attempt < tries else { throw refusal(reason, sync, server) }
        Thread.sleep(forTimeInterval: Double(min(max(1, seconds ?? 1 << (attempt - 1)), 60)))
      } catch let error as MLflowFault {
        throw refusal("\(error)", sync, server)
      }
    }
    return Outcome(attempts: sync.attempts.count, records: sync.sentRecords, remarks: sync.remarks)
  }

  private static func refusal(
    _ reason: String, _ sync: MLflowSync, _ server: TrackingServer
  ) -> PipelineError {
    let waiting = (try? sync.waiting(.everything).words).map { "; \($0)" } ?? ""
    return PipelineError(.serviceUnavailable, at: server.place, reason + waiting)
  }
}
