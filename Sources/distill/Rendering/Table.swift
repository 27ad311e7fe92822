import Files

/// A plain text table, two spaces between columns: the first to the left, the others to the right,
/// or all to the left where they hold words.
struct Table {
  /// Titles of the columns.
  let header: [String]
  /// The rows, each as long as the header.
  var rows: [[String]] = []

  private let isLeftAligned: Bool

  init(_ header: [String], isLeftAligned: Bool = false) {
    self.header = header
    self.isLeftAligned = isLeftAligned
  }

  /// The lines to print.
  var lines: [String] {
    let all = ([header] + rows).map { $0.map { briefly($0) } }
    let widths = header.indices.map { column in
      all.map { $0[column].count }.max() ?? 0
    }
    return all.map { row in
      row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 || isLeftAligned ? row[column] + space : space + row[column]
      }.joined(separator: "  ").trimmingTrail
    }
  }

  /// The lines to print where lines are so wide: a table that is wider is cut between columns, each part
  /// with the first column again.
  func lines(within width: Int) -> [String] {
    let widths = header.indices.map { column in
      ([header] + rows).map { briefly($0[column]).count }.max() ?? 0
    }
    var parts: [[Int]] = []
    var room = 0
    for column in header.indices.dropFirst() {
      if room < widths[column] + 2 || parts.isEmpty {
        parts.append([0])
        room = width - (widths.first ?? 0)
      }
      parts[parts.count - 1].append(column)
      room -= widths[column] + 2
    }
    guard parts.count > 1 else { return lines }
    let tables = parts.map { columns in
      var part = Table(columns.map { header[$0] }, isLeftAligned: isLeftAligned)
      part.rows = rows.map { row in columns.map { row[$0] } }
      return part.lines
    }
    return Array(tables.joined(separator: [""]))
  }

  /// The table with long values cut, at their ends or, where a row's would look alike then, at their
  /// beginnings; the first column stays whole, and so does what would look alike both ways.
  func shortened(to length: Int) -> Table {
    let cuts: [(String) -> String] = [
      { $0.count <= length ? $0 : $0.prefix(length - 1) + "…" },
      { $0.count <= length ? $0 : "…" + $0.suffix(length - 1) },
    ]
    var table = self
    table.rows = rows.map { row in
      let values = Array(row.dropFirst())
      let short = cuts.lazy.map { values.map($0) }.first { Set($0).count == Set(values).count }
      return row.prefix(1) + (short ?? values)
    }
    return table
  }

  /// The lines of a Markdown table.
  var markdownLines: [String] {
    let rule = header.indices.map { $0 == 0 || isLeftAligned ? "---" : "---:" }
    return ([header, rule] + rows).map { row in
      "| " + row.map { briefly($0).replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }
  }
}

extension String {
  /// Without spaces at the end.
  var trimmingTrail: String {
    var text = self
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }
}
