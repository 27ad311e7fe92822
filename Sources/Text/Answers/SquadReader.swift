internal import Files

/// Reads questions about texts: SQuAD's JSON of versions 1.1 and 2.0 as it is published, a list of rows
/// as Hugging Face's `run_qa.py` takes them (`{"data": [...]}`), or such rows one a line.
///
/// A row has the question as its text and the context as its second text; contexts that are the same
/// share their memory. Places of answers are counted in Unicode scalars. Whatever cannot be used is an
/// error with its place in the file; what is mended or may not be meant is counted, for `remarks`.
public final class SquadReader: RowSource {
  /// How a file holds questions.
  public enum Format: String, Sendable, CaseIterable {
    /// One JSON document.
    case json
    /// A JSON object a line.
    case jsonl
  }

  /// The file, `<stdin>` for standard input.
  public let path: String
  /// How many questions were left out so far because their answers cannot be used.
  public private(set) var skippedRows = 0

  private let readsAnswers: Bool
  private let skipsMalformedRows: Bool
  private let mayRepeatIds: Bool
  private let objects: JSONObjects?
  private var document: SquadDocument
  private var contexts: [ExactText: CountedText] = [:]
  private var last: CountedText?
  private var ids: Set<ExactText> = []
  private var rows = 0
  private var seen = SquadRemarks()

  /// The largest document that is read whole, in bytes.
  static let documentLimit = 1 << 29

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: The file; its name ends in `.json` or `.jsonl`.
  ///   - format: Its format; nil for the one that its name says.
  ///   - readsAnswers: Whether answers are looked at; they matter to nobody who asks a model.
  ///   - skipsMalformedRows: Leave out, and count, questions whose answers cannot be used.
  ///   - mayRepeatIds: Whether several questions may have one id, which is counted; where answers are
  ///     told apart by it they may not.
  /// - Throws: `FileError` if it cannot be read or is not JSON, `TextError` if it holds no questions.
  public init(
    _ path: String, format: Format? = nil, readsAnswers: Bool = true,
    skipsMalformedRows: Bool = false, mayRepeatIds: Bool = true
  ) throws {
    guard !isFolder(path) else { throw TextError(path, "is a folder; give a file of questions") }
    self.path = path
    self.readsAnswers = readsAnswers
    self.skipsMalformedRows = skipsMalformedRows
    self.mayRepeatIds = mayRepeatIds
    switch try format ?? Format(ofFile: path) {
    case .jsonl:
      objects = try JSONObjects(path)
      document = SquadDocument(path)
    case .json:
      objects = nil
      document = try SquadDocument(path, bytes: Self.bytes(of: path))
    }
  }

  /// Reads standard input; answers are not looked at, and no id may be repeated.
  ///
  /// - Parameter format: How it holds questions.
  /// - Returns: The reader.
  /// - Throws: `FileError` if it is closed or is not JSON, `TextError` if it holds no questions.
  public static func standardInput(_ format: Format = .jsonl) throws -> SquadReader {
    switch format {
    case .jsonl:
      let lines = try LineReader.standardInput()
      return SquadReader(
        lines.path, objects: try JSONObjects(lines), document: SquadDocument(lines.path))
    case .json:
      let lines = try LineReader.standardInput(lineLimit: documentLimit)
      return SquadReader(
        lines.path, objects: nil,
        document: try SquadDocument(lines.path, bytes: bytes(of: lines)))
    }
  }

  private init(_ path: String, objects: JSONObjects?, document: SquadDocument) {
    (self.path, self.objects, self.document) = (path, objects, document)
    (readsAnswers, skipsMalformedRows, mayRepeatIds) = (false, false, false)
  }

  /// What the user should know of the questions so far, a line each.
  public var remarks: [String] { seen.sentences }

  /// Bytes of the file that the questions so far took; nil in a document, which is read whole.
  public var bytesRead: Int? { objects?.bytesRead }

  /// A question carries none.
  public var mayHaveAnswers: Bool { false }

  /// The next question; nil at the end.
  ///
  /// - Throws: `FileError` or `TextError` naming its place.
  public func next() throws -> LabelledRow? {
    while let entry = try nextEntry() {
      rows += 1
      if let row = try row(entry) { return row }
      skippedRows += 1
    }
    return nil
  }

