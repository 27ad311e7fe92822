public import Files

/// The beginning of a file of rows as it lies there, for those who still have to find out how it is to be
/// read.
///
/// Nothing is refused here that is not beyond reading, or no text at all as fastText's labels: what is wrong
/// with rows, the reader says that takes them all.
public struct RowGlimpse: Sendable {
  /// The file.
  public let path: String
  /// How it holds its rows.
  public let format: RowFormat
  /// Whether its fields stand in quotation marks although its format is not used to that.
  public let isQuoted: Bool
  /// Fields of the first line, or keys of the first objects in their order; numbers from 1 where columns
  /// are of words and tags, nothing where a line is a text.
  public let columns: [String]
  /// The rows after that line: a value a column, `null` where a row has none.
  public let rows: [[JSONValue]]
  /// Whether those are all the rows there are.
  public let isWhole: Bool
  /// Of words and tags: the first field of each line, by sentence.
  private let firstFields: [[String]]

  /// Bytes of rows that are looked at.
  private static let byteLimit = 1 << 24

  /// Looks at a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one that its name says.
  ///   - quoting: Whether quotation marks hold fields together; nil for what the format is used to, or the
  ///     first line shows.
  ///   - skipsMalformedRows: Whether rows with too many or too few columns are left out.
  ///   - limit: The most rows that are looked at.
  /// - Throws: `FileError` where it is no text, `TextError` where its name says no format, or it is empty.
  public init(
    _ path: String, format: RowFormat? = nil, quoting: Quoting? = nil,
    skipsMalformedRows: Bool = false, limit: Int = 2_000
  ) throws {
    let format = try format ?? RowFormat(ofFile: path)
    self.path = path
    self.format = format
    let empty = Glimpse(
      limit: limit, byteLimit: Self.byteLimit, skipsMalformedRows: skipsMalformedRows)
    var glimpse = empty
    var isQuoted = false
    switch format {
    case .txt: try glimpse.readTexts(LineReader(path))
    case .conll: try glimpse.readWords(LineReader(path))
    case .jsonl: try glimpse.readObjects(JSONObjects(path))
    case .csv:
      try glimpse.readRecords(LineReader(path), separator: UInt8(ascii: ","), quoting ?? .csv)
    case .tsv:
      try glimpse.readRecords(LineReader(path), separator: UInt8(ascii: "\t"), quoting ?? .none)
      if quoting == nil, glimpse.columns.contains(where: Quoting.isQuoted) {
        isQuoted = true
        glimpse = empty
        try glimpse.readRecords(LineReader(path), separator: UInt8(ascii: "\t"), .csv)
      }
    }
    guard !glimpse.columns.isEmpty || !glimpse.rows.isEmpty else {
      throw TextError(path, "is empty; give a file with at least one row")
    }
    self.isQuoted = isQuoted
    (columns, rows, isWhole) = (glimpse.columns, glimpse.rows, glimpse.isWhole)
    firstFields = glimpse.firstFields
  }

  /// Whether the first of three or more columns of words and tags numbers the words of every sentence, as in
  /// CoNLL-U.
  public var numbersWords: Bool {
    guard format == .conll, columns.count > 2 else { return false }
    let numberings = firstFields.map { WordNumbering($0) }
    return numberings.allSatisfy(\.isOfNumbers) && numberings.contains { $0.words > 1 }
  }

  /// Whether it is text as WikiText's publishers ship it: the title of an article stands in it as
  /// ` = Title = `, and that is not all that only WikiText writes so.
  public var isWikiText: Bool {
    guard format == .txt else { return false }
    let marked = rows.compactMap { $0.first?.string }.filter(WikiTextLine.looksSo)
    return marked.count > 1 && marked.contains { WikiTextLine($0) == .heading(level: 1) }
  }

  /// The values of a column, those that are missing left out.
  public func values(of column: Int) -> [JSONValue] {
    rows.compactMap { row in
      guard row.indices.contains(column), row[column] != .null else { return nil }
      return row[column]
    }
  }
}

/// What is gathered while a file is read.
private struct Glimpse {
  let limit: Int
  let byteLimit: Int
  let skipsMalformedRows: Bool
  var columns: [String] = []
  var rows: [[JSONValue]] = []
  var isWhole = true
  var firstFields: [[String]] = []
  private var bytes = 0

  init(limit: Int, byteLimit: Int, skipsMalformedRows: Bool) {
    self.limit = limit
    self.byteLimit = byteLimit
    self.skipsMalformedRows = skipsMalformedRows
  }

  /// Takes a row of so many bytes, unless that is more than is looked at.
  private mutating func take(_ row: [JSONValue], bytes size: Int) -> Bool {
    bytes += size
    guard rows.count < limit, bytes <= byteLimit || rows.isEmpty else {
      isWhole = false
      return false
    }
    rows.append(row)
    return true
  }

  mutating func readTexts(_ lines: LineReader) throws {
    while let (number, text) = try lines.next() {
      try FastText.refuse(text, line: number, of: lines.path)
      guard take([.string(text)], bytes: text.utf8.count) else { return }
    }
  }

  /// Lines of words and tags, those between sentences left out.
  mutating func readWords(_ lines: LineReader) throws {
    var wordLines = WordLines()
    var begins = true
    while let (_, text) = try wordLines.next(of: lines) {
      guard !WordLines.isBlank(text), !WordLines.isDocumentStart(text) else {
        begins = true
        continue
      }
      let fields = WordRows.fields(of: text, hasTabs: wordLines.hasTabs ?? false)
      if columns.isEmpty { columns = fields.indices.map { "\($0 + 1)" } }
      guard take(fields.map { .string($0) }, bytes: text.utf8.count) else { return }
      if begins { firstFields.append([]) }
      begins = false
      firstFields[firstFields.count - 1].append(fields.first ?? "")
    }
  }

  mutating func readRecords(
    _ lines: LineReader, separator: UInt8, _ quoting: Quoting
  ) throws {
    let records = RecordReader(lines: lines, separator: separator, quoting: quoting)
    while let (_, fields) = try records.next() {
      if fields.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) { continue }
      if columns.isEmpty {
        columns = fields
        continue
      }
      if skipsMalformedRows, fields.count != columns.count { continue }
      let row = columns.indices.map { index -> JSONValue in
        fields.indices.contains(index) ? .string(fields[index]) : .null
      }
      guard take(row, bytes: fields.reduce(0) { $0 + $1.utf8.count }) else { return }
    }
  }

  mutating func readObjects(_ file: JSONObjects) throws {
    var objects: [JSONObject] = []
    var known: Set<String> = []
    while let (object, _, _) = try file.next() {
      let size = Self.size(of: .object(object))
      guard take([], bytes: size) else { break }
      // A file may have a key of its own in every row.
      for name in object.members.map(\.name) where known.count < 1_000 {
        if known.insert(name).inserted { columns.append(name) }
      }
      objects.append(object)
    }
    rows = objects.map { object in columns.map { object[$0] ?? .null } }
  }

  /// Roughly what a value takes.
  private static func size(of value: JSONValue) -> Int {
    switch value {
    case .string(let text): text.utf8.count + 16
    case .array(let elements): elements.reduce(16) { $0 + size(of: $1) }
    case .object(let object):
      object.members.reduce(16) { $0 + $1.name.utf8.count + size(of: $1.value) }
    case .null, .boolean, .integer, .real: 16
    }
  }
}
