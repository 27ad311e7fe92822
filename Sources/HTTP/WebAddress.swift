internal import Foundation

/// The address of a server, as `https://host:port/path`, without the name and password that were written
/// into it: what is shown and recorded holds no secret.
public struct WebAddress: Sendable, Equatable, CustomStringConvertible {
  /// The address, without a slash at its end.
  public let text: String
  /// Whether what is sent there is encrypted.
  public let isEncrypted: Bool
  /// Whether it is a place on this machine, by a name that no server of names can give to another.
  public let isLoopback: Bool
  /// Name and password that stood in it.
  public let user: (name: String, password: String)?

  /// Reads an address; nil for what is none, or of another kind than HTTP and HTTPS.
  public init?(_ written: String) {
    var trimmed = Substring(written)
    while trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
    guard trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), trimmed.utf8.count <= 2_000,
      var parts = URLComponents(string: String(trimmed)),
      let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
      let host = parts.host, !host.isEmpty, parts.port.map({ (1...65_535).contains($0) }) ?? true,
      parts.query == nil, parts.fragment == nil
    else { return nil }
    user = parts.user.map { ($0, parts.password ?? "") }
    parts.user = nil
    parts.password = nil
    parts.scheme = scheme
    guard let text = parts.string else { return nil }
    self.text = text
    isEncrypted = scheme == "https"
    isLoopback = ["127.0.0.1", "[::1]", "::1"].contains(host)
  }

  /// The address.
  public var description: String { text }

  /// Whether both lead to the same place.
  public static func == (one: WebAddress, other: WebAddress) -> Bool { one.text == other.text }

  /// A text as it stands in a path or query: all but letters, digits and `-._~` as `%XX`.
  public static func escaped(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
