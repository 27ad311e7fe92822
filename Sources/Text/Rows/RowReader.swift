internal import Files

/// Reads the rows of a file one after the other, in constant memory.
///
/// Whatever is wrong is an error that names the file, the line and the cure; no row is passed over
/// in silence. A byte order mark, CR LF and a missing last line end are no faults.
public final class RowReader {
  /// The file.
  public let path: String
  /// How it holds its rows.
  public let format: RowFormat
  /// The number of rows left out so far because their columns were too many or too few.
  public private(set) var skippedRows = 0

  private let lines: LineReader
  private let layout: RowLayout
  private let skipsMalformedRows: Bool
  private var columns: [String] = []
  private var places: RowLayout.Places?
  private var waiting: (line: Int, fields: [String])?

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - layout: Its columns. A text file has none.
  ///   - skipsMalformedRows: Leave out, and count, rows with too many or too few columns.
  /// - Throws: `FileError` if it cannot be read, `TextError` if it lacks a column.
  public init(
    _ path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(),
    skipsMalformedRows: Bool = false
  ) throws {
    self.path = path
    self.format = try format ?? RowFormat(ofFile: path)
    self.layout = layout
    self.skipsMalformedRows = skipsMalformedRows
    lines = try LineReader(path)
    if self.format == .tsv || self.format == .csv { try readHeader() }
  }

  /// All rows of a file.
  ///
  /// - Throws: As `init` and `next`, and `TextError` if there is no row.
  public static func rows(
    of path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(),
    skipsMalformedRows: Bool = false
  ) throws -> [LabelledRow] {
    let reader = try RowReader(
      path, format: format, layout: layout, skipsMalformedRows: skipsMalformedRows)
    var rows: [LabelledRow] = []
    while let row = try reader.next() { rows.append(row) }
    guard !rows.isEmpty else {
      throw TextError(path, "holds no rows; give a file with at least one")
    }
    return rows
  }

  /// The next row; nil at the end.
  ///
  /// - Throws: `FileError` if the text is not acceptable, `TextError` if the row is not.
  public func next() throws -> LabelledRow? {
    switch format {
    case .txt:
      guard let (number, text) = try lines.next() else { return nil }
      return LabelledRow(text: text, line: number)
    case .jsonl: return try nextObject()
    case .tsv, .csv: return try nextRecord()
    }
  }

  private func place(_ line: Int) -> String { "\(path):\(line)" }

  private func readHeader() throws {
    guard let (line, fields) = try nextFields() else {
      throw TextError(path, "is empty; give a file with a header and at least one row")
    }
    if layout.hasHeader {
      columns = fields
      let repeated = fields.first { name in fields.count { $0 == name } > 1 }
      if let repeated {
        throw TextError(place(line), "names the column '\(printable(repeated))' twice; rename one")
      }
    } else {
      columns = fields.indices.map { "\($0 + 1)" }
      waiting = (line, fields)
    }
    places = try layout.resolve(columns, at: place(line))
  }

  private func nextRecord() throws -> LabelledRow? {
    while let (line, fields) = try nextFields() {
      guard fields.count == columns.count, let places else {
        if skipsMalformedRows {
          skippedRows += 1
          continue
        }
        throw TextError(
          place(line),
          "has \(fields.count) columns, \(layout.hasHeader ? "the header" : "the first row") has "
            + "\(columns.count); correct the row, or allow malformed rows to be skipped")
      }
      return LabelledRow(
        text: fields[places.text], pair: places.pair.map { fields[$0] },
        label: places.label.map { fields[$0] }, line: line)
    }
    return nil
  }

  private func nextFields() throws -> (line: Int, fields: [String])? {
    if let waiting {
      self.waiting = nil
      return waiting
    }
    guard let (number, text) = try lines.next() else { return nil }
    if format == .tsv {
      return (
        number, text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      )
    }
    var record = CommaSeparated()
    var line = text
    while true {
      switch record.append(line) {
      case .complete: return (number, record.fields)
      case .malformed(let reason):
        throw TextError(place(number), "\(reason); quote the field and double its quotation marks")
      case .needsLine:
        guard let (_, more) = try lines.next() else {
          throw TextError(place(number), "a quoted field is never closed; close it")
        }
        line = more
      }
    }
  }

  private func nextObject() throws -> LabelledRow? {
    while let (number, text) = try lines.next() {
      if text.utf8.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      guard let object = try StrictJSON.parse(Array(text.utf8), path: place(number)).object else {
        throw TextError(place(number), "is not a JSON object; write one object a line")
      }
      // Keys may come in any order; which ones count is decided by the first row.
      let names = places == nil ? object.members.map(\.name) : columns
      if places == nil {
        columns = names
        places = try layout.resolve(names, at: place(number))
      }
      guard let places else { return nil }
      return LabelledRow(
        text: try string(object, names[places.text], number),
        pair: try places.pair.map { try string(object, names[$0], number) },
        label: try places.label.map { try label(object, names[$0], number) }, line: number)
    }
    return nil
  }

  private func string(_ object: JSONObject, _ key: String, _ line: Int) throws -> String {
    guard let text = object[key]?.string else {
      throw TextError(
        place(line),
        "'\(printable(key))' is \(object[key]?.kindName ?? "missing"); it must be a string")
    }
    return text
  }

  private func label(_ object: JSONObject, _ key: String, _ line: Int) throws -> String {
    switch object[key] {
    case .string(let text): return text
    case .integer(let value): return "\(value)"
    case .real(let value): return "\(value)"
    case .boolean(let value): return "\(value)"
    case .null, .array, .object, nil:
      throw TextError(
        place(line),
        "'\(printable(key))' is \(object[key]?.kindName ?? "missing"); it must be a string or a "
          + "number")
    }
  }
}
