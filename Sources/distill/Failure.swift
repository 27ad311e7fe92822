import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages

/// The end of a command that failed: one line on standard error for each thing that is wrong, and the
/// exit code that `ExitStatus` lists.
enum Failure {
  /// Prints and exits.
  static func exit(with error: any Error) -> Never {
    Output.screen.clear()
    if let code = error as? ExitCode { leave(with: code.rawValue) }
    // Help and version are data, printed by the parser.
    if error is CleanExit || Distill.exitCode(for: error) == .success {
      Distill.exit(withError: error)
    }
    let (status, lines) = describe(error)
    for line in lines { tell(line) }
    leave(with: status.rawValue)
  }

  /// Prints one line about a failure, fit for a terminal whatever is in it.
  static func tell(_ line: String) {
    let words = briefly(line)
    Output.error(Output.isLogJSON ? words : "distill: \(words)", kind: "error")
  }

  /// Ends the program at once.
  ///
  /// Nothing is left to be done then, and the exit handlers of libraries may not run: they take down
  /// what other threads, waiting for work or signals, still hold.
  static func leave(with code: Int32) -> Never {
    fflush(nil)
    if code == ExitStatus.success.rawValue, let number = Output.dataFault {
      let reason = POSIXErrorCode(rawValue: number).map {
        POSIXError($0).localizedDescription.replacing(
          "The operation could not be completed. ", with: "")
      }
      tell(
        "standard output: cannot be written: \(reason ?? "error \(number)"); what was printed is not "
          + "whole: make room, or print to another place")
      _exit(ExitStatus.inputOutput.rawValue)
    }
    _exit(code)
  }

  /// The exit code and the lines of an error: several only where several things are wrong.
  static func describe(_ error: any Error) -> (ExitStatus, [String]) {
    if let error = error as? PipelineError { return (error.status, error.lines) }
    if Distill.isParserError(error) {
      let message = Distill.message(for: error).split(separator: "\n").joined(separator: " ")
      let sentence = message.hasSuffix(".") ? String(message.dropLast()) : message
      return (.usage, ["\(sentence); \(Distill.helpHint)"])
    }
    return (FailureStatus.of(error), ["\(error)"])
  }
}

extension Distill {
  /// Whether the argument parser made this error and knows how to say it.
  static func isParserError(_ error: any Error) -> Bool {
    error is ValidationError
      || exitCode(for: error) == .validationFailure && "\(type(of: error))" == "CommandError"
  }

  /// Where to read what the command that was given takes.
  fileprivate static var helpHint: String {
    let words = CommandLine.arguments.dropFirst().prefix { !$0.hasPrefix("-") }
    let commands = configuration.groupedSubcommands.flatMap(\.subcommands)
      .compactMap { $0.configuration.commandName }
    let command = words.first.flatMap { commands.contains($0) ? $0 + " " : nil } ?? ""
    return "see distill \(command)--help"
  }
}
