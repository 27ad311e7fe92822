import Files
import Foundation
import Pipelines
import Synchronization

/// The two streams: data goes to standard output, everything else to standard error.
///
/// Where nobody reads the data any more (`| head -1`), the program ends at once, as others do by SIGPIPE. A
/// standard error that nobody reads is no reason to stop working. Data that cannot be written for another
/// reason, such as a full disk, is told at the end (`Failure.leave`).
enum Output {
  private static let lost = Mutex<Int32?>(nil)

  /// Why data could not be written, a number of the system's; nil where all was.
  static var dataFault: Int32? { lost.withLock { $0 } }

  /// Writes a line of data.
  static func data(_ line: String) {
    write(Data((line + "\n").utf8))
  }

  /// Writes bytes of data as they are.
  static func data(bytes: [UInt8]) {
    write(Data(bytes))
  }

  /// Writes a line of data before something else that must be done, whether anybody reads it or not: for the runner
  /// of this stage's process, or before it is told how a run ended.
  static func amid(_ line: String) {
    write(Data((line + "\n").utf8), isForReader: false)
  }

  /// Writes a line for the person who watches; where events are told as JSON, an object with the line.
  static func error(_ line: String, kind: String = "message") {
    guard isLogJSON else { return screen.line(line) }
    EventLog.tell(kind, [("text", .string(line))])
  }

  /// Standard error, as everybody uses it.
  static let screen = Screen(StandardError())

  /// Whether standard error has one JSON object a line and nothing else.
  static var isLogJSON: Bool {
    get { logsJSON.load(ordering: .relaxed) }
    set { logsJSON.store(newValue, ordering: .relaxed) }
  }
  private static let logsJSON = Atomic(false)

  /// Whether the command was asked to print JSON; it then tells its error so too.
  static let isJSON: Bool = {
    let words = Array(CommandLine.arguments.dropFirst().prefix { $0 != "--" })
    // Elsewhere it is the format of what is read.
    let formatsOutput = ["runs", "metrics"].contains(words.first)
    return words.indices.contains { index in
      let next = words.indices.contains(index + 1) ? words[index + 1] : ""
      switch words[index] {
      case "--json": return next != "false"
      case "--json=true": return true
      case "--format=json": return formatsOutput
      case "--format": return formatsOutput && next == "json"
      default: return false
      }
    }
  }()

  private static func write(_ bytes: Data, isForReader: Bool = true) {
    do { try FileHandle.standardOutput.write(contentsOf: bytes) } catch {
      let number = systemCode(of: error)
      guard number != EPIPE else {
        if isForReader { PassingWorkspace.leave(with: ExitStatus.unread.rawValue) }
        return
      }
      lost.withLock { if $0 == nil { $0 = number } }
    }
  }

  /// Whether colour may be used on standard error.
  static let hasColour = StandardError.takesBlocks

  /// Text in grey where colour may be used.
  static func faint(_ text: String) -> String { hasColour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
  /// Text in bold where colour may be used.
  static func strong(_ text: String) -> String { hasColour ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
}
