/// What a line of WikiText means as its publishers ship it: one line a paragraph, ` = Title = ` a
/// heading, ` @-@ ` a hyphen that was set apart, `<unk>` a word outside its vocabulary.
enum WikiTextLine: Equatable {
  case blank
  /// An article's title has level 1, its sections' more.
  case heading(level: Int)
  case paragraph

  /// What a line is.
  init(_ line: String) {
    let words = line.utf8.split(separator: 0x20)
    let equals = { (word: Substring.UTF8View) in word.elementsEqual("=".utf8) }
    let level = words.prefix(while: equals).count
    let isHeading =
      level > 0 && words.count > 2 * level
      && words.reversed().prefix(while: equals).count == level
    self = words.isEmpty ? .blank : isHeading ? .heading(level: level) : .paragraph
  }

  /// Whether a line is written as only WikiText writes: a heading or marks set apart.
  static func looksSo(_ line: String) -> Bool {
    let bytes = line.utf8
    if bytes.first(where: { $0 != 0x20 }) == UInt8(ascii: "="), case .heading = WikiTextLine(line) {
      return true
    }
    return bytes.contains(at) && marks.contains { line.contains($0.written) }
  }

  static let at = UInt8(ascii: "@")
  /// Marks that WikiText sets apart within a word or a number.
  static let marks: [(written: String, mark: String)] = [
    (" @-@ ", "-"), (" @,@ ", ","), (" @.@ ", "."),
  ]
}

/// Takes WikiText for what it was written from.
public struct WikiText: Sendable, Hashable {
  /// What WikiText writes for a word outside its vocabulary.
  static let unknown = "<unk>"
  /// What the tokenizer knows as such a word.
  public let unknownToken: String

  /// - Parameter unknownToken: The tokenizer's token for unknown words.
  public init(unknownToken: String) {
    self.unknownToken = unknownToken
  }

  /// A paragraph as it was before its marks were set apart, and how many unknown words it has.
  func restored(_ line: String) -> (text: String, unknownWords: Int) {
    var text = line
    for (written, mark) in WikiTextLine.marks where text.utf8.contains(WikiTextLine.at) {
      text.replace(written, with: mark)
    }
    let pieces = text.split(separator: Self.unknown, omittingEmptySubsequences: false)
    return (pieces.joined(separator: unknownToken), pieces.count - 1)
  }
}
