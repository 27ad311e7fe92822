internal import Files

/// Reads rows that are JSON objects.
///
/// Keys may come in any order. Which ones hold the texts is decided by the first row; a label that a
/// row leaves out, or that is null, is an empty one.
struct ObjectRows {
  /// The keys that count.
  private struct Keys {
    let text: String
    let pair: String?
    let label: String
    /// Another one that the label may stand under.
    let otherLabel: String?
    let id: String?
    let teacher: String?
    /// A second text that the first row does not have: no other may have it.
    let absentPair: String?
  }

  /// Whether the scores are the labels.
  private(set) var isLabelledByScores = false

  private let layout: RowLayout
  private var known: Keys?

  init(layout: RowLayout) {
    self.layout = layout
  }

  /// The next row; nil at the end.
  mutating func next(
    of objects: JSONObjects, path: String, answers: inout AnswerReader
  ) throws -> LabelledRow? {
    guard let (object, number, place) = try objects.next() else { return nil }
    let keys = try known ?? keys(of: object, at: place)
    known = keys
    if let pair = keys.absentPair, object[pair] != nil {
      throw TextError(
        place, "has '\(pair)', which the first row lacks; give it to all rows or to none")
    }
    var row = LabelledRow(
      text: try Self.string(object, keys.text, place),
      pair: try keys.pair.map { try Self.string(object, $0, place) },
      answer: try answer(object, try Self.labelKey(of: object, keys, place), place),
      id: keys.id.flatMap { key in object[key].flatMap(Self.scalar) }, line: number)
    row.teacher = try answers.answer(in: object, path: path, line: number)
    row.teacherName = keys.teacher.flatMap { object[$0].flatMap(Self.scalar) }
    return row
  }

  private mutating func keys(of object: JSONObject, at place: String) throws -> Keys {
    // The key of the label, which the first row may lack, is no text.
    let names = object.members.map(\.name).filter { layout.label != .named($0) }
    // The label may be absent from the first row and there in others.
    var others = layout
    others.label = nil
    others.namesAreKeys = true
    if layout.label != nil, layout.listsLabels { others.severalLabels = nil }
    let places = try others.resolve(names, at: place)
    var label = places.label.map { names[$0] } ?? "label"
    // Where a score may be a teacher's answer, it is one: so they are written.
    if layout.takesScoresAsLabels, !layout.answers.contains(.score),
      let scores = try layout.scoresAsLabels(places, in: names, at: place)
    {
      (label, isLabelledByScores) = (names[scores], true)
    }
    var otherLabel: String?
    if case .named(let name) = layout.label {
      label = name
    } else if layout.listsLabels {
      otherLabel = label.lowercased() == "labels" ? "label" : "labels"
    }
    let usesUsualNames = layout.text == nil && layout.pair == nil
    return Keys(
      text: names[places.text], pair: places.pair.map { names[$0] }, label: label,
      otherLabel: otherLabel, id: places.id.map { names[$0] },
      teacher: places.teacher.map { names[$0] },
      absentPair: usesUsualNames && places.pair == nil && names[places.text] == "sentence1"
        ? "sentence2" : nil)
  }

  /// The key of a row's label: any row may have it under another one than the first.
  private static func labelKey(
    of object: JSONObject, _ keys: Keys, _ place: String
  ) throws -> String {
    guard let other = keys.otherLabel, object[other] != nil else { return keys.label }
    guard object[keys.label] == nil else {
      throw RowLayout.ambiguous(keys.label, other, at: place)
    }
    return other
  }

  private static func string(_ object: JSONObject, _ key: String, _ place: String) throws -> String
  {
    guard let text = object[key]?.string else {
      throw TextError(
        place, "'\(printable(key))' is \(object[key]?.kindName ?? "missing"); it must be a string")
    }
    return text
  }

  private func answer(_ object: JSONObject, _ key: String, _ place: String) throws -> RowAnswer {
    guard layout.readsAnswers else { return .none }
    if case .columns(let names) = layout.severalLabels {
      let marks = try names.map { name in
        guard let mark = object[name].flatMap({ $0 == .null ? "" : Self.scalar($0) }) else {
          throw TextError(
            place,
            "'\(printable(name))' is \(object[name]?.kindName ?? "missing"); it must be 0 or 1")
        }
        return mark
      }
      return try SeveralLabels.marked(names, marks, at: place)
    }
    let value = object[key]
    if value == .null { return .label("") }
    if value == nil, layout.label == nil { return .none }
    guard case .separated(let separator) = layout.severalLabels else {
      // Programs for labelling write a list though there is one.
      let one = value?.array.flatMap { $0.count == 1 ? $0.first : nil } ?? value
      if let text = one.flatMap(Self.scalar) { return .label(text) }
      throw TextError(
        place,
        "'\(printable(key))' is \(value?.kindName ?? "missing"); it must be a string or a number"
          + (value?.array == nil ? "" : ", or several labels with --task multi-label"))
    }
    if let list = value?.array {
      let names = list.compactMap(Self.scalar)
      guard names.count == list.count else {
        throw TextError(
          place, "'\(printable(key))' holds other than strings and numbers; list labels alone")
      }
      return try SeveralLabels.all(names, at: place)
    }
    if let text = value.flatMap(Self.scalar) {
      return try SeveralLabels.split(text, by: separator, at: place)
    }
    throw TextError(
      place,
      "'\(printable(key))' is \(value?.kindName ?? "missing"); it must be a list of labels")
  }

  static func scalar(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .null, .array, .object: nil
    }
  }
}
