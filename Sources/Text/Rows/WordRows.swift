internal import Files

/// Reads sentences as columns: a line a word, fields between tabs or spaces, a blank line after each
/// sentence, as the tasks of CoNLL have them.
struct WordRows {
  /// The most words of a sentence: a file without blank lines must not become one.
  static let wordLimit = 100_000

  private let token: Int?
  private let tag: Int?
  private var wordLines = WordLines()
  /// Fields of a line, once the first was read.
  private var count: Int?
  /// Whether a sentence before had numbers of words in its first column.
  private var isNumbered = false
  /// Sentences whose words are 1, 2, 3 and so on, where nobody says which column holds the words.
  private(set) var numbered = RowRemarks.Tally()
  /// Lines left out because their number says that they are no words.
  private(set) var wordless = RowRemarks.Tally()
  /// Sentences in which the numbers of words begin again.
  private(set) var restarted = RowRemarks.Tally()

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
    while var sentence = try sentence(of: lines), let first = sentence.first {
      let places = try places(first.fields.count, path: lines.path, line: first.number)
      let numbering = WordNumbering(sentence.lazy.map(\.firstField))
      if token == nil, numbering.isPlain { numbered.add(line: first.number) }
      if places.token != 0, places.tag != 0, numbering.isOfNumbers,
        numbering.words > 0 || isNumbered
      {
        isNumbered = true
        if numbering.restarts { restarted.add(line: first.number) }
        for line in sentence where WordNumbering.isOfNoWord(line.firstField) {
          wordless.add(line: line.number)
        }
        sentence.removeAll { WordNumbering.isOfNoWord($0.firstField) }
      }
      if !sentence.isEmpty { return try row(of: sentence, places, path: lines.path) }
    }
    return nil
  }

  /// The lines of the next sentence; nil at the end.
  private mutating func sentence(of lines: LineReader) throws -> [Line]? {
    var sentence: [Line] = []
    while let (number, text) = try wordLines.next(of: lines) {
      if WordLines.isBlank(text) || WordLines.isDocumentStart(text) {
        if sentence.isEmpty { continue }
        break
      }
      let fields = try fields(of: text, path: lines.path, line: number)
      sentence.append(Line(number: number, fields: fields))
      guard sentence.count <= Self.wordLimit else {
        throw TextError(
          lines.path, line: sentence.first?.number ?? number,
          "begins a sentence of more than \(Self.wordLimit) words; end sentences with blank lines")
      }
    }
    return sentence.isEmpty ? nil : sentence
  }

  /// A line of a sentence, cut into its fields.
  private struct Line {
    let number: Int
    let fields: [String]

    var firstField: String { fields.first ?? "" }
  }

  private func row(
    of sentence: [Line], _ places: (token: Int, tag: Int?), path: String
  ) throws -> LabelledRow {
    for line in sentence {
      guard !line.fields[places.token].isEmpty else {
        throw TextError(
          path, line: line.number,
          "has no token before its tag; give it one, or make the line blank")
      }
      if let tag = places.tag, line.fields[tag].isEmpty {
        throw TextError(path, line: line.number, "has no tag behind its token; give it one")
      }
    }
    let tags = places.tag.map { tag in sentence.map { $0.fields[tag] } }
    return LabelledRow(
      words: sentence.map { $0.fields[places.token] }, answer: tags.map { .tags($0) } ?? .none,
      wordLines: sentence.map(\.number))
  }

  /// A line is cut as the first one is: at tabs where that has one, else at runs of spaces.
  private mutating func fields(of text: String, path: String, line: Int) throws -> [String] {
    let hasTabs = wordLines.hasTabs ?? false
    let fields = Self.fields(of: text, hasTabs: hasTabs)
    let expected = count ?? fields.count
    count = expected
    guard fields.count == expected else {
      throw TextError(
        path, line: line,
        "has \(fields.count) columns, the first line with a word has \(expected); write every word "
          + "with as many, \(hasTabs ? "a tab" : "spaces") between them")
    }
    return fields
  }

  /// The fields between tabs, or between runs of spaces.
  static func fields(of text: String, hasTabs: Bool) -> [String] {
    hasTabs
      ? text.utf8.split(separator: 0x09, omittingEmptySubsequences: false).map(trimmed)
      : text.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }
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
