import Foundation
import Synchronization

/// The two streams: data goes to standard output, everything else to standard error.
///
/// A stream that nobody reads any more is no reason to stop working. Data that cannot be written for
/// another reason, such as a full disk, is told at the end (`Failure.leave`).
enum Output {
  private static let lost = Mutex<Int32?>(nil)

  /// Why data could not be written, a number of the system's; nil where all was.
  static var dataFault: Int32? { lost.withLock { $0 } }

  /// Writes a line of data.
  static func data(_ line: String) {
    write(line + "\n", to: 1)
  }

  /// Writes bytes of data as they are.
  static func data(bytes: [UInt8]) {
    write(Data(bytes), to: 1)
  }

  /// Writes a line for the person who watches.
  static func error(_ line: String) {
    write(line + "\n", to: 2)
  }

  /// Writes text as it is to standard error.
  static func raw(_ text: String) {
    write(text, to: 2)
  }

  private static func write(_ text: String, to stream: Int32) {
    write(Data(text.utf8), to: stream)
  }

  private static func write(_ bytes: Data, to stream: Int32) {
    let handle = stream == 1 ? FileHandle.standardOutput : FileHandle.standardError
    do { try handle.write(contentsOf: bytes) } catch {
      let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
      let number = Int32(truncatingIfNeeded: cause?.code ?? Int(EIO))
      guard stream == 1, number != EPIPE else { return }
      lost.withLock { if $0 == nil { $0 = number } }
    }
  }

  /// Whether somebody watches standard error on a terminal.
  static let isTerminal = isatty(2) == 1
  /// Whether colour may be used there (https://no-color.org).
  static let hasColour =
    isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

  /// Text in grey where colour may be used.
  static func faint(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
  /// Text in bold where colour may be used.
  static func strong(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
