internal import Files

/// Reads the rows of a file one after the other, in constant memory.
///
/// Whatever is wrong is an error that names the file, the line and the cure; no row is passed over
/// in silence. A byte order mark, CR LF, a missing last line end and blank lines between rows of
/// several columns, or before the header, are no faults. What may not be meant is counted, for `remarks`.
public final class RowReader {
  /// The file, `<stdin>` for standard input.
  public let path: String
  /// How it holds its rows.
  public let format: RowFormat
  /// The number of rows left out so far because their columns were too many or too few.
  public private(set) var skippedRows = 0

  private let lines: LineReader
  private let layout: RowLayout
  private let skipsMalformedRows: Bool?
  private let records: RecordReader?
  private let objects: JSONObjects?
  private var objectRows: ObjectRows
  private var wordObjects: WordObjectRows
  private var words: WordRows?
  private var answers: AnswerReader
  private var columns: [String] = []
  private var hasHeader = true
  private var places: RowLayout.Places?
  private var waiting: (line: Int, fields: [String])?
  private var seen = RowRemarks()
  /// The last row's line, where a quotation mark opens its last field and does not close it.
  private var openLine: Int?

  /// Opens a file and reads its header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - format: Its format; nil for the one its name says.
  ///   - layout: Its columns. A text file has none.
  ///   - skipsMalformedRows: Leave out, and count, rows with too many or too few columns; nil where
  ///     the user has no such choice.
  /// - Throws: `FileError` if it cannot be read, `TextError` if it lacks a column.
  public convenience init(
    _ path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(),
    skipsMalformedRows: Bool? = nil
  ) throws {
    let format = try format ?? RowFormat(ofFile: path)
    try self.init(try LineReader(path), format, layout, skipsMalformedRows)
  }

  /// Reads standard input, its header first.
  ///
  /// - Parameters:
  ///   - format: Its format.
  ///   - layout: Its columns.
  /// - Throws: As for a file.
  public convenience init(standardInput format: RowFormat, layout: RowLayout = RowLayout()) throws {
    try self.init(try LineReader.standardInput(), format, layout, nil)
  }

  private init(
    _ lines: LineReader, _ format: RowFormat, _ layout: RowLayout, _ skipsMalformedRows: Bool?
  ) throws {
    path = lines.path
    self.lines = lines
    self.format = format
    self.layout = layout
    self.skipsMalformedRows = skipsMalformedRows
    objects = format == .jsonl ? try JSONObjects(lines) : nil
    objectRows = ObjectRows(layout: layout)
    wordObjects = WordObjectRows(layout: layout)
    words = format == .conll ? try WordRows(layout: layout, path: lines.path) : nil
    answers = AnswerReader(layout: layout)
    records =
      switch format {
      case .tsv:
        RecordReader(
          lines: lines, separator: UInt8(ascii: "\t"), quoting: layout.quoting ?? .none)
      case .csv:
        RecordReader(lines: lines, separator: UInt8(ascii: ","), quoting: layout.quoting ?? .csv)
      case .jsonl, .txt, .conll: nil
      }
    guard layout.columnNames.isEmpty || records != nil else {
      throw TextError(
        path, "is \(format.rawValue), which has no columns to name; leave --columns out")
    }
    try readHeader()
  }

