/// Something that reads the rows of a file one after the other.
public protocol RowSource: AnyObject {
  /// The file, `<stdin>` for standard input.
  var path: String { get }

  /// How many rows were left out so far because they cannot be used.
  var skippedRows: Int { get }

  /// What the user should know of the rows so far, a line each.
  var remarks: [String] { get }

  /// Whether rows may carry a teacher's answers.
  var mayHaveAnswers: Bool { get }

  /// Bytes of the file that the rows so far took; nil where that is not known.
  var bytesRead: Int? { get }

  /// The next row; nil at the end.
  ///
  /// - Throws: `FileError` if the text is not acceptable, `TextError` if the row is not.
  func next() throws -> LabelledRow?
}

extension RowReader: RowSource {}
