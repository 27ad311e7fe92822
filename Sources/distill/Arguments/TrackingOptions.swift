import ArgumentParser
import Files
import Foundation
import Pipelines
import Tracking

/// Whether a run is tracked.
enum TrackingMode: String, ExpressibleByArgument, CaseIterable {
  /// Where a server is named; a run goes on without it.
  case optional
  /// No run begins without the server.
  case required
  /// Nothing is sent.
  case off
}

/// Where and whether runs are tracked, as the options of a command say.
struct TrackingChoice {
  var address: String?
  var experiment: String?
  var mode = TrackingMode.optional
  /// Where else numbers are written, as the user named it.
  var reports: [String] = []
  /// The name under which an exported model is registered, as `NAME` or `NAME@ALIAS`.
  var registration: String?

  /// What else numbers may be written as.
  static let reportNames = ["tensorboard", "csv"]

  /// Who writes numbers for other programs; a run's own workspace is where.
  ///
  /// - Throws: `PipelineError` for a name that nobody has.
  func reporters(_ workspace: Workspace) throws -> [any Tracker] {
    let names = try reports.flatMap { try ListOption.items(of: $0, at: "--report-to") }
    if let unknown = names.first(where: { !Self.reportNames.contains($0) }) {
      throw PipelineError(
        .usage, at: "--report-to",
        "there is no report \"\(printable(unknown))\""
          + Suggestion.clause(for: unknown, among: Self.reportNames))
    }
    var trackers: [any Tracker] = []
    if names.contains("tensorboard") {
      trackers.append(TensorBoardTracker(workspace.tensorBoardPath))
    }
    if names.contains("csv") {
      trackers.append(TableTracker(workspace))
    }
    return trackers
  }

  /// Who brings the record of a workspace to a server; nil where nobody does.
  ///
  /// - Throws: `PipelineError` for what is no server, and for one that is required and not there.
  func serverTracker(_ workspace: Workspace) throws -> MLflowTracker? {
    let registering = try registering()
    guard let server = try server() else {
      guard mode == .off || registering == nil && experiment == nil else {
        throw PipelineError(
          .usage, at: registering == nil ? "--experiment" : "--register-model",
          "needs a server to do something; give --tracking-uri or MLFLOW_TRACKING_URI")
      }
      return nil
    }
    let interval = try Self.interval()
    if mode == .required { try MLflowTracker.require(server) }
    return MLflowTracker(
      workspace, server, registering: registering,
      cure: "distill track sync \(CommandLine.spoken(workspace.path))", interval: interval)
  }

  /// Seconds between two looks at the record.
  private static func interval() throws -> Double {
    let name = "DISTILL_TRACKING_INTERVAL"
    guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return 5 }
    guard let seconds = Double(text), (0.1...3_600).contains(seconds) else {
      throw PipelineError(
        .usage, at: name,
        "\(briefly(text, limit: 60)) is no number of seconds from 0.1 to 3600; unset it")
    }
    return seconds
  }

  /// The name in the registry; nil where none is given.
  ///
  /// - Throws: `PipelineError` for what no registry takes.
  func registering() throws -> RegisteredModel? { try registration.map(Self.registered) }

  /// Reads a name in the registry.
  static func registered(_ text: String) throws -> RegisteredModel {
    guard let model = RegisteredModel(text) else {
      throw PipelineError(
        .usage, at: "--register-model",
        "give NAME or NAME@ALIAS; a name has no / : quotes or control characters, an alias letters, "
          + "digits, _ and - only")
    }
    return model
  }

  /// The server; nil where none is named or wanted.
  ///
  /// - Throws: `PipelineError` for what is no server.
  func server() throws -> TrackingServer? {
    let environment = ProcessInfo.processInfo.environment
    guard mode != .off else { return nil }
    let named = environment["MLFLOW_TRACKING_URI"].flatMap { $0.isEmpty ? nil : $0 }
    if address == nil, mode == .optional {
      guard let named else { return nil }
      // What Python's MLflow reads as a folder or a database is no reason to fail.
      let kinds = ["http://", "https://", "databricks"]
      guard kinds.contains(where: named.hasPrefix) else {
        Output.error(
          "MLFLOW_TRACKING_URI names no server: nothing is tracked (start one with mlflow server, or "
            + "give --tracking off)")
        return nil
      }
    }
    return try TrackingServer(address, experiment: experiment, environment: environment)
  }
}

/// The options about tracking.
struct TrackingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Track the run on this MLflow server: http://HOST:PORT or databricks (MLFLOW_TRACKING_URI).",
      valueName: "address"))
  var trackingUri: String?

  @Option(help: "The experiment on the tracking server (MLFLOW_EXPERIMENT_NAME, else distill).")
  var experiment: String?

  @Option(help: "optional goes on without the server, required does not begin, off sends nothing.")
  var tracking = TrackingMode.optional

  @Option(
    help: ArgumentHelp(
      "Register the model that export writes there, under this name.", valueName: "name[@alias]"))
  var registerModel: String?

  @Option(
    help: ArgumentHelp(
      "Write numbers as tensorboard or csv too; may be repeated, or have commas between them.",
      valueName: "name"))
  var reportTo: [String] = []

  /// What they say.
  var choice: TrackingChoice {
    TrackingChoice(
      address: trackingUri, experiment: experiment, mode: tracking, reports: reportTo,
      registration: registerModel)
  }
}
