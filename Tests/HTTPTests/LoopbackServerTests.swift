import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// The server, by real sockets.
@Suite struct LoopbackServerTests {
  /// A server that says what it is asked for, while `body` runs.
  private func withServer(_ body: (Int) throws -> Void) throws {
    let server = try LoopbackServer(port: 0)
    let (isOver, isEnded) = (Flag(), Flag())
    Thread.detachNewThread {
      server.serve(while: { !isOver.isSet }) { path in
        path == "/" || path == "/version" ? .init("at \(path)", type: "text/plain") : nil
      }
      isEnded.set()
    }
    defer {
      isOver.set()
      while !isEnded.isSet { usleep(10_000) }
    }
    try body(server.port)
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)
    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }
    func set() { value.store(true, ordering: .sequentiallyConsistent) }
  }

  /// A connection to a port of this machine.
  private func connect(_ port: Int) throws -> FileHandle {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = try #require(UInt16(exactly: port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    return FileHandle(fileDescriptor: number, closeOnDealloc: true)
  }

  /// All that comes back to some bytes.
  private func said(_ port: Int, _ request: String) throws -> String {
    let connection = try connect(port)
    try connection.write(contentsOf: Data(request.utf8))
    return String(decoding: try connection.readToEnd() ?? Data(), as: UTF8.self)
  }

  @Test func `a page is answered whole, to a client that asks by a name of this machine`() throws {
    try withServer { port in
      let client = try HTTPClient()
      for name in ["127.0.0.1", "localhost"] {
        let answer = try client.send(HTTPRequest("GET", "http://\(name):\(port)/version?x=1"))
        #expect(answer.status == 200 && answer.contentType == "text/plain; charset=utf-8")
        #expect(String(decoding: answer.body, as: UTF8.self) == "at /version")
      }
      #expect(try client.send(HTTPRequest("GET", "http://127.0.0.1:\(port)/x")).status == 404)
      #expect(try client.send(HTTPRequest("POST", "http://127.0.0.1:\(port)/")).status == 405)
      let whole = try said(port, "GET / HTTP/1.0\r\nHost: 127.0.0.1:9\r\n\r\n")
      #expect(whole.hasPrefix("HTTP/1.1 200 OK\r\n") && whole.hasSuffix("\r\n\r\nat /"), "\(whole)")
      #expect(whole.contains("\r\nContent-Length: 4\r\n"))
    }
  }

  @Test func `who asks by another name, or in other words, learns nothing`() throws {
    try withServer { port in
      let host = "Host: 127.0.0.1\r\n"
      for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\nHost: 127.0.0.1:x\r\n\r\n", 403),
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host)\(host)\r\n", 400),
        ("GET http://127.0.0.1/ HTTP/1.1\r\n\(host)\r\n", 400), ("GET /\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\n\(host)\r\n", 400), ("DELETE / HTTP/1.1\r\n\(host)\r\n", 405),
        ("HEAD / HTTP/1.1\r\n\(host)\r\n", 405), ("GET / HTTP/1.1\r\n folded\r\n\(host)\r\n", 400),
        ("GET /\u{1} HTTP/1.1\r\n\(host)\r\n", 400), ("\r\n\r\n", 400),
        ("GET /" + String(repeating: "a", count: 20_000), 400),
        ("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 3_000), 400),
      ] {
        let answer = try said(port, request)
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request.prefix(60)): \(answer)")
        #expect(!answer.contains("at /"))
      }
    }
  }

  @Test func `clients that say nothing are many or slow, and others are still answered`() throws {
    try withServer { port in
      var silent = try (0..<LoopbackServer.mostConnections).map { _ in try connect(port) }
      // A client more gets its answer at once: that there is no room.
      var answer = ""
      for _ in 0..<50 where !answer.contains("503") {
        let more = try connect(port)
        answer = String(decoding: try more.read(upToCount: 4096) ?? Data(), as: UTF8.self)
      }
      #expect(answer.hasPrefix("HTTP/1.1 503 "), "\(answer)")
      // One that sends a letter now and then does not hold its place by that.
      let began = ContinuousClock.now
      try silent[0].write(contentsOf: Data("GET".utf8))
      #expect(try silent[0].readToEnd() ?? Data() == Data())
      #expect(ContinuousClock.now - began < .seconds(15))
      silent = []
      usleep(500_000)
      #expect(try said(port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").hasSuffix("at /"))
    }
  }

  @Test func `a port that is taken is refused`() throws {
    let first = try LoopbackServer(port: 0)
    let error = try #require(throws: PortError.self) {
      _ = try LoopbackServer(port: try #require(UInt16(exactly: first.port)))
    }
    #expect(error.description == "another program listens there")
    withExtendedLifetime(first) {}
  }
}
