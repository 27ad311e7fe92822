/// A request to a server.
public struct HTTPRequest: Sendable {
  /// What is sent with it.
  public enum Body: Sendable {
    /// Nothing.
    case none
    /// These bytes.
    case bytes([UInt8])
    /// What is in a file.
    case file(path: String)
  }

  /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
  public var method: String
  /// The whole address.
  public var address: String
  /// Names and values of header lines.
  public var headers: [(name: String, value: String)]
  /// What is sent.
  public var body: Body
  /// Seconds that the whole may take.
  public var seconds: Double = 20
  /// Bytes that the answer may have.
  public var limit = 1 << 20
  /// The file, made anew, that the content of a good answer (2xx) goes into in place of memory; nil for none.
  public var destination: String?

  /// A request.
  public init(
    _ method: String, _ address: String, headers: [(name: String, value: String)] = [],
    body: Body = .none
  ) {
    self.method = method
    self.address = address
    self.headers = headers
    self.body = body
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable {
  /// The status, such as 200.
  public let status: Int
  /// The type of the content, such as `application/json`; empty where it is not said.
  public let contentType: String
  /// Seconds after which to ask again, where the server says.
  public let retryAfter: Int?
  /// The content.
  public let body: [UInt8]
}

/// Why no answer came.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong, as a caller may want to tell cases apart.
  public enum Kind: Sendable, Equatable {
    /// libcurl is not installed.
    case noLibrary
    /// What is sent cannot be read or is no request.
    case badRequest
    /// Nobody was reached, or the connection broke or took too long: it may pass.
    case unreachable
    /// The server is not the one whose certificate was expected.
    case untrusted
    /// The answer is longer than the limit.
    case tooLarge
  }
  /// The case.
  public let kind: Kind
  /// What is wrong, in words.
  public let reason: String

  /// `reason`.
  public var description: String { reason }
}

/// Whom a client trusts, and what it shows of itself.
public struct HTTPTrust: Sendable, Equatable {
  /// File of certificate authorities (PEM) in the place of the system's.
  public var authorities: String?
  /// File of a certificate with its key (PEM) that is shown.
  public var certificate: String?
  /// Whether any server is believed.
  public var trustsAnybody = false

  /// The system's authorities.
  public init() {}
}
