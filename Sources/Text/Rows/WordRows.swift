internal import Files

/// Reads sentences as columns: a line a word, fields between tabs or spaces, a blank line after each
/// sentence, as the tasks of CoNLL have them.
struct WordRows {
  /// The most words of a sentence: a file without blank lines must not become one.
  static let wordLimit = 100_000

  private let token: Int?
  private let tag: Int?
  /// Fields of a line, once the first was read, and whether tabs separate them.
  private var known: (count: Int, hasTabs: Bool)?
  /// Sentences whose words are 1, 2, 3 and so on, where nobody says which column holds the words.
  private(set) var numbered = RowRemarks.Tally()

  /// Reads the columns that a layout names by their numbers from 1; the first and the last otherwise.
  ///
  /// - Throws: `TextError` where they are no numbers.
  init(layout: RowLayout, path: String) throws {
    token = try Self.number(layout.text, option: "--text-column", path)
    tag = try Self.number(layout.label, option: "--label-column", path)
  }

  private static func number(
    _ column: RowLayout.Column?, option: String, _ path: String
  ) throws -> Int? {
    switch column {
    case nil, .last: return nil
    case .place(let place): return place
    case .named(let name):
      if let number = Int(name), number >= 1 { return number - 1 }
      throw TextError(
        path,
        "its columns have no names, '\(String(name.prefix(60)))' is asked for; give the number of the "
          + "column, from 1, with \(option)")
    }
  }

  /// The next sentence; nil at the end.
  mutating func next(of lines: LineReader) throws -> LabelledRow? {
    var words: [String] = []
    var tags: [String] = []
    var first = 0
    while let (number, text) = try lines.next() {
      let isBlank = text.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      if isBlank || Self.isDocumentStart(text) {
        if words.isEmpty { continue }
        break
      }
      if words.isEmpty, Self.isRemark(text) { continue }
      let fields = try fields(of: text, path: lines.path, line: number)
      let places = try places(fields.count, path: lines.path, line: number)
      if words.isEmpty { first = number }
      words.append(fields[places.token])
      guard !fields[places.token].isEmpty else {
        throw TextError(
          lines.path, line: number,
          "has no token before its tag; give it one, or make the line blank")
      }
      if let tag = places.tag {
        guard !fields[tag].isEmpty else {
          throw TextError(lines.path, line: number, "has no tag behind its token; give it one")
        }
        tags.append(fields[tag])
      }
      guard words.count <= Self.wordLimit else {
        throw TextError(
          lines.path, line: first,
          "begins a sentence of more than \(Self.wordLimit) words; end sentences with blank lines")
      }
    }
    if words.isEmpty { return nil }
    if token == nil, words.count > 1, words.indices.allSatisfy({ words[$0] == "\($0 + 1)" }) {
      numbered.add(line: first)
    }
    return LabelledRow(
      words: words, answer: tags.isEmpty ? .none : .tags(tags), line: first, wordsHaveLines: true)
  }

  private static func isDocumentStart(_ text: String) -> Bool {
    text.utf8.prefix { $0 != 0x20 && $0 != 0x09 }.elementsEqual("-DOCSTART-".utf8)
  }

  /// Whether a line before a sentence tells its number, its text or its place, as MultiCoNER, CoNLL-U and
  /// GermEval have it.
  static func isRemark(_ text: String) -> Bool {
    let fields = text.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
    guard fields.first == "#", let word = fields.dropFirst().first else { return false }
    return word.hasPrefix("http://") || word.hasPrefix("https://")
      || text.hasPrefix("# ") && ["id", "sent_id", "text", "newdoc", "newpar"].contains(word)
  }

  /// A line is cut as the first one is: at tabs where that has one, else at runs of spaces.
  private mutating func fields(of text: String, path: String, line: Int) throws -> [String] {
    let hasTabs = known?.hasTabs ?? text.utf8.contains(0x09)
    let fields =
      hasTabs
      ? text.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map(Self.trimmed)
      : text.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }
    let expected = known?.count ?? fields.count
    known = (expected, hasTabs)
    guard fields.count == expected else {
      throw TextError(
        path, line: line,
        "has \(fields.count) columns, the first line with a word has \(expected); write every word "
          + "with as many, \(hasTabs ? "a tab" : "spaces") between them")
    }
    return fields
  }

  private static func trimmed(_ field: Substring.UTF8View) -> String {
    var field = field.drop { $0 == 0x20 }
    while field.last == 0x20 { field.removeLast() }
    return String(Substring(field))
  }

  private func places(_ count: Int, path: String, line: Int) throws -> (token: Int, tag: Int?) {
    for place in [token, tag] {
      if let place, place >= count {
        throw TextError(
          path, line: line,
          "has \(count) columns, column \(place + 1) is asked for; check --text-column and "
            + "--label-column")
      }
    }
    let token = token ?? 0
    return (token, tag ?? (count - 1 == token ? nil : count - 1))
  }
}
