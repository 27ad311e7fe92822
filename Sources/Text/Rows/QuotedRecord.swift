/// Cuts a record into fields as RFC 4180 says, whatever separates them.
///
/// A quoted field may hold separators, quotation marks written twice and line breaks, so a record may
/// need more lines than one: `append` takes them until the record is complete. A mark within a field
/// that does not begin with one is a character, as tables have it.
struct QuotedRecord {
  /// How a record stands after a line.
  enum Progress: Equatable {
    case complete
    case needsLine
    /// No further line can mend it; says why, and the cure.
    case malformed(String)
  }

  private enum State {
    case fieldStart
    case unquoted
    case quoted
    /// Behind a quotation mark in a quoted field: its end, or the first of two.
    case quoteInQuoted
  }

  private let separator: UInt8
  private var state = State.fieldStart
  private var field: [UInt8] = []
  private(set) var fields: [String] = []
  /// Whether a mark within a field that does not begin with one was taken for a character.
  private(set) var hasLooseMarks = false
  /// Bytes of the lines so far.
  private(set) var size = 0
  /// The line in which the last quoted field opened.
  private(set) var openingLine = 0

  init(separator: UInt8) {
    self.separator = separator
  }

  /// Takes a line, without its end.
  mutating func append(_ line: String, number: Int) -> Progress {
    if state == .quoted { field.append(0x0A) }
    size += line.utf8.count + 1
    for byte in line.utf8 {
      switch (state, byte) {
      case (.fieldStart, UInt8(ascii: "\"")):
        state = .quoted
        openingLine = number
      case (.quoted, UInt8(ascii: "\"")): state = .quoteInQuoted
      case (.quoted, _): field.append(byte)
      case (.quoteInQuoted, UInt8(ascii: "\"")):
        field.append(byte)
        state = .quoted
      case (_, separator): endField()
      case (.quoteInQuoted, _):
        return .malformed(
          field.last == UInt8(ascii: "\\")
            ? "a backslash stands before a quotation mark in a quoted field, as Spark and MySQL write it; write "
              + #"the mark twice, as sed 's/\\"/""/g' does"#
            : "text follows a closing quotation mark; quote the field and double its quotation marks, or give "
              + "--quoting none")
      case (.fieldStart, _), (.unquoted, _):
        if byte == UInt8(ascii: "\"") { hasLooseMarks = true }
        field.append(byte)
        state = .unquoted
      }
    }
    if state == .quoted { return .needsLine }
    endField()
    return .complete
  }

  private mutating func endField() {
    fields.append(String(decoding: field, as: UTF8.self))
    field.removeAll(keepingCapacity: true)
    state = .fieldStart
  }
}
