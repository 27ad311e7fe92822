public import Pipelines

/// Somebody who is told what happens in a run: the terminal, the local record, a server.
///
/// `Listeners` calls it, one call at a time, in the order in which things happened, never on a thread
/// that trains. It may be slow and may fail: no step waits for it. It must not hang: the end of a run
/// waits for what it has not taken yet.
public protocol Tracker: Sendable {
  /// What its failure means, such as `metrics were not recorded`; told with the reason.
  var complaint: String { get }
  /// Whether this is what a workspace keeps of a run: then nothing is ever left out for it, and no
  /// checkpoint, nor the end of a stage, is saved before it has taken what came earlier.
  var isRecord: Bool { get }
  /// Takes what happened at `time`, milliseconds since 1970, UTC.
  ///
  /// - Throws: Why it could not; the first failure is told at the end of the run, and the next event
  ///   comes all the same.
  func take(_ event: RunEvent, at time: Int) throws
  /// Finishes what it has begun: no event follows.
  ///
  /// - Throws: As `take`.
  func finish() throws
}

extension Tracker {
  /// Nothing is left to do.
  public func finish() {}
}
