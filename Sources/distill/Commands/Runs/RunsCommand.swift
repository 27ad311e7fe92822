import ArgumentParser
import Files
import Pipelines
import Stages

/// `distill runs`: every attempt at a stage that workspaces remember.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, compare and find every attempt at a stage.",
    discussion: """
      A workspace remembers every attempt at a stage: its options, inputs, metrics, times and how it \
      ended. An attempt is named by the beginning of its identity, or by its stage: prediction is the \
      last attempt at that stage, prediction~1 the one before it.
      """,
    subcommands: [
      RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self, RunsBestCommand.self,
      RunsDiffCommand.self,
    ])
}

/// How attempts are printed.
enum AttemptFormat: String, ExpressibleByArgument, CaseIterable {
  case text, markdown, csv, json
}

/// The format that a command about attempts was given.
struct AttemptFormatOptions: ParsableArguments {
  @Option(help: "Print text, markdown, csv or json.")
  var format: AttemptFormat?

  @Flag(help: "Print one JSON document, as --format json.")
  var json = false

  func validate() throws {
    if json, let format, format != .json {
      throw ValidationError("--json and --format \(format.rawValue) exclude each other")
    }
  }

  /// The format.
  var chosen: AttemptFormat { format ?? (json ? .json : .text) }
}

/// The places where attempts are looked for.
struct AttemptPlaces: ParsableArguments {
  @Argument(help: "Pipeline files (YAML), workspaces, or what stage commands wrote.")
  var places: [String]

  /// What they remember; what cannot be read is told.
  func history() throws -> RunHistory {
    let history = try RunHistory(in: places.map { try Place($0).workspace })
    for fault in history.faults { Failure.tell(fault) }
    return history
  }
}

/// Which attempts are meant.
struct AttemptSelection: ParsableArguments {
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Those alone, such as 'stage = prediction and metrics.dev_accuracy > 0.8'.",
      valueName: "filter"))
  var filter: String?

  /// The attempts of a history that are meant, and the fields that were asked about.
  func attempts(of history: RunHistory) throws -> (attempts: [Attempt], fields: [AttemptField]) {
    guard let filter else { return (history.attempts, []) }
    let wanted = try AttemptFilter(filter)
    try AttemptFilter.check(wanted.fields, in: history.attempts)
    return (history.attempts.filter(wanted.fits), wanted.fields)
  }
}
