import Files
public import Text

/// The names of a task's classes; a name's place is its class.
///
/// A whole number written as a fraction is that number, since tables turn a column of integers with
/// gaps into `0.0` and `1.0`; a name that is given exactly so goes before.
package struct LabelSet {
  /// The names in order.
  let names: [String]

  /// A set with the given order.
  ///
  /// - Parameters:
  ///   - names: The names.
  ///   - least: How many there must be.
  /// - Throws: `TextError` if there are fewer, or an empty or repeated one, or one that would not stay
  ///   on its line.
  init(_ names: [String], least: Int = 2) throws {
    let shown = names.prefix(20).map { "'\(printable(String($0.prefix(60))))'" }
    let list =
      shown.joined(separator: ", ") + (names.count > 20 ? " and \(names.count - 20) more" : "")
    guard names.count >= least else {
      throw TextError(
        "labels", "there must be at least \(least == 1 ? "one" : "two") classes, not [\(list)]")
    }
    guard !names.contains(""), Set(names).count == names.count else {
      throw TextError("labels", "every name must be given once and none be empty: [\(list)]")
    }
    if let name = names.first(where: { printable($0) != $0 }) {
      throw TextError(
        "labels",
        "the name '\(printable(String(name.prefix(60))))' holds control characters; rename it")
    }
    self.names = names
  }

  /// The labels that occur, sorted: by number where all are integers, else by their UTF-8 bytes.
  ///
  /// - Throws: `TextError` where no row has a label, where labels are lists, are numbers or differ in case
  ///   or space alone, and as `init`.
  init(of rows: [LabelledRow], path: String, least: Int = 2) throws {
    let labelled = rows.filter { $0.hasLabel }
    guard !labelled.isEmpty else {
      throw TextError(
        path, line: rows.first?.line ?? 1,
        (rows.first?.label == nil ? "has no label" : "no row has a label")
          + "; name the column with --label-column, or give all classes with --labels if the rows "
          + "have none")
    }
    let lists = labelled.filter { $0.label.map(SeveralLabels.isSeveral) == true }
    guard lists.isEmpty else {
      let holdFractions = lists.allSatisfy {
        SeveralLabels.items(of: $0.label ?? "").contains(where: Self.isFraction)
      }
      throw TextError(
        path, line: lists[0].line,
        "\(lists.count) rows have a list, not a class (\(LabelledRow.firstFive(lists))); "
          + (holdFractions
            ? "if a model answered so, call the column 'probabilities' or 'logits' and name the classes in "
              + "their order with --labels a,b,..."
            : "give --task multi-label, or all names with --labels if they are names of classes"))
    }
    if let row = labelled.first(where: { $0.label.map { printable($0) != $0 } == true }) {
      throw TextError(
        path, line: row.line,
        "the label '\(printable(String((row.label ?? "").prefix(60))))' holds control characters; "
          + "rename it")
    }
    let written = Set(labelled.compactMap(\.label))
    // Swift takes two spellings of an accented letter for one, Python for two.
    var spellings: [String: String] = [:]
    for label in labelled.compactMap(\.label) {
      let known = spellings[label, default: label]
      guard known.utf8.elementsEqual(label.utf8) else {
        throw TextError(
          path,
          "the label '\(printable(label))' is spelt in two ways that look alike (Unicode normal "
            + "forms); write it alike, as NFC")
      }
      spellings[label] = known
    }
    let numeric = written.filter(Self.isNoClass)
    guard numeric.isEmpty else {
      let fractions = labelled.filter { numeric.contains($0.label ?? "") }
      throw TextError(
        path, line: fractions[0].line,
        "\(fractions.count) rows have a number, not a class (\(LabelledRow.firstFive(fractions))); "
          + "give --task regression to learn numbers, or all names with --labels if they are names of "
          + "classes")
    }
    let gaps = written.filter { Self.gaps.contains($0.lowercased()) }
    if !gaps.isEmpty, written.subtracting(gaps).allSatisfy({ Int(Self.wholeNumber($0)) != nil }) {
      let rows = labelled.filter { gaps.contains($0.label ?? "") }
      throw TextError(
        path, line: rows[0].line,
        "\(rows.count) rows have what tables write for no label (\(LabelledRow.firstFive(rows))); leave "
          + "the field empty, or give all names with --labels")
    }
    let names = Set(written.map(Self.wholeNumber))
    var folded: [String: String] = [:]
    for name in names.sorted() {
      let key = Int(name).map(String.init) ?? name.lowercased().filter { !$0.isWhitespace }
      if let other = folded.updateValue(name, forKey: key) {
        throw TextError(
          path,
          "the labels '\(printable(other))' and '\(printable(name))' "
            + (Int(name) == nil ? "differ in case or space alone; " : "are one number; ")
            + "write them alike, or give all names with --labels"
            + CommaList.notation(for: [name, other]))
      }
    }
    guard names.count >= least else {
      throw TextError(
        path, line: labelled[0].line,
        "all \(labelled.count) labelled rows have the label "
          + "'\(printable(String((names.first ?? "").prefix(60))))', and there must be two classes; give "
          + "rows of another one too, or name all classes with --labels")
    }
    try self.init(Self.inOrder(names), least: least)
  }

  /// The names under which the rows' teacher answers, in the order of labels that occur; nil where no
  /// answer says names.
  ///
  /// - Throws: As `init`.
  init?(ofAnswers rows: [LabelledRow], path: String, least: Int = 2) throws {
    guard let row = rows.first(where: { $0.teacher?.names.isEmpty == false }) else { return nil }
    do {
      try self.init(Self.inOrder(Set(row.teacher?.names ?? [])), least: least)
    } catch let error as TextError {
      throw TextError(path, line: row.line, "its answer has these \(error.place): \(error.detail)")
    }
  }

  /// Names sorted by number where all are integers, else by their UTF-8 bytes.
  private static func inOrder(_ names: Set<String>) -> [String] {
    let numbers = names.compactMap { name in Int(name).map { (number: $0, name: name) } }
    return numbers.count == names.count
      ? numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name)
      : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The class of each row, nil for one without label.
  ///
  /// - Throws: `TextError` that lists the first five lines with another label, and the set.
  func classes(of rows: [LabelledRow], path: String) throws -> [Int32?] {
    let places = Self.places(names)
    var unknown: [LabelledRow] = []
    let classes = rows.map { row -> Int32? in
      guard let label = row.label, row.hasLabel else { return nil }
      if let place = places[label] ?? places[Self.wholeNumber(label)] { return place }
      unknown.append(row)
      return nil
    }
    if unknown.isEmpty { return classes }
    if unknown.allSatisfy({ LabelledRow.noLabels.contains($0.label ?? "") }) {
      let all = CommaList.shellWord(of: names) ?? "a,b,..."
      throw TextError(
        path, line: unknown[0].line,
        "\(unknown.count) rows have '\(unknown[0].label ?? "")', which no row to learn from has; give --labels "
          + "\(all) if it stands for no label, beside --skip-unlabelled-rows")
    }
    let shown = names.prefix(20).map { "'\(printable($0))'" }
    let notation = CommaList.notation(for: names + unknown.compactMap(\.label))
    throw TextError(
      path, line: unknown[0].line,
      "\(unknown.count) rows have unknown labels (\(LabelledRow.firstFive(unknown))); allowed are "
        + shown.joined(separator: ", ")
        + (names.count > shown.count ? " and \(names.count - shown.count) more" : "")
        + ": correct them, or name all labels with --labels as rows have them\(notation)")
  }

  /// The class of each name, whole numbers without fraction among them.
  static func places(_ names: [String]) -> [String: Int32] {
    var places: [String: Int32] = [:]
    for (place, name) in names.enumerated() { places[wholeNumber(name)] = Int32(place) }
    for (place, name) in names.enumerated() { places[name] = Int32(place) }
    return places
  }

  /// `1.0` as `1`; anything else as it is.
  package static func wholeNumber(_ label: String) -> String {
    guard let match = label.wholeMatch(of: /(-?[0-9]+)\.0*/) else { return label }
    return match.1 == "-0" ? "0" : String(match.1)
  }

  /// What pandas reads as no value, beside the empty field.
  private static let gaps: Set<String> = [
    "na", "n/a", "#n/a", "<na>", "null", "none", "nan", "-nan", "inf", "-inf", "infinity",
    "-infinity",
  ]

  /// Whether a label reads as a number that is not whole: a measure, or a gap in a table.
  private static func isNoClass(_ label: String) -> Bool {
    isFraction(label) || label.lowercased() == "nan"
  }

  /// Whether a label is a number in digits that is not whole.
  static func isFraction(_ label: String) -> Bool {
    if Int(label) != nil || Int(wholeNumber(label)) != nil { return false }
    return label.wholeMatch(of: /[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?/) != nil
  }
}

extension LabelledRow {
  /// What other programs write for no label: numbers of classes have -1, SNLI's names a dash.
  package static let noLabels: Set<String> = ["-1", "-1.0", "-"]

  /// Whether it is known what is right for the row: there is such a column, and it is not empty, or
  /// it is known which labels apply, if only that none does.
  public var hasLabel: Bool {
    switch answer {
    case .none: false
    case .label(let label): label.contains { !$0.isWhitespace }
    case .labels, .spans: true
    case .tags(let tags): !tags.isEmpty
    }
  }

  /// Refuses rows of which some have a label and some have none; one that a teacher has answered for
  /// needs none.
  ///
  /// - Parameters:
  ///   - rows: All rows of a file.
  ///   - path: The file.
  ///   - mayBeSkipped: Whether `dataset` can leave them out, since rows are learnt from by their labels.
  /// - Throws: `TextError` naming the first lines without.
  static func requireAllOrNone(
    _ rows: [LabelledRow], path: String, mayBeSkipped: Bool = true
  ) throws {
    let missing = rows.filter { !$0.hasLabel && $0.teacher == nil }
    guard let first = missing.first, missing.count < rows.count else { return }
    let lines = missing.prefix(5).map { "\($0.line)" }.joined(separator: ", ")
    throw TextError(
      path, line: first.line,
      "\(missing.count) of \(rows.count) rows have no label (line \(lines)"
        + (missing.count > 5 ? " ..." : "")
        + "); fill them in, leave \(mayBeSkipped ? "them out with --skip-unlabelled-rows" : "the rows out"), "
        + "or give --allow-missing-labels to distil with them")
  }

  /// The first five lines and their labels, for a message.
  static func firstFive(_ rows: [LabelledRow]) -> String {
    rows.prefix(5).map {
      "line \($0.line): '\(printable(String(($0.label ?? "").prefix(60))))'"
    }.joined(separator: ", ")
  }
}
