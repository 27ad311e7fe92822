import Files
import Foundation

/// Standard error, as a terminal where it is one.
struct StandardError: Terminal {
  /// The size that the system tells now, else that of `COLUMNS` and `LINES`, else 80 by 24.
  var size: (columns: Int, rows: Int) {
    if let size = terminalSize(2) { return size }
    let variables = ProcessInfo.processInfo.environment
    return (
      variables["COLUMNS"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 80,
      variables["LINES"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? 24
    )
  }

  /// Writes to standard error; that nobody reads it is no reason to stop.
  func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Whether lines may be changed that are written: a terminal that takes control sequences, and nobody
  /// who asked for none (https://no-color.org).
  static let takesBlocks: Bool = {
    let variables = ProcessInfo.processInfo.environment
    let kind = variables["TERM"] ?? ""
    return isatty(2) == 1 && !kind.isEmpty && kind != "dumb"
      && (variables["NO_COLOR"] ?? "").isEmpty
  }()
}
