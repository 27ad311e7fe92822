import Files
public import Pipelines

/// An option of a stage as a draft of a pipeline file has it.
public struct DraftOption: Sendable, Equatable {
  /// Its name.
  public let name: String
  /// Its value.
  public let value: OptionValue

  init(_ name: String, _ value: OptionValue) {
    self.name = name
    self.value = value
  }

  /// Its line, without the indentation.
  var line: String { "\(name): \(Self.written(value))" }

  private static func written(_ value: OptionValue) -> String {
    switch value {
    case .text(let text): YAMLText.word(text)
    case .list(let values): "[\(values.map(written).joined(separator: ", "))]"
    case .integer, .real, .boolean: value.description
    case .null: "null"
    }
  }
}

/// Text as a line of YAML holds it.
enum YAMLText {
  /// Words that YAML does not read as text.
  private static let taken: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n",
  ]

  /// `text` as one word, in quotation marks where it would not be read as it is.
  static func word(_ text: String) -> String {
    let letters = text.unicodeScalars
    let isPlain =
      letters.first.map { isLetter($0) || $0 == "/" || $0 == "." && letters.count > 1 } ?? false
      && letters.allSatisfy { isLetter($0) || isDigit($0) || "/._@+-".unicodeScalars.contains($0) }
      && !taken.contains(text.lowercased()) && Double(text) == nil
    return isPlain ? text : quoted(text)
  }

  /// Between quotation marks YAML reads what JSON reads.
  private static func quoted(_ text: String) -> String {
    let bytes = (try? JSONValue.string(text).encoded()) ?? []
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func isLetter(_ letter: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) || letter == "_"
  }

  private static func isDigit(_ letter: Unicode.Scalar) -> Bool { ("0"..."9").contains(letter) }
}
