internal import Files
internal import HTTP

/// Why a server did not take something.
enum MLflowFault: Error, CustomStringConvertible {
  /// It may pass: nobody answered, or the server asks for time, in seconds.
  case passing(String, after: Int?)
  /// It will not pass by waiting: a person has to do something.
  case lasting(String)
  /// The server says that the question is wrong: its words, and what it means by them.
  case refused(String, status: Int, code: String?)
  /// What was asked for is not there, in the server's words.
  case missing(String)
  /// The server does not know such a call.
  case absent(String)
  /// What was to be made is there already.
  case present

  /// What is wrong, in one line.
  var description: String {
    switch self {
    case .passing(let reason, _), .lasting(let reason), .missing(let reason),
      .absent(let reason), .refused(let reason, _, _):
      reason
    case .present: "is there already"
    }
  }
}

extension MLflowFault {
  init(_ error: HTTPError) {
    switch error.kind {
    case .unreachable: self = .passing(error.reason, after: nil)
    case .tooLarge: self = .passing("its answer has no end", after: nil)
    case .noLibrary, .badRequest: self = .lasting(error.reason)
    case .untrusted:
      self = .lasting(
        "\(error.reason); name its authorities in MLFLOW_TRACKING_SERVER_CERT_PATH, or believe it "
          + "unseen with MLFLOW_TRACKING_INSECURE_TLS=true")
    }
  }

  /// What an answer means that is no success.
  init(_ response: HTTPResponse, isAuthorized: Bool) {
    let object = try? StrictJSON.parse(response.body, path: "answer").object
    let said = object?["message"]?.string ?? object?["error_code"]?.string
    let words = said.map { briefly($0, limit: 300) }
    let reason = "it answers \(response.status)" + (words.map { ": \($0)" } ?? "")
    switch (response.status, object?["error_code"]?.string) {
    case (_, "RESOURCE_ALREADY_EXISTS"): self = .present
    case (404, "RESOURCE_DOES_NOT_EXIST"): self = .missing(words ?? "is not there")
    case (403, _) where words?.contains("Host header") == true,
      (403, _) where Self.isAboutHost(response):
      self = .lasting(
        "it does not answer to this name; start it with --allowed-hosts, or set "
          + "MLFLOW_SERVER_ALLOWED_HOSTS there")
    case (401, _), (403, _):
      let cure =
        isAuthorized
        ? "; see who is named in the environment or in ~/.mlflow/credentials"
        : "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
      self = .lasting("it lets nobody in as this user (\(response.status))" + cure)
    case (300..<400, _):
      self = .lasting(
        "it sends elsewhere (\(response.status)), where nothing of ours goes; give the address itself"
      )
    case (408, _), (425, _), (429, _), (500..., _):
      self = .passing(reason, after: response.retryAfter)
    default:
      let advice = said == nil ? "; is this the address of an MLflow server?" : ""
      let code = object?["error_code"]?.string
      self =
        response.status == 404
        ? .absent(reason + advice)
        : .refused(reason + advice, status: response.status, code: code)
    }
  }

  private static func isAboutHost(_ response: HTTPResponse) -> Bool {
    String(decoding: response.body.prefix(500), as: UTF8.self).contains("Invalid Host header")
  }
}
