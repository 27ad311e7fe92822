import Dispatch
import Files
import Foundation
import Pipelines
import Synchronization

/// Signals that ask the program to stop.
///
/// The first one is remembered: the running stage sees it at its next micro-batch, saves and stops.
/// A second one stops at once.
enum Interruption {
  private static let received = Atomic<Int32>(0)
  /// Begins to listen.
  ///
  /// A closed output ends nothing: SIGPIPE is ignored.
  ///
  /// - Returns: The sources; they listen as long as they live.
  static func install() -> [any DispatchSourceSignal] {
    signal(SIGPIPE, SIG_IGN)
    let numbers = [SIGINT, SIGTERM, SIGHUP, SIGUSR1]
    blockSignals(numbers)
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
    if !isFirst { _exit(status(of: earlier).rawValue) }
    Output.error("stopping at the next micro-batch and saving; a second signal stops at once")
  }

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