  /// All rows of a file.
  ///
  /// - Throws: As `init` and `next`, and `TextError` if there is no row.
  public static func rows(
    of path: String, format: RowFormat? = nil, layout: RowLayout = RowLayout(),
    skipsMalformedRows: Bool? = nil
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

  /// What the user should know of the rows so far, a line each.
  public var remarks: [String] {
    var seen = seen
    (seen.twofold, seen.scores) = (answers.twofold, answers.scores)
    (seen.unread, seen.takesScores) = (answers.unread, layout.answers.contains(.score))
    if objectRows.isLabelledByScores { seen.labelledByScores = true }
    if let records { seen.looseMarks = records.looseMarks.tally }
    if let words {
      (seen.numbered, seen.wordless, seen.restarted) = (
        words.numbered, words.wordless, words.restarted
      )
    }
    seen.returns = returns
    seen.areListed = objects?.areListed == true
    return seen.sentences(about: path)
  }

  /// Lines so far that hold a carriage return which ends none; in JSON it means nothing.
  var returns: RowRemarks.Tally {
    guard format != .jsonl, lines.strayReturns.count > 0 else { return RowRemarks.Tally() }
    return RowRemarks.Tally(lines.strayReturns.count, firstLine: lines.strayReturns.firstLine)
  }

  /// Bytes of the file that the rows so far took; nil where something packed them.
  public var bytesRead: Int? { objects.map(\.bytesRead) ?? lines.bytesRead }

  /// Whether a row may carry a teacher's answer: there is a column for one, or rows are objects.
  public var mayHaveAnswers: Bool { answers.mayFindSome(in: format) }

  /// The next row; nil at the end.
  ///
  /// - Throws: `FileError` if the text is not acceptable, `TextError` if the row is not.
  public func next() throws -> LabelledRow? {
    let row: LabelledRow?
    switch format {
    case .txt:
      row = try nextLine()
      if let row, row.text.utf8.contains(UInt8(ascii: "\t")) { seen.tabs.add(line: row.line) }
    case .jsonl:
      guard let objects else { return nil }
      row =
        try layout.holdsWords
        ? wordObjects.next(of: objects, answers: &answers)
        : objectRows.next(of: objects, path: path, answers: &answers)
    case .conll: row = try words?.next(of: lines)
    case .tsv, .csv: row = try nextRecord()
    }
    if let row, format != .txt, row.text.isEmpty { seen.empty.add(line: row.line) }
    return row
  }

  private func nextLine() throws -> LabelledRow? {
    while let (number, text) = try lines.next() {
      try FastText.refuse(text, line: number, of: path)
      guard layout.leavesOutBlankLines, text.allSatisfy(\.isWhitespace) else {
        return LabelledRow(text: text, line: number)
      }
      seen.blank.add(line: number)
    }
    return nil
  }

  private func place(_ line: Int) -> String { "\(path):\(line)" }

  /// Whether quotation marks count as text because nobody said otherwise.
  private var takesMarksAsText: Bool {
    format == .tsv && layout.quoting == nil && layout.glue == nil
  }

  private func readHeader() throws {
    guard let records else { return }
    guard let (line, fields) = try firstRecord(of: records) else {
      throw TextError(path, "is empty; give a file with a header and at least one row")
    }
    var layout = layout
    if let glue = layout.glue {
      guard let known = glue.layout(ofFirstLine: fields) else {
        if format == .tsv { try refuseQuoted(fields, line: line) }
        throw TextError(
          place(line),
          "is not the header of \(glue.rawValue) (\(glue.headerInWords)); add it, or leave --glue out "
            + "and name the columns")
      }
      layout = known
    }
    hasHeader = layout.hasHeader && layout.columnNames.isEmpty
    if !layout.columnNames.isEmpty {
      columns = layout.columnNames
      if try layout.isHeader(fields, at: place(line)) {
        seen.headerLine = line
      } else {
        seen.saidNames = layout.namesSaid(by: fields)
        waiting = (line, fields)
      }
    } else if hasHeader {
      columns = fields
      if takesMarksAsText { try refuseQuoted(fields, line: line) }
      var seen: Set<String> = []
      if let repeated = fields.first(where: {
        !seen.insert($0).inserted && layout.mayRead($0)
      }) {
        throw TextError(
          place(line),
          "names the column '\(printable(String(repeated.prefix(60))))' twice; rename one")
      }
    } else {
      columns = fields.indices.map { "\($0 + 1)" }
      waiting = (line, fields)
    }
    var places = try layout.resolve(columns, at: place(line))
    if hasHeader || !layout.columnNames.isEmpty {
      if let scores = try layout.scoresAsLabels(places, in: columns, at: place(line)) {
        places.label = scores
        answers.leaveScoresOut()
        seen.labelledByScores = true
      }
      try answers.findColumns(columns, at: place(line))
    }
    self.places = places
  }

  /// The first record that is not a blank line; in a file of one column without header that is a text.
  private func firstRecord(of records: RecordReader) throws -> (line: Int, fields: [String])? {
    while let record = try records.next() {
      guard layout.columnNames.count != 1, Self.isBlank(record.fields) else { return record }
    }
    return nil
  }

  static func isBlank(_ fields: [String]) -> Bool {
    fields.count == 1 && fields.first?.utf8.allSatisfy { $0 == 0x20 } == true
  }

  private func refuseQuoted(_ header: [String], line: Int) throws {
    guard layout.quoting == nil, let name = header.first(where: Quoting.isQuoted) else { return }
    throw TextError(
      place(line),
      "the column \(printable(String(name.prefix(60)))) is named in quotation marks, as in CSV; give "
        + "--quoting csv")
  }

  private func nextRecord() throws -> LabelledRow? {
    while let (line, fields) = try nextFields() {
      if fields.count == columns.count, let places {
        var row = LabelledRow(
          text: fields[places.text], pair: places.pair.map { fields[$0] },
          answer: try answer(fields, places, line: line), id: places.id.map { fields[$0] },
          line: line)
        row.teacher = try answers.answer(in: fields, path: path, line: line)
        row.teacherName = places.teacher.map { fields[$0] }
        if takesMarksAsText {
          openLine = fields.last.map(Quoting.isOpen) == true ? line : nil
          let used = [row.text, row.pair, places.label.map { fields[$0] }]
          if used.contains(where: { $0.map(Quoting.isQuoted) == true }) {
            seen.quoted.add(line: line)
          }
        }
        return row
      }
      // Editors end files with blank lines; in one column a blank line is an empty text.
      if Self.isBlank(fields) { continue }
      try refuseHalf(fields, line: line)
      if skipsMalformedRows == true {
        skippedRows += 1
        continue
      }
      // A separator within marks parts fields where marks are characters like others.
      let isQuoted = takesMarksAsText && fields.contains(where: Quoting.isOpen)
      throw TextError(
        place(line),
        "has \(fields.count) columns, \(hasHeader ? "the header" : "the first row") has "
          + "\(columns.count); "
          + (isQuoted
            ? "give --quoting csv, or correct the row"
            : skipsMalformedRows == false
              ? "correct the row, or give --skip-malformed-rows" : "correct the row"))
    }
    return nil
  }

  private func answer(
    _ fields: [String], _ places: RowLayout.Places, line: Int
  ) throws -> RowAnswer {
    switch layout.severalLabels {
    case .columns(let names) where !places.labels.isEmpty:
      let marks = places.labels.map { fields[$0] }
      return try SeveralLabels.marked(names, marks, at: place(line))
    case .separated(let separator):
      return try places.label.map {
        try SeveralLabels.split(fields[$0], by: separator, at: place(line))
      } ?? .none
    default: return places.label.map { .label(fields[$0]) } ?? .none
    }
  }

  /// Refuses half of a row that a quoted line break cut in two, or the row would be read as the text
  /// that its other half holds.
  private func refuseHalf(_ fields: [String], line: Int) throws {
    guard takesMarksAsText, fields.count < columns.count else { return }
    guard let opening = openLine ?? (fields.last.map(Quoting.isOpen) == true ? line : nil) else {
      return
    }
    throw TextError(
      place(opening),
      "a quotation mark opens a field that goes on in the next line, as in CSV; give --quoting csv, "
        + "or --quoting none where the mark is a character like others")
  }

  private func nextFields() throws -> (line: Int, fields: [String])? {
    if let waiting {
      self.waiting = nil
      return waiting
    }
    return try records?.next()
  }
}
