internal import Files
internal import HTTP

/// Speaks the REST interface of MLflow servers, version 2 and 3.
///
/// What comes back is not trusted: it must be JSON of bounded size, and an identity is checked before it
/// becomes part of an address.
struct MLflowClient: Sendable {
  let server: TrackingServer
  private let client: HTTPClient
  private let noteAnswer: @Sendable () -> Void

  /// A client; `noting` is called after each answer that is a good one.
  ///
  /// - Throws: `HTTPError` where libcurl is not installed.
  init(_ server: TrackingServer, noting: @escaping @Sendable () -> Void = {}) throws {
    self.server = server
    noteAnswer = noting
    client = try HTTPClient(trusting: server.trust)
  }

  /// Whether `text` can be an identity: what every server gives, and what is safe in addresses and paths.
  static func isIdentity(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// Asks.
  ///
  /// - Parameters:
  ///   - method: `GET`, `POST` or `PATCH`.
  ///   - path: What follows `/api/2.0/mlflow/`.
  ///   - query: Names and values after the question mark.
  ///   - body: What is sent.
  ///   - limit: Bytes that the answer may have.
  /// - Returns: The object that was answered.
  /// - Throws: `MLflowFault`.
  @discardableResult
  func call(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
    limit: Int = 1 << 20
  ) throws -> JSONObject {
    try answer(method, path, query: query, body: body, limit: limit).object
  }

  /// The same, with the bytes that the answer has.
  ///
  /// - Throws: `MLflowFault`.
  func answer(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
    limit: Int
  ) throws -> (object: JSONObject, bytes: Int) {
    var address = "\(server.address.text)/api/2.0/mlflow/\(path)"
    if !query.isEmpty {
      address += "?" + query.map { "\($0.0)=\(WebAddress.escaped($0.1))" }.joined(separator: "&")
    }
    return try ask(HTTPRequest(method, address), body: body, limit: limit)
  }

  /// Asks for an object that is not of MLflow's own interface.
  ///
  /// - Throws: `MLflowFault`.
  func get(_ address: String, limit: Int) throws -> JSONObject {
    try ask(HTTPRequest("GET", address), body: nil, limit: limit).object
  }

  private func ask(
    _ question: HTTPRequest, body: JSONValue?, limit: Int
  ) throws -> (object: JSONObject, bytes: Int) {
    var request = question
    request.limit = limit
    request.headers = [("Accept", "application/json")] + identification
    if let body {
      request.headers.append(("Content-Type", "application/json"))
      request.body = .bytes(try body.encoded())
    }
    let response = try send(request)
    guard (200..<300).contains(response.status) else {
      throw MLflowFault(response, isAuthorized: server.authorization != nil)
    }
    guard let object = try? StrictJSON.parse(response.body, path: "answer").object else {
      let type = response.contentType.isEmpty ? "no type" : briefly(response.contentType, limit: 60)
      throw MLflowFault.passing(
        "it answers with what is no JSON (\(type)); is this the address of an MLflow server?",
        after: nil)
    }
    noteAnswer()
    return (object, response.body.count)
  }

  /// Puts a file where a server keeps artifacts.
  ///
  /// - Throws: `MLflowFault`; `FileError` where the file cannot be read.
  func put(_ content: MLflowModel.Content, at address: String) throws {
    var request = HTTPRequest("PUT", address, headers: identification)
    request.headers.append(("Content-Type", "application/octet-stream"))
    switch content {
    case .bytes(let bytes): request.body = .bytes(bytes)
    case .file(let path):
      request.body = .file(path: path)
      // A slow line carries 100 kB in a second.
      request.seconds = 60 + Double(try statSignature(path).size) / 1e5
    }
    let response = try send(request)
    guard (200..<300).contains(response.status) else {
      throw MLflowFault(response, isAuthorized: server.authorization != nil)
    }
    noteAnswer()
  }

  var identification: [(name: String, value: String)] {
    server.authorization.map { [("Authorization", $0)] } ?? []
  }

  func send(_ request: HTTPRequest) throws -> HTTPResponse {
    do {
      return try exchange(request)
    } catch let error as HTTPError {
      throw MLflowFault(error)
    }
  }

  /// Sends a request; what goes wrong is told as it is.
  func exchange(_ request: HTTPRequest) throws -> HTTPResponse { try client.send(request) }
}

extension MLflowClient {
  /// The number of the experiment that runs belong to; made where it is named and not there.
  ///
  /// - Throws: `MLflowFault`.
  func experiment() throws -> String {
    let name: String
    switch server.experiment {
    case .numbered(let number):
      let found: JSONObject
      do {
        found = try call("GET", "experiments/get", query: [("experiment_id", number)])
      } catch MLflowFault.missing {
        throw MLflowFault.lasting("it has no experiment \(number)")
      }
      return try Self.number(of: found["experiment"]?.object)
    case .named(let given): name = given
    case nil: name = "distill"
    }
    if let number = try named(name) { return number }
    do {
      let made = try call(
        "POST", "experiments/create", body: .sorted(["name": .string(name)]))
      return try Self.identity(made["experiment_id"], "experiment")
    } catch MLflowFault.present {
      // Somebody else was faster.
      guard let number = try named(name) else {
        throw MLflowFault.passing("the experiment is neither there nor can it be made", after: nil)
      }
      return number
    }
  }

  private func named(_ name: String) throws -> String? {
    do {
      let found = try call(
        "GET", "experiments/get-by-name", query: [("experiment_name", name)])
      return try Self.number(of: found["experiment"]?.object)
    } catch MLflowFault.missing { return nil }
  }

  private static func number(of experiment: JSONObject?) throws -> String {
    guard experiment?["lifecycle_stage"]?.string != "deleted" else {
      throw MLflowFault.lasting(
        "the experiment was deleted there; restore it (mlflow experiments restore), or name another "
          + "with --experiment")
    }
    return try identity(experiment?["experiment_id"], "experiment")
  }

  /// An identity that a server gave.
  static func identity(_ value: JSONValue?, _ what: String) throws -> String {
    guard let text = value?.string ?? value?.integer.map({ "\($0)" }), isIdentity(text) else {
      throw MLflowFault.passing("its answer has no identity of the \(what)", after: nil)
    }
    return text
  }
}
