import ArgumentParser
import Files
import Foundation
import Pipelines
import Stages
import Tracking

/// `distill runs`: every attempt at a stage that workspaces and MLflow servers remember.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, compare and find every attempt at a stage.",
    discussion: """
      A workspace, and an MLflow server (mlflow:EXPERIMENT), remembers every attempt at a stage: its options, inputs, metrics, times and how it \
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
  @Argument(
    help: ArgumentHelp(
      "Pipeline files (distill.yaml), workspaces, what stage commands wrote, or mlflow:EXPERIMENT on a server."
    ))
  var places: [String] = []

  @Option(
    help: ArgumentHelp(
      "The server of mlflow: places, http://HOST:PORT or databricks (MLFLOW_TRACKING_URI).",
      valueName: "address"))
  var trackingUri: String?

  func validate() throws {
    if trackingUri != nil, !places.contains(where: Self.isOnServer) {
      throw ValidationError(
        "--tracking-uri is about places on a server; name one, such as mlflow:EXPERIMENT")
    }
  }

  private static func isOnServer(_ place: String) -> Bool { ServerAddress.isMeant(place) }

  /// What they remember; what cannot be read is told.
  func history() throws -> RunHistory {
    let places = try UsualFile.places(places)
    let own = places.filter { !Self.isOnServer($0) }
    let history = try RunHistory(in: own.map { try Place($0).workspace })
    for fault in history.faults { Failure.tell(fault) }
    guard own.count < places.count else { return history }
    let server = try MLflowHistory(server())
    var attempts = history.attempts
    for place in Set(places.filter(Self.isOnServer)).sorted() {
      let found = try server.attempts(of: String(place.trimmingPrefix(ServerAddress.prefix)))
      for fault in found.faults { Failure.tell(fault) }
      attempts += found.attempts
    }
    return RunHistory(attempts)
  }

  /// The numbers of an attempt over its course, from where it is remembered.
  func series(of attempt: Attempt) throws -> RecordedSeries {
    let isThere = ["http://", "https://"].contains(where: attempt.workspace.hasPrefix)
    guard isThere else {
      return try RecordedSeries(of: attempt, in: Workspace(path: attempt.workspace))
    }
    let found = try MLflowHistory(server()).series(of: attempt)
    for fault in found.faults { Failure.tell(fault) }
    return found.series
  }

  private func server() throws -> TrackingServer {
    try TrackingServer(
      trackingUri, experiment: nil, environment: ProcessInfo.processInfo.environment,
      for: .looking)
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
