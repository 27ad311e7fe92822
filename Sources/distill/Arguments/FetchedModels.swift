import Files
import Foundation
import Pipelines
import Tracking

/// Models that are named by their address on an MLflow server, in the place of a folder.
struct FetchedModels {
  /// `--tracking-uri`; nil for `MLFLOW_TRACKING_URI`.
  private let address: String?

  /// Models of the server that an option or the environment names.
  init(_ address: String? = nil) { self.address = address }

  /// The folder of a model that may be on the server: fetched where it is not here yet; a
  /// path stays as it is.
  func folder(_ given: String) throws -> String {
    guard ModelAddress.isMeant(given) else { return given }
    return try retrieval(for: given).folder(of: ModelAddress(given))
  }

  /// The same, nobody being asked: what is not here, or belongs to no server that is named, stays an
  /// address, which then names no file.
  ///
  /// - Parameters:
  ///   - given: What may be an address.
  ///   - workspace: Where the pipeline works: the server that it was last sent to counts where none is named.
  /// - Returns: The folder, or `given`.
  /// - Throws: `PipelineError` for what is no address.
  func known(_ given: String, in workspace: Workspace) throws -> String {
    guard ModelAddress.isMeant(given) else { return given }
    let wanted = try ModelAddress(given)
    let last = isNamed ? nil : (try? MLflowSending.last(workspace))?.server
    return (try? FetchedModels(last ?? address).retrieval(for: given))?.known(wanted) ?? given
  }

  /// Whether an option or the environment names a server.
  private var isNamed: Bool {
    address != nil
      || !(ProcessInfo.processInfo.environment["MLFLOW_TRACKING_URI"] ?? "").isEmpty
  }

  private func retrieval(for given: String) throws -> ModelRetrieval {
    let environment = ProcessInfo.processInfo.environment
    guard isNamed else {
      throw PipelineError(
        .usage, at: briefly(given, limit: 300),
        "is on a server that nobody names; set MLFLOW_TRACKING_URI=http://HOST:PORT")
    }
    let server = try TrackingServer(
      address, experiment: nil, environment: environment, for: .looking)
    return ModelRetrieval(server, cache: try ModelRetrieval.cache(environment)) {
      Output.error("distill: note: \(printable($0))")
    }
  }
}
