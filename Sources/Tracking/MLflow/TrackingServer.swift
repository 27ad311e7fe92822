internal import Files
internal import Foundation
internal import HTTP
internal import Pipelines

/// A server that keeps track of runs: where it is, and as whom it is spoken to.
///
/// Names, passwords and tokens come from the environment or from files, never from a command line, which
/// everybody on a machine can read; none of them is ever shown or recorded.
public struct TrackingServer: Sendable {
  /// Where it is.
  let address: WebAddress
  /// Where it is, without names and passwords.
  public var place: String { address.text }
  /// Which experiment runs belong to; nil for `distill`.
  public let experiment: Experiment?
  /// Whom it is believed to be.
  let trust: HTTPTrust
  /// The value of the header that says who asks; secret.
  let authorization: String?
  /// Tags that runs get beside our own (`MLFLOW_TAGS`).
  let tags: [(name: String, value: String)]
  /// The run of somebody else's in which stages become runs (`MLFLOW_RUN_ID`); nil for one of our own.
  let parentRun: String?
  /// Whether it is Databricks'.
  let isDatabricks: Bool

  /// An experiment.
  public enum Experiment: Sendable, Equatable {
    /// The one of this name, which is made where there is none.
    case named(String)
    /// The one with this number, which must be there.
    case numbered(String)
  }

  /// What is done at a server.
  public enum Purpose: Sendable {
    /// Runs are sent there, with tags and below the run that the environment names; Databricks needs an
    /// experiment for them.
    case sending
    /// Runs or models are looked for there.
    case looking
  }

