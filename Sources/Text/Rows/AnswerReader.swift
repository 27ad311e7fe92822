internal import Files

/// Finds the teacher's answer of each row of a file: in the keys `logits`, `probabilities` and `score`
/// of its objects, or in columns of these names.
///
/// The names are found in any case. A value is a list in the order of the labels or an object by label
/// name, a score a number. In files
/// with columns a cell holds the same as JSON, or a label has a column of its own, `logits.NAME`. All
/// rows of a file have the same kind of answer; any may have none.
struct AnswerReader {
  typealias Kind = TeacherAnswer.Kind

  /// Rows with answers of two kinds, of which one counts.
  private(set) var twofold = RowRemarks.Tally()
  /// Rows with a score that nobody asked for.
  private(set) var scores = RowRemarks.Tally()
  /// Rows with an answer of a kind that is not read, and none that is.
  private(set) var unread = RowRemarks.Tally()

  /// What is looked for; what counts first comes first.
  private var kinds: [Kind]
  /// What is counted and not read.
  private let unreadKinds: [Kind]
  /// What the columns of texts, label and name are called.
  private let own: [RowLayout.Column?]
  private var looksForScores: Bool
  /// Keys under which a label is looked for though nobody has named them.
  private let labelKeys: [String]
  /// The kind of the rows so far, and the line of the first of them.
  private var known: (kind: Kind, line: Int)?
  /// The names that the last row had: rows share them.
  private var names: [String] = []
  private var columns: [Kind: Columns] = [:]

  /// Where a kind lies in files with columns.
  private enum Columns {
    case cell(Int)
    case spread(names: [String], places: [Int])
  }

  init(layout: RowLayout) {
    let own = [layout.text, layout.pair, layout.label, layout.id]
    let isFree = { (kind: Kind) in !own.contains(.named(kind.rawValue)) }
    self.own = own
    kinds = layout.answers.filter(isFree)
    unreadKinds = layout.unreadAnswers.filter(isFree)
    looksForScores = !kinds.isEmpty && !kinds.contains(.score) && isFree(.score)
    let keys = layout.listsLabels ? ["label", "labels"] : ["label"]
    labelKeys = layout.readsAnswers && layout.label == nil ? keys : []
  }

  /// Leaves the scores of a file alone: they are its labels.
  mutating func leaveScoresOut() {
    kinds.removeAll { $0 == .score }
    looksForScores = false
  }

  /// Whether there may be answers in what is read.
  func mayFindSome(in format: RowFormat) -> Bool {
    format == .jsonl ? !kinds.isEmpty : kinds.contains { columns[$0] != nil }
  }

  // MARK: Objects

  /// The answer of a row that is an object, nil where it has none.
  ///
  /// - Throws: `TextError` naming the place.
  mutating func answer(in object: JSONObject, path: String, line: Int) throws -> TeacherAnswer? {
    let place = "\(path):\(line)"
    try refusePredictions(object, at: place)
    guard !kinds.isEmpty else {
      noteUnread(in: object, line: line)
      return nil
    }
    if looksForScores, value(.score, in: object) != nil { scores.add(line: line) }
    let found = kinds.filter { value($0, in: object) != nil }
    if found.isEmpty { noteUnread(in: object, line: line) }
    guard let kind = try chosen(of: found, path: path, line: line),
      let value = value(kind, in: object)
    else { return nil }
    return try answer(kind, value, at: place)
  }

  /// Counts a row that has an answer of a kind that is not read.
  mutating func noteUnread(in object: JSONObject, line: Int) {
    if unreadKinds.contains(where: { value($0, in: object) != nil }) { unread.add(line: line) }
  }

  /// What an object has for a kind, its key in any case; nil where it has null or nothing.
  private func value(_ kind: Kind, in object: JSONObject) -> JSONValue? {
    let name = kind.rawValue
    let value =
      object[name]
      ?? object.members.first {
        $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name
          && !own.contains(.named($0.name))
      }?.value
    return value == .null ? nil : value
  }

  /// Refuses what `distill predict --json` writes: its label is the model's own, and to take it for a
  /// gold one would be wrong in silence.
  private func refusePredictions(_ object: JSONObject, at place: String) throws {
    let key = labelKeys.first { key in
      key == "label" ? object[key]?.string != nil : object[key]?.array != nil
    }
    guard let key, object["logits"]?.array != nil, object["probabilities"]?.array != nil else {
      return
    }
    throw TextError(
      place,
      "'\(key)' stands beside 'logits' and 'probabilities', as predict --json writes it, where it is "
        + "the model's own answer; predict with --logits for rows to learn from, or give "
        + "--label-column \(key) if it is the right one")
  }

  /// The kind of answer that counts of those that a row has.
  private mutating func chosen(of found: [Kind], path: String, line: Int) throws -> Kind? {
    guard let first = found.first else { return nil }
    if found.count > 1 { twofold.add(line: line) }
    guard let known else {
      known = (first, line)
      return first
    }
    guard found.contains(known.kind) else {
      throw TextError(
        path, line: line,
        "has '\(first.rawValue)', line \(known.line) has '\(known.kind.rawValue)'; give all rows of a "
          + "file the same kind of answer")
    }
    return known.kind
  }

