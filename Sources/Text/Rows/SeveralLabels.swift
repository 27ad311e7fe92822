internal import Files

/// How a row says which of several labels it has.
public enum SeveralLabels: Sendable, Hashable {
  /// In the column of the label, this between them; in JSON also as a list.
  case separated(by: String)
  /// In a column, or under a key, a label: 1 where it applies, 0 where it does not.
  case columns([String])

  /// Whether a field holds a list of labels, as JSON or Python writes it.
  public static func isList(_ text: String) -> Bool { WrittenList.names(in: text) != nil }

  /// Whether a field holds a list, or a tuple or set as Python writes it.
  package static func isSeveral(_ text: String) -> Bool { isList(text) || WrittenList.isPart(text) }

  /// What a list holds; empty for none.
  package static func items(of text: String) -> [String] { WrittenList.names(in: text) ?? [] }

  /// The labels of a field; an empty one has none.
  ///
  /// A list is read as one, whether it is written as in JSON or as in Python.
  ///
  /// - Throws: `TextError` where a separator has no label beside it, or a list cannot be read.
  static func split(_ text: String, by separator: String, at place: String) throws -> RowAnswer {
    if let listed = WrittenList.names(in: text) { return try all(listed, at: place) }
    let names = text.split(separator: separator, omittingEmptySubsequences: false).map { piece in
      String(piece.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
    if WrittenList.isPart(text) || names.contains(where: WrittenList.isHalf) {
      throw TextError(
        place,
        "its labels look like a list and cannot be read as one: \(printable(String(text.prefix(60)))); "
          + "write [\"a\", \"b\"], or the labels alone with '\(printable(separator))' between them")
    }
    return try names == [""] ? .labels([]) : all(names, at: place)
  }

  /// Labels that are listed.
  ///
  /// - Throws: `TextError` where one is empty.
  static func all(_ names: [String], at place: String) throws -> RowAnswer {
    guard names.allSatisfy({ $0.contains { !$0.isWhitespace } }) else {
      throw TextError(place, "one of its labels is empty; write each once, and nothing between")
    }
    return .labels(names)
  }

  /// The labels whose mark says that they apply; where all marks are empty, or -1, nothing is known.
  ///
  /// - Throws: `TextError` for any other mark than 0 and 1, however written.
  static func marked(_ names: [String], _ marks: [String], at place: String) throws -> RowAnswer {
    if marks.allSatisfy({ ["", "-1", "-1.0"].contains($0) }) { return .label("") }
    var applying: [String] = []
    for (name, mark) in zip(names, marks) {
      switch mark.lowercased() {
      case "1", "1.0", "true": applying.append(name)
      case "0", "0.0", "false": break
      default:
        throw TextError(
          place,
          "'\(printable(name))' is "
            + (mark.isEmpty ? "empty" : "'\(printable(String(mark.prefix(60))))'")
            + ", neither 0 nor 1; correct it, or name other columns with --label-columns")
      }
    }
    return .labels(applying)
  }
}
