/// Whether quotation marks hold the fields of a record together.
public enum Quoting: String, Sendable, Hashable, Codable, CaseIterable {
  /// Never: a quotation mark is an ordinary character.
  case none
  /// As RFC 4180 says: a field between quotation marks may hold separators and line breaks.
  case csv

  /// Whether a field looks as if it had been quoted: marks at both ends, those between doubled.
  static func isQuoted(_ field: String) -> Bool {
    let bytes = field.utf8
    guard bytes.count >= 2, bytes.first == mark, bytes.last == mark else { return false }
    var isOpen = false
    for byte in bytes.dropFirst().dropLast() {
      if byte == mark { isOpen.toggle() } else if isOpen { return false }
    }
    return !isOpen
  }

  /// Whether a quotation mark opens a field that does not close it.
  static func isOpen(_ field: String) -> Bool {
    field.utf8.first == mark && field.utf8.count { $0 == mark } % 2 == 1
  }

  private static let mark = UInt8(ascii: "\"")
}
