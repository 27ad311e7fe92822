internal import Files

/// The lines of a file of words and tags, without the comments before sentences.
///
/// Where tabs part the fields, a line there that begins with `#` and has no tab holds no word: comments of
/// CoNLL-U and CoNLL-U Plus, whatever they say. Where spaces do, `#` may be a word, and what follows it tells.
struct WordLines {
  /// Whether tabs part the fields; nil before the first line.
  private(set) var hasTabs: Bool?
  /// Whether the line before was one of a sentence.
  private var isInside = false
  /// Lines that were read before it was known.
  private var ahead: [(number: Int, text: String)] = []
  /// How much is read ahead at most.
  private static let most = (lines: 1_000, bytes: 1 << 20)

  /// The next line that is no comment; nil at the end.
  mutating func next(of lines: LineReader) throws -> (number: Int, text: String)? {
    if hasTabs == nil { try lookAhead(in: lines) }
    while let line = try ahead.isEmpty ? lines.next() : ahead.removeFirst() {
      if !isInside, isComment(line.text) { continue }
      isInside = !Self.isBlank(line.text) && !Self.isDocumentStart(line.text)
      return line
    }
    return nil
  }

  /// Whether a line holds no word: nothing, or spaces alone.
  static func isBlank(_ text: String) -> Bool { text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

  /// Whether a line tells that a document begins.
  static func isDocumentStart(_ text: String) -> Bool {
    text.utf8.prefix { $0 != 0x20 && $0 != 0x09 }.elementsEqual("-DOCSTART-".utf8)
  }

  private func isComment(_ text: String) -> Bool {
    hasTabs == true && Self.isMarked(text) && !Self.holdsTab(text) || Self.isRemark(text)
  }

  /// Whether a line before a sentence tells its number, its text or its place, as MultiCoNER, CoNLL-U and
  /// GermEval have it.
  private static func isRemark(_ text: String) -> Bool {
    let fields = text.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
    guard fields.first == "#", let word = fields.dropFirst().first else { return false }
    return word.hasPrefix("http://") || word.hasPrefix("https://")
      || text.hasPrefix("# ") && ["id", "sent_id", "text", "newdoc", "newpar"].contains(word)
  }

  private static func isMarked(_ text: String) -> Bool { text.utf8.first == UInt8(ascii: "#") }

  private static func holdsTab(_ text: String) -> Bool { text.utf8.contains(0x09) }

  /// Reads up to the first line that can only be a word's, which tells.
  private mutating func lookAhead(in lines: LineReader) throws {
    var bytes = 0
    while ahead.count < Self.most.lines, bytes < Self.most.bytes, let line = try lines.next() {
      ahead.append(line)
      bytes += line.text.utf8.count
      if Self.isBlank(line.text) || Self.isMarked(line.text) || Self.isDocumentStart(line.text) {
        continue
      }
      hasTabs = Self.holdsTab(line.text)
      return
    }
    hasTabs = ahead.contains { Self.holdsTab($0.text) }
  }
}
