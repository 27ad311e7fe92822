import Files

/// The text of a pipeline file with a line in it by which it is known whether anybody has changed it.
enum SealedDraft {
  private static let mark = "# untouched: sha256 "

  /// The text with that line as its second.
  static func sealed(_ text: String) -> String {
    let (first, rest) = parts(text)
    return first + mark + Digest.of(text).hexadecimal + "\n" + rest
  }

  /// Whether a text is as `sealed` gave it.
  static func isUntouched(_ text: String) -> Bool {
    let (first, other) = parts(text)
    let (seal, rest) = parts(other)
    return seal == mark + Digest.of(first + rest).hexadecimal + "\n"
  }

  /// The first line, its end included, and what follows it.
  private static func parts(_ text: String) -> (line: String, rest: String) {
    guard let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")) else { return (text, "") }
    let next = text.utf8.index(after: end)
    return (String(text[..<next]), String(text[next...]))
  }
}
