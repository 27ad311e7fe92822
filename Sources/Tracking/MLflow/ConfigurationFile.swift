internal import Files

/// A file of sections and settings, as `~/.mlflow/credentials` and `~/.databrickscfg` are.
///
/// ```
/// [section]
/// name = value     # or name: value
/// ```
///
/// Lines that begin with `#` or `;` do not count, nor does what is neither a section nor a setting. What it
/// holds is secret: no message quotes it.
struct ConfigurationFile {
  private var sections: [String: [String: String]] = [:]

  /// Settings of no section, by name in small letters.
  subscript(_ section: String, _ name: String) -> String? { sections[section]?[name] }

  /// Whether there is such a section.
  func has(_ section: String) -> Bool { sections[section] != nil }

  /// Reads a file; one that is not there has nothing.
  ///
  /// - Throws: `FileError` where it cannot be read or is no text.
  init(_ path: String) throws {
    guard fileExists(path) else { return }
    var section = ""
    for line in try BoundedReader.text(at: path, limit: 1 << 20).split(whereSeparator: \.isNewline)
    {
      let text = Self.trimmed(line)
      guard let first = text.first, first != "#", first != ";" else { continue }
      if first == "[", text.hasSuffix("]") {
        section = Self.trimmed(text.dropFirst().dropLast())
        sections[section] = sections[section] ?? [:]
        continue
      }
      guard let separator = text.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
      let name = Self.trimmed(text[..<separator]).lowercased()
      let value = Self.trimmed(text[text.index(after: separator)...])
      sections[section, default: [:]][name] = value
    }
  }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isSpace = { (letter: Character) in letter == " " || letter == "\t" }
    return String(String(text.drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
  }
}
