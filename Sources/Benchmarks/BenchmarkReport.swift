import Files

/// What a benchmark found, for people and for programs.
public struct BenchmarkReport {
  /// The figures in the order to show them, rounded, with their units.
  public let facts: [(name: String, value: String)]
  /// Titles of the table below the figures.
  public let columns: [String]
  /// The rows of that table; none where there is nothing to list.
  public let rows: [[String]]

  /// The same, unrounded, under stable names.
  let document: JSONObject

  init(
    facts: [(name: String, value: String)], columns: [String] = [], rows: [[String]] = [],
    document: JSONObject
  ) {
    self.facts = facts
    self.columns = columns
    self.rows = rows
    self.document = document
  }

  /// One JSON document with stable keys.
  ///
  /// - Throws: `FileError` for a figure that is not finite.
  public func json() throws -> String {
    var named = JSONObject([("schema", .string("distill.bench/1"))])
    for member in document.members { named.append(member.name, member.value) }
    return String(decoding: try JSONValue.object(named).encoded(), as: UTF8.self)
  }
}

extension Array where Element: Comparable {
  /// Place of the middle element in size, the lower of two; `nil` of none.
  var medianIndex: Int? {
    guard !isEmpty else { return nil }
    return indices.sorted { self[$0] < self[$1] }[(count - 1) / 2]
  }

  /// The middle element in size, the lower of two; `nil` of none.
  var median: Element? { medianIndex.map { self[$0] } }
}
