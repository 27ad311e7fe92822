internal import Files

/// Reads sentences that are JSON objects: their words as a list, or a text, which white
/// space cuts into words; and a list of their tags.
struct WordObjectRows {
  private let layout: RowLayout
  /// The keys that count, by the first row.
  private var known: (tokens: String, tags: String?)?

  init(layout: RowLayout) {
    self.layout = layout
  }

  /// The next sentence; nil at the end.
  mutating func next(
    of objects: JSONObjects, answers: inout AnswerReader
  ) throws -> LabelledRow? {
    guard let (object, number, place) = try objects.next() else { return nil }
    answers.noteUnread(in: object, line: number)
    let keys = try known ?? keys(of: object, at: place)
    known = keys
    try refusePredictions(object, at: place)
    let id = ["id", "idx", "index"].lazy.compactMap { object[$0].flatMap(ObjectRows.scalar) }
      .first
    let tags = try keys.tags.flatMap { try Self.tags(object, $0, place) }
    if let text = object[keys.tokens]?.string {
      guard tags == nil else {
        throw TextError(
          place, "'\(keys.tokens)' is a text, and tags need words; write it as a list of words")
      }
      return LabelledRow(text: text, answer: .none, id: id, line: number)
    }
    let words = try Self.words(object, keys.tokens, place)
    if let tags, tags.count != words.count {
      throw TextError(
        place,
        "'\(keys.tags ?? "")' has \(tags.count) entries for the \(words.count) of "
          + "'\(keys.tokens)'; give every word a tag")
    }
    return LabelledRow(
      words: words, answer: tags.map { .tags($0) } ?? .none, id: id, line: number,
      wordsHaveLines: false)
  }

  private func keys(
    of object: JSONObject, at place: String
  ) throws -> (tokens: String, tags: String?) {
    func name(_ column: RowLayout.Column?) -> String? {
      if case .named(let name) = column { name } else { nil }
    }
    let found = (UsualColumns.words + ["sentence", "text"]).first { object[$0] != nil }
    guard let tokens = name(layout.text) ?? found else {
      throw TextError(
        place, "has no 'tokens' or 'words'; name the key of the words with --text-column")
    }
    let tags = UsualColumns.tags.first { object[$0]?.array != nil }
    return (tokens, name(layout.label) ?? tags)
  }

  /// Refuses what `distill predict --json` writes: its tags are the model's own.
  private func refusePredictions(_ object: JSONObject, at place: String) throws {
    guard layout.readsAnswers, layout.label == nil, object["words"]?.array != nil,
      object["tags"]?.array != nil,
      let entities = object["entities"]?.array,
      entities.allSatisfy({ $0.object?["type"] != nil && $0.object?["start"] != nil })
    else { return }
    throw TextError(
      place,
      "'tags' stands beside 'words' and 'entities', as predict --json writes it, where it is the model's "
        + "own answer; give --label-column tags if it is the right one")
  }

  private static func words(
    _ object: JSONObject, _ key: String, _ place: String
  ) throws -> [String] {
    guard let entries = object[key]?.array else {
      throw TextError(
        place,
        "'\(key)' is \(object[key]?.kindName ?? "missing"); it must be a list of words")
    }
    return try entries.map { entry in
      guard let word = entry.string else {
        throw TextError(place, "'\(key)' holds \(entry.kindName); every word must be a string")
      }
      return word
    }
  }

  /// The tags as written; numbers too, which have names elsewhere.
  private static func tags(
    _ object: JSONObject, _ key: String, _ place: String
  ) throws -> [String]? {
    guard let value = object[key], value != .null else { return nil }
    guard let entries = value.array else {
      throw TextError(place, "'\(key)' is \(value.kindName); it must be a list of tags")
    }
    return try entries.map { entry in
      switch entry {
      case .string(let tag): return tag
      case .integer(let number): return "\(number)"
      default:
        throw TextError(
          place, "'\(key)' holds \(entry.kindName); every tag must be a string or a whole number")
      }
    }
  }
}
