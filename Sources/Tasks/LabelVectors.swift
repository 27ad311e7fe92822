import Files
public import Text

/// Lists of 0 and 1, a place a label, which is how transformers wants labels of which any number may apply.
///
/// Read as names of labels they would all be `0` and `1`.
public enum LabelVectors {
  private static let ones: Set<String> = ["1", "1.0", "true"]
  private static let zeros: Set<String> = ["0", "0.0", "false"]

  /// Rows of a file with the names of their labels in place of such lists.
  ///
  /// Lists are that where all hold only 0 and 1, and either one of them holds a number twice, or all have
  /// the same number of places, two at least.
  ///
  /// - Parameters:
  ///   - rows: All rows of the file.
  ///   - labels: The names in the order of the places; empty where nobody has given them.
  ///   - path: The file.
  /// - Returns: The rows; as they are where they hold no such lists.
  /// - Throws: `TextError` where the names are not given, a list has another number of places, or lists
  ///   hold fractions.
  public static func named(
    _ rows: [LabelledRow], labels: [String], path: String
  ) throws -> [LabelledRow] {
    try refuseFractions(rows, labels: labels, path: path)
    guard let first = try first(of: rows) else { return rows }
    guard !labels.isEmpty else {
      throw TextError(
        path, line: first.line,
        "its labels are \(first.places) numbers of 0 and 1, a place a label; name the labels in that "
          + "order with --labels a,b,...")
    }
    return try rows.map { row in
      guard case .labels(let marks) = row.answer else { return row }
      guard marks.count == labels.count else {
        throw TextError(
          path, line: row.line,
          "its labels are \(marks.count) numbers of 0 and 1, \(labels.count) labels are named; give "
            + "one for each")
      }
      var row = row
      row.answer = .labels(zip(labels, marks).filter { ones.contains($1) }.map(\.0))
      return row
    }
  }

  /// Refuses lists of numbers of which some are fractions, unless these are names of labels: so a model
  /// answers, and no threshold is ours to choose.
  private static func refuseFractions(
    _ rows: [LabelledRow], labels: [String], path: String
  ) throws {
    let wrong = rows.filter { row in
      guard case .labels(let names) = row.answer else { return false }
      return names.allSatisfy { Double($0) != nil } && names.contains(where: LabelSet.isFraction)
        && !Set(names).isSubset(of: labels)
    }
    guard let row = wrong.first, case .labels(let numbers) = row.answer else { return }
    throw TextError(
      path, line: row.line,
      "\(wrong.count) rows have lists of fractions as labels, this one "
        + "[\(printable(String(numbers.prefix(5).joined(separator: ", ").prefix(60))))]; if a model "
        + "answered so, call them 'probabilities' or 'logits' and name the labels in their order with "
        + "--labels a,b,...")
  }

  /// The line of the first list and the number of its places; nil where the lists are names.
  private static func first(of rows: [LabelledRow]) throws -> (line: Int, places: Int)? {
    var first: (line: Int, places: Int)?
    var (areEqual, isRepeated) = (true, false)
    for row in rows {
      guard case .labels(let names) = row.answer else { continue }
      let applying = names.count { ones.contains($0) }
      let others = names.count { zeros.contains($0) }
      guard applying + others == names.count else { return nil }
      let found = first ?? (row.line, names.count)
      first = found
      areEqual = areEqual && names.count == found.places
      isRepeated = isRepeated || applying > 1 || others > 1
    }
    guard let first, isRepeated || areEqual && first.places > 1 else { return nil }
    return first
  }
}
