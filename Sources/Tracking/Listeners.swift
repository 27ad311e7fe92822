internal import Dispatch
internal import Files
public import Pipelines
internal import Synchronization

/// Gives what happens in a run to every tracker, each through a queue and on a thread of its own, so
/// that a step costs the same whoever listens.
///
/// A queue keeps the order. While `capacity` events wait in it, steps and progress, which later ones
/// supersede, are left out and counted; all else, the last of a stage's too, is few and
/// always kept. Nothing is left out for the record, for which checkpoints and the ends of stages wait.
public struct Listeners: Sendable {
  private let queues: [ListenerQueue]

  /// Listeners of a run.
  public init(_ trackers: [any Tracker], capacity: Int = 1_024) {
    queues = trackers.map { ListenerQueue($0, capacity: capacity) }
  }

  /// Takes what happens now; returns at once.
  public func take(_ event: RunEvent) {
    let time = WallClock.now
    for queue in queues { queue.take(event, at: time) }
  }

  /// Returns when the record has taken all events so far.
  public func awaitRecord() {
    for queue in queues where queue.tracker.isRecord { queue.empty() }
  }

  /// Waits until everybody has taken and finished everything.
  ///
  /// - Returns: What went wrong, one line for each tracker for which something did.
  public func finish() -> [String] { queues.compactMap { $0.finish() } }
}

/// The events that wait for one tracker.
private final class ListenerQueue: Sendable {
  private struct State {
    var waiting = 0
    var leftOut = 0
    var failure: String?
  }
  let tracker: any Tracker
  private let capacity: Int
  private let queue = DispatchQueue(label: "distill.listener")
  private let state = Mutex(State())

  init(_ tracker: any Tracker, capacity: Int) {
    self.tracker = tracker
    self.capacity = capacity
  }

  func take(_ event: RunEvent, at time: Int) {
    let isKept = state.withLock { state in
      guard state.waiting < capacity || tracker.isRecord || !event.isSuperseded else {
        state.leftOut += 1
        return false
      }
      state.waiting += 1
      return true
    }
    guard isKept else { return }
    queue.async {
      self.noteFailure { try self.tracker.take(event, at: time) }
      self.state.withLock { $0.waiting -= 1 }
    }
  }

  func empty() { queue.sync {} }

  func finish() -> String? {
    queue.sync { noteFailure { try tracker.finish() } }
    return state.withLock { state in
      var reasons = [state.failure].compactMap { $0 }
      if state.leftOut > 0 { reasons.append("too slow, \(state.leftOut) events were left out") }
      return reasons.isEmpty ? nil : "\(tracker.complaint): " + reasons.joined(separator: "; ")
    }
  }

  private func noteFailure(_ body: () throws -> Void) {
    do { try body() } catch {
      state.withLock { if $0.failure == nil { $0.failure = "\(error)" } }
    }
  }
}

extension RunEvent {
  /// Whether a later event of the kind says more.
  fileprivate var isSuperseded: Bool {
    switch self {
    case .step(_, let step): step.step < step.totalSteps
    case .pulse: true
    case .progress(_, let done, let total, _): done < total
    default: false
    }
  }
}
