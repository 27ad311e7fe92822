internal import CTransfer
internal import Foundation
internal import Glibc
internal import Synchronization

/// Answers programs of this machine, such as a browser, and nobody else: it listens on 127.0.0.1.
///
/// A connection is one request. Whatever a client does, it costs one thread of a bounded number for a bounded
/// time.
public final class LoopbackServer: Sendable {
  /// What is answered.
  public struct Answer: Sendable {
    let status: Int
    let contentType: String
    let body: [UInt8]

    /// A text of some type; `status` is 200 where all is well.
    public init(_ body: String, type contentType: String, status: Int = 200) {
      self.status = status
      self.contentType = contentType
      self.body = Array(body.utf8)
    }
  }

  /// Connections at once.
  static let mostConnections = 16
  /// Milliseconds for a request to come, for an answer to be taken, and to part.
  private static let times = (request: 5_000, answer: 20_000, end: 1_000)

  /// Where it listens.
  public let port: Int
  private let listener: Int32
  private let open = Mutex(0)

  /// Begins to listen.
  ///
  /// - Parameter port: Where; 0 for a free one.
  /// - Throws: `PortError`.
  public init(port: UInt16) throws {
    listener = cs_listen(port)
    guard listener >= 0 else {
      switch -listener {
      case EADDRINUSE: throw PortError(description: "another program listens there")
      case EACCES: throw PortError(description: "ports below 1024 are for the administrator")
      default: throw PortError(description: "it cannot be listened at (error \(-listener))")
      }
    }
    self.port = Int(cs_port(listener))
  }

  deinit { cs_close(listener) }

  /// Answers until `goesOn` says no, which is asked five times a second.
  ///
  /// - Parameters:
  ///   - goesOn: Whether to go on.
  ///   - answer: What is at a path, such as `/`; nil where nothing is. Called by several threads.
  public func serve(
    while goesOn: () -> Bool, _ answer: @escaping @Sendable (String) -> Answer?
  ) {
    while goesOn() {
      let connection = cs_accept(listener, 200)
      guard connection >= 0 else { continue }
      let hasRoom = open.withLock { count in
        guard count < Self.mostConnections else { return false }
        count += 1
        return true
      }
      guard hasRoom else {
        Self.send(Self.refusal(503), to: connection, within: 0)
        cs_close(connection)
        continue
      }
      Thread.detachNewThread {
        Self.answer(connection, answer)
        self.open.withLock { $0 -= 1 }
      }
    }
  }

  private static func answer(_ connection: Int32, _ answer: (String) -> Answer?) {
    defer { cs_finish(connection, Int32(clamping: times.end)) }
    guard let head = receive(connection) else { return }
    let made: Answer
    do {
      let head = try RequestHead(head)
      made = answer(head.path) ?? refusal(404)
    } catch {
      made = refusal((error as? RequestHead.Refusal)?.status ?? 400)
    }
    send(made, to: connection, within: times.answer)
  }

  /// What has come up to the blank line; so much as is allowed where there is none, nil where nothing came
  /// in time.
  private static func receive(_ connection: Int32) -> [UInt8]? {
    let end = ContinuousClock.now + .milliseconds(times.request)
    let blank: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    var head: [UInt8] = []
    while head.count <= RequestHead.limit {
      let left = end - ContinuousClock.now
      guard left > .zero else { return nil }
      let (seconds, rest) = left.components
      let milliseconds = seconds * 1_000 + rest / 1_000_000_000_000_000
      var part = [UInt8](repeating: 0, count: 2048)
      let count = unsafe cs_receive(
        connection, &part, part.count, Int32(clamping: milliseconds))
      guard count > 0 else { return nil }
      // Where a blank line may begin that this part ends.
      let first = max(0, head.count - 3)
      head += part[..<min(count, 2048)]
      for start in head.indices where start >= first && head[start...].starts(with: blank) {
        return Array(head[...(start + 3)])
      }
    }
    return head
  }

  private static func send(_ answer: Answer, to connection: Int32, within milliseconds: Int) {
    let head = """
      HTTP/1.1 \(answer.status) \(words[answer.status] ?? "Answer")\r
      Content-Type: \(answer.contentType); charset=utf-8\r
      Content-Length: \(answer.body.count)\r
      Connection: close\r
      Cache-Control: no-store\r
      X-Content-Type-Options: nosniff\r
      Referrer-Policy: no-referrer\r
      X-Frame-Options: DENY\r
      \(answer.status == 405 ? "Allow: GET\r\n" : "")\r

      """
    let bytes = Array(head.utf8) + answer.body
    _ = unsafe cs_send(connection, bytes, bytes.count, Int32(clamping: milliseconds))
  }

  private static let words = [
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    503: "Service Unavailable",
  ]

  /// An answer that says no.
  private static func refusal(_ status: Int) -> Answer {
    Answer("\(status) \(words[status] ?? "")\n", type: "text/plain", status: status)
  }
}

/// Why a port cannot be listened at.
public struct PortError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with it.
  public let description: String
}
