import Files
import Text

/// The names of a task's classes; a name's place is its class.
struct LabelSet {
  /// The names in order.
  let names: [String]

  /// A set with the given order.
  ///
  /// - Throws: `TextError` if there are fewer than two, or an empty or repeated one.
  init(_ names: [String]) throws {
    let list = names.map { "'\(printable($0))'" }.joined(separator: ", ")
    guard names.count >= 2 else {
      throw TextError("labels", "there must be at least two classes, not [\(list)]")
    }
    guard !names.contains(""), Set(names).count == names.count else {
      throw TextError("labels", "every name must be given once and none be empty: [\(list)]")
    }
    self.names = names
  }

  /// The labels that occur, sorted: by number where all are integers, else by their UTF-8 bytes.
  ///
  /// - Throws: `TextError` where a row has no label, and as `init`.
  init(of rows: [LabelledRow], path: String) throws {
    var names: Set<String> = []
    for row in rows { names.insert(try row.requiredLabel(path)) }
    let numbers = names.compactMap { name in Int(name).map { (number: $0, name: name) } }
    if numbers.count == names.count {
      try self.init(
        numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name))
    } else {
      try self.init(names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
  }

  /// The class of each row.
  ///
  /// - Throws: `TextError` that lists the first five lines with another label, and the set.
  func classes(of rows: [LabelledRow], path: String) throws -> [Int32] {
    var places: [String: Int32] = [:]
    for (place, name) in names.enumerated() { places[name] = Int32(place) }
    var classes: [Int32] = []
    var unknown: [LabelledRow] = []
    for row in rows {
      if let place = places[try row.requiredLabel(path)] {
        classes.append(place)
      } else {
        unknown.append(row)
      }
    }
    if unknown.isEmpty { return classes }
    throw TextError(
      path, line: unknown[0].line,
      "\(unknown.count) rows have unknown labels (\(LabelledRow.firstFive(unknown))); allowed are "
        + names.map { "'\(printable($0))'" }.joined(separator: ", ")
        + ": correct them, or name all labels")
  }
}

extension LabelledRow {
  /// The label, which must be there.
  ///
  /// - Throws: `TextError` naming the line.
  func requiredLabel(_ path: String) throws -> String {
    guard let label else {
      throw TextError(path, line: line, "has no label; name the column of the label")
    }
    guard !label.isEmpty else {
      throw TextError(path, line: line, "the label is empty; fill it in")
    }
    return label
  }

  /// The first five lines and their labels, for a message.
  static func firstFive(_ rows: [LabelledRow]) -> String {
    rows.prefix(5).map { "line \($0.line): '\(printable($0.label ?? ""))'" }.joined(separator: ", ")
  }
}
