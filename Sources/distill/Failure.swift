import ArgumentParser
import Foundation
import Pipelines
import Stages

/// The end of a command that failed: one line on standard error, and the exit code that
/// `ExitStatus` lists.
enum Failure {
  /// Prints and exits.
  static func exit(with error: any Error) -> Never {
    // Help, version and the parser's own complaints are printed by the parser.
    if error is CleanExit || error is ValidationError || Distill.isParserError(error) {
      Distill.exit(withError: error)
    }
    if let code = error as? ExitCode { leave(with: code.rawValue) }
    let (status, text) = describe(error)
    for line in text.split(separator: "\n") { Output.error("distill: \(line)") }
    leave(with: status.rawValue)
  }

  /// Ends the program at once.
  ///
  /// Nothing is left to be done then, and the exit handlers of libraries may not run: they take down
  /// what other threads, waiting for work or signals, still hold.
  static func leave(with code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  /// The exit code and the text of an error.
  static func describe(_ error: any Error) -> (ExitStatus, String) {
    (FailureStatus.of(error), "\(error)")
  }
}

extension Distill {
  /// Whether the argument parser made this error and knows how to print it.
  static func isParserError(_ error: any Error) -> Bool {
    let code = exitCode(for: error)
    return code == .success
      || (code == .validationFailure && "\(type(of: error))" == "CommandError")
  }
}