  private mutating func answer(
    _ kind: Kind, _ value: JSONValue, at place: String
  ) throws -> TeacherAnswer {
    if kind == .score {
      guard let number = value.real else {
        throw refusal(kind, "is \(value.kindName)", "it must be a number", at: place)
      }
      return TeacherAnswer(kind, values: [number])
    }
    switch value {
    case .array(let elements) where !elements.isEmpty:
      return TeacherAnswer(
        kind, values: try elements.enumerated().map { try number($1, $0 + 1, of: kind, at: place) })
    case .object(let object) where !object.members.isEmpty:
      let values = try object.members.map { member in
        guard let number = member.value.real else {
          throw refusal(
            kind, "has \(member.value.kindName) for '\(Self.shown(member.name))'",
            "it must be a number", at: place)
        }
        return number
      }
      share(object.members.map(\.name))
      return TeacherAnswer(kind, names: names, values: values)
    case .array, .object:
      throw refusal(kind, "is empty", "give a number for each label, or leave it out", at: place)
    default:
      throw refusal(
        kind, "is \(value.kindName)", "it must be a list of numbers, or an object by label name",
        at: place)
    }
  }

  private func number(
    _ value: JSONValue, _ position: Int, of kind: Kind, at place: String
  ) throws -> Double {
    if let number = value.real { return number }
    throw refusal(
      kind, "has \(value.kindName) in place \(position)", "it must be a number", at: place)
  }

  private mutating func share(_ found: [String]) {
    if !names.elementsEqual(found, by: { $0.utf8.elementsEqual($1.utf8) }) { names = found }
  }

  private func refusal(_ kind: Kind, _ fault: String, _ cure: String, at place: String) -> TextError
  {
    TextError(place, "'\(kind.rawValue)' \(fault); \(cure)")
  }

  private static func shown(_ name: String) -> String { printable(String(name.prefix(60))) }

  // MARK: Columns

  /// Finds the columns by the names in the header.
  ///
  /// - Throws: `TextError` where a kind stands in one column and in several.
  mutating func findColumns(_ header: [String], at place: String) throws {
    let wanted = kinds + unreadKinds + (looksForScores ? [.score] : [])
    for kind in wanted {
      let prefix = kind.rawValue + "."
      let cell = try RowLayout.usual(kind.rawValue, in: header, at: place)
        .flatMap { own.contains(.named(header[$0])) ? nil : $0 }
      let places = header.indices.filter {
        header[$0].lowercased().hasPrefix(prefix) && !own.contains(.named(header[$0]))
      }
      if kind == .score || places.isEmpty {
        columns[kind] = cell.map { .cell($0) }
        continue
      }
      guard cell == nil else {
        throw TextError(
          place,
          "has the column '\(kind.rawValue)' and '\(Self.shown(header[places[0]]))' too; leave one out"
        )
      }
      columns[kind] = .spread(
        names: places.map { String(header[$0].dropFirst(prefix.count)) }, places: places)
    }
  }

  /// The answer of a row of columns, nil where it has none.
  ///
  /// - Throws: `TextError` naming the place.
  mutating func answer(in fields: [String], path: String, line: Int) throws -> TeacherAnswer? {
    guard !columns.isEmpty else { return nil }
    let columns = columns
    let isBlank = { (place: Int) in fields[place].allSatisfy(\.isWhitespace) }
    let isThere = { (kind: Kind) -> Bool in
      switch columns[kind] {
      case nil: false
      case .cell(let place): !isBlank(place)
      case .spread(_, let places): !places.allSatisfy(isBlank)
      }
    }
    if looksForScores, isThere(.score) { scores.add(line: line) }
    let found = kinds.filter(isThere)
    if found.isEmpty, unreadKinds.contains(where: isThere) { unread.add(line: line) }
    guard let kind = try chosen(of: found, path: path, line: line) else { return nil }
    let place = "\(path):\(line)"
    switch columns[kind] {
    case nil: return nil
    case .cell(let column):
      if kind == .score, let number = DecimalNumber.value(of: fields[column]) {
        return TeacherAnswer(kind, values: [number])
      }
      guard let value = Self.json(fields[column]) else {
        throw refusal(
          kind, "is '\(Self.shown(fields[column]))'",
          kind == .score
            ? "it must be a number"
            : "it must be a list of numbers, [0.1, 0.9], or an object by label name with \"double\" "
              + "quotes", at: place)
      }
      return try answer(kind, value, at: place)
    case .spread(let labels, let places):
      share(labels)
      let values = try zip(labels, places).map { label, column in
        guard let number = DecimalNumber.value(of: fields[column]) else {
          throw TextError(
            place,
            "'\(kind.rawValue).\(Self.shown(label))' is '\(Self.shown(fields[column]))'; it must be a "
              + "number, or all of them be empty")
        }
        return number
      }
      return TeacherAnswer(kind, names: names, values: values)
    }
  }

  private static func json(_ text: String) -> JSONValue? {
    try? StrictJSON.parse(Array(text.utf8), path: "cell")
  }
}