  /// A question as the file has it.
  struct Entry {
    /// Where it stands, for messages.
    let place: String
    /// Its line, or its number in a document, from 1.
    let line: Int
    /// The object with the question.
    let question: JSONObject
    /// The object with the context.
    let paragraph: JSONObject
  }

  private func nextEntry() throws -> Entry? {
    guard let objects else {
      return try document.next().map {
        Entry(place: $0.place, line: rows + 1, question: $0.question, paragraph: $0.paragraph)
      }
    }
    return try objects.next().map {
      Entry(place: $0.place, line: $0.number, question: $0.object, paragraph: $0.object)
    }
  }

  /// The row of a question; nil where it is left out.
  private func row(_ entry: Entry) throws -> LabelledRow? {
    let context = try context(of: entry)
    let question = String(
      try entry.question.text("question", at: entry.place).unicodeScalars.drop {
        $0.properties.isWhitespace || (0x1C...0x1F).contains($0.value)
      })
    if question.isEmpty { seen.empty.add(line: entry.place) }
    var id: String?
    if let value = entry.question["id"], value != .null {
      guard let name = value.string ?? value.integer.map({ "\($0)" }) else {
        throw TextError(
          entry.place, "'id' is \(value.kindName); it must be a string or an integer")
      }
      if !ids.insert(ExactText(name)).inserted {
        guard mayRepeatIds else {
          throw TextError(
            entry.place,
            "the id '\(printable(String(name.prefix(60))))' is another question's too; give each its "
              + "own")
        }
        seen.repeated.add(line: entry.place)
      }
      id = name
    }
    var answer = RowAnswer.none
    do {
      if readsAnswers { answer = try SquadAnswers(entry, in: context, &seen).answer }
    } catch let error as TextError {
      guard skipsMalformedRows else { throw error }
      return nil
    }
    return LabelledRow(
      text: question, pair: context.text, answer: answer, id: id, line: entry.line)
  }

  private func context(of entry: Entry) throws -> CountedText {
    if objects != nil, entry.paragraph["context"] == nil, entry.paragraph["data"]?.array != nil {
      throw TextError(
        entry.place, "is a document of SQuAD, not a question a line; give --format json")
    }
    let text = ExactText(try entry.paragraph.text("context", at: entry.place))
    if let last, ExactText(last.text) == text { return last }
    let context = contexts[text] ?? CountedText(text.text)
    guard context.count > 0 else {
      throw TextError(entry.place, "'context' is empty; give the text that holds the answer")
    }
    contexts[text] = context
    last = context
    return context
  }

  private static func bytes(of path: String) throws -> [UInt8] {
    guard try RegularFile(path).size <= documentLimit else { throw tooLarge(path) }
    // Line by line, since what is packed is unpacked so.
    return try bytes(of: try LineReader(path, lineLimit: documentLimit))
  }

  private static func bytes(of lines: LineReader) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while let (number, text) = try lines.next() {
      if number > 1 { bytes.append(UInt8(ascii: "\n")) }
      guard text.utf8.count <= documentLimit - bytes.count else { throw tooLarge(lines.path) }
      bytes += text.utf8
    }
    return bytes
  }

  private static func tooLarge(_ path: String) -> TextError {
    TextError(
      path,
      "is larger than the \(documentLimit) bytes of a document that is read whole; write one question a "
        + "line (.jsonl)")
  }
}

extension SquadReader.Format {
  /// The format that a file's name ends with; of `.json` the contents tell whether it is lines.
  ///
  /// - Throws: `TextError` for any other ending.
  public init(ofFile path: String) throws {
    guard let format = try RowFormat.ending(of: path).flatMap(SquadReader.Format.init(rawValue:))
    else {
      throw TextError(
        path,
        "the name does not end in .json (SQuAD) or .jsonl, as files of questions do; rename the file if it is "
          + "one, else write a question a line as an object (.jsonl)"
      )
    }
    self = format == .json && (try? JSONForm(path)) == .lines ? .jsonl : format
  }
}

extension JSONObject {
  /// The string of a key that must be there.
  func text(_ key: String, at place: String) throws -> String {
    guard let text = self[key]?.string else {
      throw TextError(
        place, "'\(key)' is \(self[key]?.kindName ?? "missing"); it must be a string")
    }
    return text
  }
}