  /// The server that options and the environment name.
  ///
  /// - Parameters:
  ///   - given: `--tracking-uri`; nil for `MLFLOW_TRACKING_URI`.
  ///   - experiment: `--experiment`; nil for `MLFLOW_EXPERIMENT_NAME` or `MLFLOW_EXPERIMENT_ID`.
  ///   - environment: Environment variables.
  ///   - purpose: What is done there.
  /// - Throws: `PipelineError` (usage) for what is no server, or what lacks an identity; `FileError` where a
  ///   file of credentials cannot be read.
  public init(
    _ given: String?, experiment: String?, environment: [String: String],
    for purpose: Purpose = .sending
  ) throws {
    let place = given == nil ? "MLFLOW_TRACKING_URI" : "--tracking-uri"
    func variable(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let written = given ?? variable("MLFLOW_TRACKING_URI") else {
      throw PipelineError(
        .usage, at: place, "no server is named; set it, or give --tracking-uri http://HOST:PORT")
    }
    let home = variable("HOME") ?? "."
    isDatabricks = written == "databricks" || written.hasPrefix("databricks://")
    if isDatabricks {
      let profile = written.hasPrefix("databricks://") ? String(written.dropFirst(13)) : nil
      let found = try Self.databricks(profile, variable, home: home, at: place)
      address = found.address
      authorization = "Bearer \(found.token)"
    } else {
      guard let found = WebAddress(written) else {
        throw PipelineError(
          .usage, at: place,
          "\(briefly(Self.redacted(written), limit: 200)) is no address of a server; give http://HOST:PORT, "
            + "https://HOST or databricks (files and databases are sent through a server: mlflow server "
            + "--backend-store-uri ...)")
      }
      guard given == nil || found.user == nil else {
        throw PipelineError(
          .usage, at: place,
          "names and passwords on a command line are seen by everybody; set MLFLOW_TRACKING_USERNAME and "
            + "MLFLOW_TRACKING_PASSWORD")
      }
      address = found
      authorization = try Self.authorization(found, variable, home: home)
    }
    var trust = HTTPTrust()
    trust.authorities = variable("MLFLOW_TRACKING_SERVER_CERT_PATH")
    trust.certificate = variable("MLFLOW_TRACKING_CLIENT_CERT_PATH")
    trust.trustsAnybody = ["true", "1"].contains(
      variable("MLFLOW_TRACKING_INSECURE_TLS")?.lowercased() ?? "")
    self.trust = trust
    self.experiment =
      (experiment ?? variable("MLFLOW_EXPERIMENT_NAME")).map { Experiment.named($0) }
      ?? variable("MLFLOW_EXPERIMENT_ID").map { Experiment.numbered($0) }
    let isSending = purpose == .sending
    tags = isSending ? try Self.tags(variable("MLFLOW_TAGS")) : []
    parentRun = isSending ? try Self.run(variable("MLFLOW_RUN_ID")) : nil
    if isSending && parentRun == nil || self.experiment != nil {
      try Self.check(self.experiment, isDatabricks: isDatabricks)
    }
  }

  /// Tags as transformers takes them: a JSON object of texts.
  private static func tags(_ text: String?) throws -> [(name: String, value: String)] {
    guard let text else { return [] }
    let place = "MLFLOW_TAGS"
    guard let members = try? StrictJSON.parse(Array(text.utf8), path: place).object?.members,
      members.count <= 100
    else {
      throw PipelineError(
        .usage, at: place,
        #"is no JSON object of at most 100 tags; give such as {"team": "search"}"#)
    }
    return try members.map { name, value in
      guard !name.isEmpty, !name.hasPrefix("mlflow."), !name.hasPrefix("distill.") else {
        throw PipelineError(
          .usage, at: place,
          "\(briefly(name, limit: 100)): names that begin with mlflow. and distill. are taken; give another"
        )
      }
      let plain = String(decoding: try value.encoded(), as: UTF8.self)
      return (name, value.string ?? plain)
    }
  }

  private static func run(_ text: String?) throws -> String? {
    guard let text else { return nil }
    guard MLflowClient.isIdentity(text) else {
      throw PipelineError(
        .usage, at: "MLFLOW_RUN_ID",
        "is no identity of a run; unset it, or give what MLflow calls the run")
    }
    return text
  }

  private static func check(_ experiment: Experiment?, isDatabricks: Bool) throws {
    switch experiment {
    case .named(let name):
      guard !name.isEmpty, name.utf8.count <= 500, printable(name) == name else {
        throw PipelineError(
          .usage, at: "--experiment", "a name has 1 to 500 bytes and no control characters")
      }
      guard !isDatabricks || name.hasPrefix("/") else {
        throw PipelineError(
          .usage, at: "--experiment",
          "an experiment on Databricks is a path in the workspace, such as /Users/you@example.org/\(name)"
        )
      }
    case .numbered(let number):
      guard MLflowClient.isIdentity(number) else {
        throw PipelineError(.usage, at: "MLFLOW_EXPERIMENT_ID", "is no number of an experiment")
      }
    case nil:
      guard !isDatabricks else {
        throw PipelineError(
          .usage, at: "--experiment",
          "Databricks needs one: a path in the workspace, such as /Users/you@example.org/distill")
      }
    }
  }

  /// Name and password go before a token, as in MLflow's own client.
  private static func authorization(
    _ address: WebAddress, _ variable: (String) -> String?, home: String
  ) throws -> String? {
    let file = try ConfigurationFile(home + "/.mlflow/credentials")
    let name =
      variable("MLFLOW_TRACKING_USERNAME") ?? address.user?.name
      ?? file["mlflow", "mlflow_tracking_username"]
    let password =
      variable("MLFLOW_TRACKING_PASSWORD") ?? address.user?.password
      ?? file["mlflow", "mlflow_tracking_password"]
    if let name, let password {
      return "Basic " + base64("\(name):\(password)")
    }
    return variable("MLFLOW_TRACKING_TOKEN").map { "Bearer \($0)" }
  }

  private static func databricks(
    _ profile: String?, _ variable: (String) -> String?, home: String, at place: String
  ) throws -> (address: WebAddress, token: String) {
    var (host, token) = (variable("DATABRICKS_HOST"), variable("DATABRICKS_TOKEN"))
    let path = variable("DATABRICKS_CONFIG_FILE") ?? home + "/.databrickscfg"
    if profile != nil || host == nil || token == nil {
      let section = profile ?? variable("DATABRICKS_CONFIG_PROFILE") ?? "DEFAULT"
      let file = try ConfigurationFile(path)
      guard profile == nil || file.has(section) else {
        throw PipelineError(
          .usage, at: place, "\(printable(path)) has no section [\(printable(section))]")
      }
      (host, token) = (file[section, "host"] ?? host, file[section, "token"] ?? token)
    }
    guard let host, let token, !token.isEmpty else {
      throw PipelineError(
        .usage, at: place,
        "there is no host and token; set DATABRICKS_HOST and DATABRICKS_TOKEN, or write them into "
          + printable(path))
    }
    guard let address = WebAddress(host.contains("://") ? host : "https://" + host),
      address.user == nil
    else {
      throw PipelineError(.usage, at: place, "Databricks' host is no address; give https://HOST")
    }
    // A token that goes in the clear is everybody's; on this machine nobody else hears it.
    guard address.isEncrypted || address.isLoopback else {
      throw PipelineError(
        .usage, at: place,
        "Databricks' host is not encrypted, the token would go in the clear; give https://HOST")
    }
    return (address, token)
  }

  /// An address without what may be a name and password in it.
  static func redacted(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let start = text.range(of: "://")?.upperBound ?? text.startIndex
    guard start < at else { return text }
    return "\(text[..<start])***\(text[at...])"
  }

  private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
