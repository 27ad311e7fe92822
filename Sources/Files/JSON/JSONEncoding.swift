extension JSONValue {
  /// How numbers and control characters are spelled, which readers do not see and digests do.
  public enum Spelling: Sendable {
    /// `1.0` and `\u0008`: manifests, records, reports and what is exported.
    case plain
    /// `1` and `\b`, as Foundation's `JSONEncoder` has them for `Double`, which wrote the first
    /// descriptions of artifacts; their digests, and those of all that was made from them, rest on it.
    case canonical
  }

  /// The value as compact JSON, members in their order; the same value always gives the same bytes.
  ///
  /// - Throws: `FileError` of kind `invalidJSON` for a number that is not finite, which JSON cannot
  ///   express.
  public func encoded(_ spelling: Spelling = .plain) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try append(to: &bytes, spelling)
    return bytes
  }

  /// The value with one member or element a line, for people and for `diff`.
  ///
  /// - Throws: As `encoded`.
  public func indented(_ indentation: String = "") throws -> String {
    let inner = indentation + "  "
    switch self {
    case .object(let object) where !object.members.isEmpty:
      let lines = try object.members.map { member in
        inner + String(decoding: try JSONValue.string(member.name).encoded(), as: UTF8.self) + ": "
          + (try member.value.indented(inner))
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n" + indentation + "}"
    case .array(let elements) where elements.contains(where: \.isContainer):
      let lines = try elements.map { inner + (try $0.indented(inner)) }
      return "[\n" + lines.joined(separator: ",\n") + "\n" + indentation + "]"
    default:
      return String(decoding: try encoded(), as: UTF8.self)
    }
  }

  private var isContainer: Bool { array != nil || object != nil }

  private func append(to bytes: inout [UInt8], _ spelling: Spelling) throws {
    switch self {
    case .null: bytes += "null".utf8
    case .boolean(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .real(let value):
      guard value.isFinite else {
        throw FileError(.invalidJSON, path: "JSON", detail: "\(value) cannot be written as JSON")
      }
      // Swift writes the fewest digits that read back as the same number.
      let text = String(value)
      bytes += (spelling == .canonical && text.hasSuffix(".0") ? text.dropLast(2) : text[...]).utf8
    case .string(let text): Self.append(text, to: &bytes, spelling)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        try element.append(to: &bytes, spelling)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.append(member.name, to: &bytes, spelling)
        bytes.append(UInt8(ascii: ":"))
        try member.value.append(to: &bytes, spelling)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  private static func append(_ text: String, to bytes: inout [UInt8], _ spelling: Spelling) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0x08 where spelling == .canonical: bytes += "\\b".utf8
      case 0x0C where spelling == .canonical: bytes += "\\f".utf8
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += "\\u00\(digits.utf8.count == 1 ? "0" : "")\(digits)".utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
