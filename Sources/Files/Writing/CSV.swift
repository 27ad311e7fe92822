/// Rows with commas between their values (RFC 4180).
package enum CSV {
  /// The rows as lines, the first with the names of the columns.
  package static func lines(_ rows: [[String]]) -> [String] {
    rows.map { row in row.map(value).joined(separator: ",") }
  }

  /// A value, in quotes where a reader would take it apart; on one line.
  private static func value(_ text: String) -> String {
    let shown = printable(text)
    guard shown.utf8.contains(where: { [0x22, 0x2C].contains($0) }) || shown.hasPrefix(" ") else {
      return shown
    }
    return "\"" + shown.replacing("\"", with: "\"\"") + "\""
  }
}
