internal import Files

/// What a reader of records counts.
final class LooseMarks {
  var tally = RowRemarks.Tally()
}

/// Reads the records of a file with columns, each a line or, where fields are quoted, several.
struct RecordReader {
  /// The most bytes that a record of several lines may have, as one line may: a quotation mark that is
  /// never closed must not take in the rest of a file.
  static let sizeLimit = 1 << 24

  let lines: LineReader
  let separator: UInt8
  let quoting: Quoting
  /// Records with marks within fields that do not begin with one.
  let looseMarks = LooseMarks()

  /// The next record and the line on which it starts; nil at the end.
  func next() throws -> (line: Int, fields: [String])? {
    guard let (number, text) = try lines.next() else { return nil }
    if quoting == .none {
      let fields = text.utf8.split(separator: separator, omittingEmptySubsequences: false)
      // A cut at an ASCII byte leaves UTF-8 on both sides.
      return (number, fields.map { String(Substring($0)) })
    }
    var record = QuotedRecord(separator: separator)
    var (line, place) = (text, number)
    while true {
      switch record.append(line, number: place) {
      case .complete:
        if record.hasLooseMarks { looseMarks.tally.add(line: number) }
        return (number, record.fields)
      case .malformed(let reason):
        throw TextError(lines.path, line: place, reason)
      case .needsLine:
        guard record.size <= Self.sizeLimit else {
          throw unclosed(record, "is not closed within \(Self.sizeLimit) bytes")
        }
        guard let more = try lines.next() else { throw unclosed(record, "is never closed") }
        (place, line) = more
      }
    }
  }

  private func unclosed(_ record: QuotedRecord, _ fault: String) -> TextError {
    TextError(
      lines.path, line: record.openingLine,
      "a quoted field \(fault); close it, or give --quoting none")
  }
}
