internal import Files
internal import HTTP
internal import Pipelines
internal import TestSupport
internal import Testing

@testable internal import Tracking

@Suite struct TrackingServerTests {
  private func server(
    _ given: String? = nil, experiment: String? = nil, _ environment: [String: String] = [:]
  ) throws -> TrackingServer {
    // No file of credentials of whoever runs the tests.
    try TrackingServer(
      given, experiment: experiment,
      environment: environment.merging(["HOME": environment["HOME"] ?? "/nowhere"]) { $1 })
  }

  private func refusal(
    _ given: String?, experiment: String? = nil, _ environment: [String: String] = [:]
  ) throws -> String {
    let error = try #require(throws: PipelineError.self) {
      _ = try server(given, experiment: experiment, environment)
    }
    #expect(error.status == .usage && error.lines.count == 1)
    return "\(error)"
  }

  @Test func `an address keeps its prefix and loses its secrets`() throws {
    let found = try server(nil, ["MLFLOW_TRACKING_URI": "https://me:p%40ss@host:8080/mlflow/"])
    #expect(found.address.text == "https://host:8080/mlflow")
    // me:p@ss
    #expect(found.authorization == "Basic bWU6cEBzcw==")
    #expect(try server("http://127.0.0.1:5000").authorization == nil)
  }

  @Test func `name and password go before a token`() throws {
    var environment = ["MLFLOW_TRACKING_TOKEN": "t"]
    #expect(try server("http://h", environment).authorization == "Bearer t")
    environment["MLFLOW_TRACKING_USERNAME"] = "user"
    #expect(try server("http://h", environment).authorization == "Bearer t")
    environment["MLFLOW_TRACKING_PASSWORD"] = "pass"
    #expect(try server("http://h", environment).authorization == "Basic dXNlcjpwYXNz")
  }

  @Test func `files of credentials are read, the environment goes first`() throws {
    try withTemporaryFolder { home in
      try ensureDirectory(home + "/.mlflow")
      try AtomicFile.write(
        "# mine\n[mlflow]\nmlflow_tracking_username = user\nMLFLOW_TRACKING_PASSWORD: pass\n",
        to: home + "/.mlflow/credentials")
      #expect(try server("http://h", ["HOME": home]).authorization == "Basic dXNlcjpwYXNz")
      try AtomicFile.write(
        "[DEFAULT]\nhost = https://one\ntoken = a\n[work]\nhost = two.example.org\ntoken = b\n",
        to: home + "/.databrickscfg")
      let place = ["HOME": home, "MLFLOW_EXPERIMENT_NAME": "/Users/me/x"]
      let first = try server("databricks", place)
      #expect(first.address.text == "https://one" && first.authorization == "Bearer a")
      let second = try server("databricks://work", place)
      #expect(
        second.address.text == "https://two.example.org" && second.authorization == "Bearer b")
      let given = place.merging(["DATABRICKS_HOST": "https://three", "DATABRICKS_TOKEN": "c"]) {
        $1
      }
      #expect(try server("databricks", given).authorization == "Bearer c")
      #expect(try refusal("databricks://rest", place).contains("has no section [rest]"))
      for (host, isTaken) in [
        ("http://127.0.0.1:8080", true), ("http://localhost.example.org", false),
      ] {
        let plain = place.merging(["DATABRICKS_HOST": host, "DATABRICKS_TOKEN": "c"]) { $1 }
        if isTaken {
          #expect(try server("databricks", plain).address.text == host)
        } else {
          #expect(try refusal("databricks", plain).contains("give https://HOST"))
        }
      }
    }
  }

  @Test func `what is no server, or says a secret aloud, is refused with the cure`() throws {
    #expect(try refusal(nil).contains("no server is named"))
    #expect(try refusal("sqlite:///runs.db").contains("mlflow server"))
    #expect(try refusal("ftp://host").contains("http://HOST:PORT"))
    let secret = try refusal("http://me:secret@host")
    #expect(secret.contains("MLFLOW_TRACKING_PASSWORD") && !secret.contains("secret"))
    let unknown = try refusal(nil, ["MLFLOW_TRACKING_URI": "ftp://me:secret@host"])
    #expect(!unknown.contains("secret"))
    #expect(try refusal("http://host\u{1B}[31m").contains("http://HOST:PORT"))
    let databricks = ["DATABRICKS_HOST": "https://h", "DATABRICKS_TOKEN": "t"]
    #expect(try refusal("databricks", databricks).contains("/Users/you@example.org/distill"))
    #expect(try refusal("databricks", experiment: "x", databricks).contains("/Users/"))
    #expect(try refusal("databricks").contains("DATABRICKS_HOST"))
    #expect(try refusal("http://h", ["MLFLOW_EXPERIMENT_ID": "../1"]).contains("no number"))
  }

  @Test func `an experiment is the option's, else the name, else the number`() throws {
    let environment = ["MLFLOW_EXPERIMENT_NAME": "name", "MLFLOW_EXPERIMENT_ID": "7"]
    #expect(try server("http://h", experiment: "given", environment).experiment == .named("given"))
    #expect(try server("http://h", environment).experiment == .named("name"))
    #expect(try server("http://h", ["MLFLOW_EXPERIMENT_ID": "7"]).experiment == .numbered("7"))
    #expect(try server("http://h").experiment == nil)
  }

  @Test func `tags and the run above come from the environment, and are checked before any work`()
    throws
  {
    let environment = [
      "MLFLOW_TAGS": #"{"team": "search", "budget": 3}"#, "MLFLOW_RUN_ID": "0a1b",
    ]
    let found = try server("http://h", environment)
    #expect(
      found.tags.map(\.name) == ["team", "budget"] && found.tags.map(\.value) == ["search", "3"])
    #expect(found.parentRun == "0a1b")
    for wrong in ["[1]", "{", #"{"mlflow.user": "x"}"#, #"{"": "x"}"#] {
      #expect(try refusal("http://h", ["MLFLOW_TAGS": wrong]).hasPrefix("MLFLOW_TAGS: "))
    }
    #expect(try refusal("http://h", ["MLFLOW_RUN_ID": "../1"]).contains("no identity"))
    // Who only looks sends no tags, and needs no experiment on Databricks.
    let databricks = ["DATABRICKS_HOST": "https://h", "DATABRICKS_TOKEN": "t", "MLFLOW_TAGS": "{"]
    let reader = try TrackingServer(
      "databricks", experiment: nil, environment: databricks, for: .looking)
    #expect(reader.tags.isEmpty && reader.experiment == nil)
  }

  @Test func `segments of addresses are escaped`() {
    #expect(WebAddress.escaped("a b/é&?x=~1") == "a%20b%2F%C3%A9%26%3Fx%3D~1")
  }
}
