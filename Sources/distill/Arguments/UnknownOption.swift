import ArgumentParser
import Pipelines

/// An option that a command does not have, where the argument parser speaks of something else: it looks at
/// values, and at what is missing, before it tells of a name that it does not know.
enum UnknownOption {
  /// What is wrong with a command line: the first option that is none, else what the parser said.
  ///
  /// - Parameters:
  ///   - error: What ended the command.
  ///   - words: The command line after the program's name.
  /// - Returns: What to tell.
  static func instead(of error: any Error, _ words: [String]) -> any Error {
    guard Distill.isParserError(error),
      !StageCommandLines.all.contains(where: { $0.name == words.first }),
      var command = try? CommandDescription.program()
    else { return error }
    var isKnown = false
    for word in words {
      guard let next = command.subcommands.first(where: { $0.name == word }) else { break }
      (command, isKnown) = (next, true)
    }
    // Commands that nobody is told of are not described.
    guard isKnown else { return error }
    return fault(of: words, taking: command.takenOptions).map { ValidationError($0) } ?? error
  }

  /// The first name that is none of those of the options, in the parser's words; nil where all are.
  static func fault(of words: [String], taking options: [CommandDescription.Option]) -> String? {
    let known = options.flatMap(\.names) + ["--help", "--help-hidden", "--version"]
    let names = RepeatedOptions.names(in: words).filter { $0.hasPrefix("--") }
    guard let name = names.first(where: { !known.contains($0) }) else { return nil }
    let long = options.flatMap(\.names).filter { $0.hasPrefix("--") }
      .map { String($0.dropFirst(2)) }
    let meant = Suggestion.nearest(to: String(name.dropFirst(2)), among: long)
    return "Unknown option '\(name)'" + (meant.map { ". Did you mean '--\($0)'?" } ?? "")
  }
}
