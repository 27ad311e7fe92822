import Foundation

/// The two streams: data goes to standard output, everything else to standard error.
///
/// A closed stream is no reason to stop working.
enum Output {
  /// Writes a line of data.
  static func data(_ line: String) {
    write(line + "\n", to: 1)
  }

  /// Writes bytes of data as they are.
  static func data(bytes: [UInt8]) {
    try? FileHandle.standardOutput.write(contentsOf: Data(bytes))
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
    let handle = stream == 1 ? FileHandle.standardOutput : FileHandle.standardError
    try? handle.write(contentsOf: Data(text.utf8))
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
