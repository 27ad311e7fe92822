import Dispatch
import Files
import Foundation
import Pipelines
import Synchronization

/// Signals that ask the program to stop.
///
/// A signal stops the program at once, but for commands that have something to save or to remove: there
/// the first one is remembered, and the second stops at once.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  /// What the first signal prints where it is remembered.
  private static let notice = Mutex<String?>(nil)

  /// What stages do.
  static let saving = "stopping at the next micro-batch and saving"

  /// What a command does that keeps nothing.
  static let stopping = "stopping at the next batch"

  /// Begins to listen.
  ///
  /// SIGPIPE is ignored: a standard error that nobody reads ends nothing, and `Output` sees to the data.
  /// Nor does a limit on the size of files end anything: SIGXFSZ is ignored, and the write that fails is told.
  ///
  /// - Returns: The sources; they listen as long as they live.
  static func install() -> [any DispatchSourceSignal] {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    let numbers = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]
    blockSignals(numbers)
    // Ignoring a signal drops it where it waits already: it came before this line.
    if let early = waitingSignals(among: numbers).first { _exit(status(of: early).rawValue) }
    return numbers.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { note(number) }
      source.activate()
      return source
    }
  }

  private static func note(_ number: Int32) {
    let (isFirst, earlier) = received.compareExchange(
      expected: 0, desired: number, ordering: .sequentiallyConsistent)
    guard isFirst, let notice = notice.withLock({ $0 }) else {
      PassingWorkspace.leave(with: status(of: isFirst ? number : earlier).rawValue)
    }
    Output.error("\(notice); a second signal stops at once")
  }

  /// From now on the first signal is told and remembered: the caller looks at `isRequested` and stops.
  static func remember(telling words: String) { notice.withLock { $0 = words } }

  /// Whether a signal has come.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit code of the signal that came.
  static var status: ExitStatus { status(of: received.load(ordering: .relaxed)) }

  private static func status(of number: Int32) -> ExitStatus {
    switch number {
    case SIGHUP: .hungUp
    case SIGTERM, SIGUSR1: .terminated
    default: .interrupted
    }
  }
}
