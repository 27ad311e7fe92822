/// The beginning of a request that a server gets: what is asked for, and under which name.
struct RequestHead: Equatable {
  /// Why a request is not answered: the status that says so.
  struct Refusal: Error, Equatable {
    let status: Int
  }

  /// Bytes that it may have.
  static let limit = 8192

  /// What is asked for, without what follows a question mark.
  let path: String

  /// Reads a head; only `GET` for a name of this machine's own is one.
  ///
  /// A page from elsewhere may make its own name mean 127.0.0.1, and then ask for what is here: it asks
  /// under its name.
  ///
  /// - Parameter bytes: All up to and with the blank line.
  /// - Throws: `Refusal`.
  init(_ bytes: [UInt8]) throws {
    guard bytes.allSatisfy({ (0x20..<0x7F).contains($0) || [0x09, 0x0A, 0x0D].contains($0) }) else {
      throw Refusal(status: 400)
    }
    var lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false
    ).map(String.init)
    guard lines.popLast() == "", lines.popLast() == "", let first = lines.first,
      lines.allSatisfy({ !$0.utf8.contains(0x0A) && !$0.utf8.contains(0x0D) })
    else { throw Refusal(status: 400) }
    let words = first.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    guard words.count == 3, let method = words.first, let version = words.last,
      ["HTTP/1.0", "HTTP/1.1"].contains(version), let target = words.dropFirst().first,
      target.hasPrefix("/")
    else { throw Refusal(status: 400) }
    var hosts: [String] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), colon > line.startIndex,
        line.first?.isWhitespace == false
      else { throw Refusal(status: 400) }
      if line[..<colon].lowercased() == "host" {
        hosts.append(line[line.index(after: colon)...].filter { $0 != " " && $0 != "\t" })
      }
    }
    guard hosts.count == 1, let host = hosts.first else { throw Refusal(status: 400) }
    guard Self.isOwn(host) else { throw Refusal(status: 403) }
    guard method == "GET" else { throw Refusal(status: 405) }
    path = String(target.prefix { $0 != "?" })
  }

  /// Whether a host, with or without a port, is this machine by a name that nobody else gives.
  ///
  /// The port may be another one than the server's: that of a tunnel.
  private static func isOwn(_ host: String) -> Bool {
    ["127.0.0.1", "localhost", "[::1]"].contains { name in
      guard host.lowercased().hasPrefix(name) else { return false }
      let rest = host.dropFirst(name.count)
      return rest.isEmpty
        || rest.first == ":" && rest.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
  }
}
