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
    // Help is data, in the words of the parser.
    if error is CleanExit || Distill.exitCode(for: error) == .success {
      Output.data(Distill.fullMessage(for: error))
      leave(with: ExitStatus.success.rawValue)
    }
    let (status, lines) = describe(error)
    if Output.isJSON, !Output.isLogJSON {
      Output.screen.line(ErrorObject(error).line)
    } else {
      for line in lines { tell(line, status) }
    }
    leave(with: status.rawValue)
  }

  /// Prints one line about a failure, fit for a terminal whatever is in it; as an event it has the exit
  /// code, where the failure decides that.
  static func tell(_ line: String, _ status: ExitStatus? = nil) {
    let words = briefly(line)
    guard Output.isLogJSON else { return Output.error("distill: \(words)") }
    var members: [(String, JSONValue)] = [("text", .string(words))]
    members += ErrorObject.Fault(words).members
    if let status { members.append(("exit_code", .integer(Int(status.rawValue)))) }
    EventLog.tell("error", members)
  }

  /// Prints what ends a run: a line each, or one object where the command prints JSON.
  static func tell(_ failures: [RunSummary.Failure], _ status: ExitStatus) {
    guard Output.isJSON, !Output.isLogJSON, !failures.isEmpty else {
      for failure in failures { tell("\(failure.stage): \(failure.message)", failure.status) }
      return
    }
    Output.screen.line(ErrorObject(failures, status).line)
  }

  /// Ends the program at once.
  ///
  /// Nothing is left to be done then, and the exit handlers of libraries may not run: they take down
  /// what other threads, waiting for work or signals, still hold.
  static func leave(with code: Int32) -> Never {
    fflush(nil)
    if code == ExitStatus.success.rawValue, let number = Output.dataFault {
      let line =
        "standard output: cannot be written: \(systemMessage(number)); what was printed is not whole: "
        + "make room, or print to another place"
      if Output.isJSON, !Output.isLogJSON {
        Output.screen.line(ErrorObject([line], .inputOutput).line)
      } else {
        tell(line, .inputOutput)
      }
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
    var parts = ["distill"]
    var command: any ParsableCommand.Type = Distill.self
    for word in CommandLine.arguments.dropFirst() {
      guard let next = command.subcommand(word) else { break }
      parts.append(word)
      command = next
    }
    return "see \(parts.joined(separator: " ")) --help"
  }
}

extension ParsableCommand {
  /// The names of the commands below this one.
  static var subcommandNames: [String] { below.compactMap { $0.configuration.commandName } }

  /// The command of that name below this one; nil where there is none.
  static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
    below.first { $0.configuration.commandName == name }
  }

  private static var below: [any ParsableCommand.Type] {
    configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
  }
}
