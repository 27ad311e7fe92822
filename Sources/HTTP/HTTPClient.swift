internal import CTransfer
internal import Files
internal import Synchronization

/// Sends requests, one after the other, to servers that are not trusted.
///
/// Nothing that a server does reaches further than its answer: redirects are not followed, so that what is
/// meant for one server never goes to another; answers have a limit, requests a time. The work is libcurl's,
/// which is loaded when the first client is made.
public final class HTTPClient: Sendable {
  private let connection: Mutex<Connection>
  private let trust: HTTPTrust

  /// Seconds that a connection may take to come about.
  private static let connectSeconds = 10.0

  /// A client.
  ///
  /// - Throws: `HTTPError` of kind `noLibrary` where libcurl is not installed.
  public init(trusting trust: HTTPTrust = HTTPTrust()) throws {
    guard let connection = Connection() else {
      throw HTTPError(
        kind: .noLibrary,
        reason: "libcurl cannot be loaded; install it, on Debian and Ubuntu: apt install libcurl4")
    }
    self.connection = Mutex(connection)
    self.trust = trust
  }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: `HTTPError` where none comes, `FileError` where the file to send cannot be opened, or the one
  ///   that the answer goes into cannot be written.
  public func send(_ request: HTTPRequest) throws -> HTTPResponse {
    try Self.check(request)
    return try connection.withLock { try $0.send(request, trust) }
  }

  /// Refuses what would become more than one request.
  private static func check(_ request: HTTPRequest) throws {
    let lines =
      [request.method, request.address] + request.headers.flatMap { [$0.name, $0.value] }
    let isPlain = lines.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
    guard isPlain, request.address.hasPrefix("http://") || request.address.hasPrefix("https://")
    else {
      throw HTTPError(kind: .badRequest, reason: "the address or a header has control characters")
    }
  }

  /// libcurl's side.
  @safe private final class Connection {
    private let pointer: OpaquePointer

    init?() {
      guard let pointer = unsafe ct_open() else { return nil }
      unsafe self.pointer = pointer
    }

    deinit { unsafe ct_close(pointer) }

    func send(_ request: HTTPRequest, _ trust: HTTPTrust) throws -> HTTPResponse {
      unsafe ct_begin(pointer, request.method, request.address)
      if let path = trust.authorities { unsafe ct_authorities(pointer, path) }
      if let path = trust.certificate { unsafe ct_certificate(pointer, path) }
      if trust.trustsAnybody { unsafe ct_trust_anybody(pointer) }
      var hasRoom = true
      for header in request.headers {
        hasRoom = unsafe ct_header(pointer, "\(header.name): \(header.value)") != 0 && hasRoom
      }
      var file: RegularFile?
      switch request.body {
      case .none: break
      case .bytes(let bytes): hasRoom = unsafe ct_body(pointer, bytes, bytes.count) != 0 && hasRoom
      case .file(let path):
        let opened = try RegularFile(path)
        file = opened
        unsafe ct_file(pointer, opened.number, Int64(opened.size))
      }
      var received: ReceivedFile?
      if let path = request.destination {
        let made = try ReceivedFile(path)
        received = made
        unsafe ct_into(pointer, made.number)
      }
      guard hasRoom else { throw HTTPError(kind: .badRequest, reason: "memory is short") }
      let milliseconds = { (seconds: Double) in Int(min(max(seconds, 0.1), 86_400) * 1_000) }
      let code = unsafe ct_perform(
        pointer, milliseconds(HTTPClient.connectSeconds), milliseconds(request.seconds),
        max(0, request.limit))
      // The files stay open for as long as they are read and written.
      withExtendedLifetime(file) {}
      if let received {
        let fault = unsafe ct_write_error(pointer)
        guard fault == 0 else { throw received.failure(fault) }
        if code == 0 { try received.synchronize() }
      }
      guard code == 0 else { throw failure(code) }
      var body = unsafe [UInt8](repeating: 0, count: ct_answer_count(pointer))
      unsafe ct_answer(pointer, &body)
      let wait = unsafe ct_retry_after(pointer)
      return unsafe HTTPResponse(
        status: ct_status(pointer), contentType: String(cString: ct_content_type(pointer)),
        retryAfter: wait >= 0 ? wait : nil, body: body)
    }

    private func failure(_ code: Int32) -> HTTPError {
      let reason = unsafe briefly(String(cString: ct_reason(pointer, code)), limit: 300)
      let kind: HTTPError.Kind =
        switch Int(code) {
        case CT_TOO_LARGE: .tooLarge
        case CT_NO_MEMORY, CT_UNREADABLE, 3: .badRequest
        // Problems with certificates: PEER_FAILED_VERIFICATION, SSL_CACERT_BADFILE and their like.
        case 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91: .untrusted
        default: .unreachable
        }
      return HTTPError(kind: kind, reason: reason)
    }
  }
}
