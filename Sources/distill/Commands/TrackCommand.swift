import ArgumentParser
import Files
import Foundation
import Pipelines
import Tracking

/// `distill track`: what a tracking server has of a workspace.
struct TrackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "track", abstract: "Send what is recorded to a tracking server (MLflow).",
    subcommands: [TrackSyncCommand.self])
}

/// `distill track sync`: sends what a server has not yet.
struct TrackSyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Send what an MLflow server has not yet of a workspace.",
    usage: "distill track sync [<place>] [--tracking-uri <address>] [options]",
    discussion: """
      Every attempt that the workspace remembers is sent, also what ran without a server. What is there \
      already is not sent again. Without --tracking-uri and MLFLOW_TRACKING_URI it goes where the last run \
      went.
      """)

  @OptionGroup var given: PlaceOptions

  @Option(
    help: ArgumentHelp(
      "The server: http://HOST:PORT, databricks, databricks://PROFILE.", valueName: "address"))
  var trackingUri: String?

  @Option(help: "The experiment there (MLFLOW_EXPERIMENT_NAME, else distill).")
  var experiment: String?

  @Option(
    help: ArgumentHelp(
      "Register the models that export wrote there, under this name.", valueName: "name[@alias]"))
  var registerModel: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  func run() throws {
    let workspace = try given.find().workspace
    let environment = ProcessInfo.processInfo.environment
    var (address, experiment) = (trackingUri, self.experiment)
    if address == nil, (environment["MLFLOW_TRACKING_URI"] ?? "").isEmpty,
      let last = try MLflowSending.last(workspace)
    {
      address = last.server
      experiment = experiment ?? last.experiment
    }
    let server = try TrackingServer(address, experiment: experiment, environment: environment)
    let outcome = try MLflowSending.send(
      workspace, to: server, registering: try registerModel.map(TrackingChoice.registered))
    for remark in outcome.remarks { Output.error(briefly(remark)) }
    if json {
      Output.data(
        try JSONValue.sorted([
          "schema": .string("distill.track/1"), "server": .string(server.place),
          "attempts": .integer(outcome.attempts), "records": .integer(outcome.records),
        ]).indented())
    } else {
      Output.data(
        "\(server.place): \(outcome.records) records sent, \(outcome.attempts) attempts are there"
      )
    }
  }
}
