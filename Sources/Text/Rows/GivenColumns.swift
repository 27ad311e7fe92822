internal import Files

extension RowLayout {
  /// The name of a column that is not read.
  public static let unreadColumn = "_"

  /// What is wrong with names for the columns of a file without header, in words; nil where nothing is.
  public static func fault(inColumns names: [String]) -> String? {
    let read = names.filter { $0 != unreadColumn }
    if names.contains(where: \.isEmpty) {
      return "one name is empty; name every column, _ for one that is not read"
    }
    var seen: Set<String> = []
    if let repeated = read.first(where: { !seen.insert($0).inserted }) {
      return "'\(printable(repeated))' is named twice; name a column that is not read _"
    }
    if read.isEmpty, !names.isEmpty {
      return "no column has a name; name those that are to be read"
    }
    return nil
  }

  /// Checks the first row of a file against the names that its columns were given.
  ///
  /// - Parameters:
  ///   - fields: The row.
  ///   - place: The file and line.
  /// - Returns: Whether the row says all the names itself: it is a header, and no row.
  /// - Throws: `TextError` where their numbers differ.
  func isHeader(_ fields: [String], at place: String) throws -> Bool {
    guard fields.count == columnNames.count else {
      throw TextError(
        place,
        "has \(fields.count) columns, --columns names \(columnNames.count); name every column, _ for "
          + "one that is not read")
    }
    let read = zip(columnNames, fields).filter { name, _ in name != Self.unreadColumn }
    return read.allSatisfy { $0.lowercased() == $1.lowercased() }
  }

  /// The names that the first row says itself, in some columns and not in all: it may be a header.
  func namesSaid(by fields: [String]) -> [String] {
    zip(columnNames, fields).filter {
      $0 != Self.unreadColumn && $0.lowercased() == $1.lowercased()
    }
    .map(\.0)
  }
}
