internal import Files

/// Brings the tags of rows into the one form that datasets hold: IOB2 where they mark entities, as they are
/// where they are classes of words.
public struct TaggedRows {
  /// The scheme that they are read in; nil where they are classes of words and mark no entities.
  public let scheme: TagScheme?
  /// Names of numbered tags, in order; empty where tags are names.
  private let names: [String]

  /// Recognises the scheme of the rows of all files of a dataset, or takes the one that is named.
  ///
  /// - Parameters:
  ///   - files: The files and their rows.
  ///   - named: The scheme, where the user says which.
  ///   - labels: All tags, where the user names them; of tags that are numbers the names in order.
  /// - Throws: `TextError` naming the first tag that is none, or one of another scheme.
  public init(
    _ files: [(path: String, rows: [LabelledRow])], scheme named: TagScheme?, labels: [String]
  ) throws {
    let areNumbers = files.allSatisfy { file in
      file.rows.allSatisfy { $0.tags.allSatisfy { Int($0) != nil } }
    }
    let names = areNumbers ? labels : []
    self.names = names
    let written =
      areNumbers
      ? [] : Set(files.flatMap { $0.rows.flatMap(\.tags) }).subtracting([LabelledRow.ignoredTag])
    let areClasses = named == nil && EntityTag.areClasses(written.union(labels))
    for (path, rows) in files {
      for row in rows {
        try Self.check(row, path, names, areNumbers: areNumbers, areClasses: areClasses)
      }
    }
    guard !areClasses else {
      scheme = nil
      return
    }
    if let other = labels.first(where: { EntityTag($0) == nil }) {
      throw TextError(
        "labels",
        "'\(String(other.prefix(60)))' is no tag of an entity; write O, or B- or I- and the type")
    }
    let sentences = files.flatMap { file in
      file.rows.map { row in row.tags.compactMap { Self.name(of: $0, names) } }
    }
    guard let scheme = named ?? TagScheme.recognized(in: sentences) else {
      throw TextError(
        files.first?.path ?? "rows",
        "its tags mix the letters of BIOES (E, S, M) and of BILOU (L, U); write them in one scheme")
    }
    self.scheme = scheme
    guard named != nil else { return }
    for (path, rows) in files {
      for row in rows {
        for (word, number) in row.tags.enumerated() {
          guard let tag = Self.name(of: number, names), tag != "O",
            tag.first.map(scheme.letters.contains) != true
          else { continue }
          throw Self.fault(
            path, row, word,
            "is none of \(scheme.spoken), which has O and the letters \(scheme.letters); correct it, "
              + "or leave --tag-scheme out")
        }
      }
    }
  }

  private static func check(
    _ row: LabelledRow, _ path: String, _ names: [String], areNumbers: Bool, areClasses: Bool
  ) throws {
    for (word, tag) in row.tags.enumerated() where tag != LabelledRow.ignoredTag {
      guard areNumbers else {
        if areClasses ? Int(tag) != nil : EntityTag(tag) == nil {
          throw fault(
            path, row, word,
            Int(tag) == nil
              ? "is no tag of an entity; write O, or B, I, E or S with a hyphen and the type, as "
                + "B-person" : "is a number among names; write all tags as names")
        }
        continue
      }
      guard !names.isEmpty else {
        throw fault(
          path, row, word, "is a number; name the tags in the order of their numbers with --labels")
      }
      guard let number = Int(tag), names.indices.contains(number) else {
        throw fault(
          path, row, word,
          "is the number of none of the \(names.count) labels; name them all with "
            + "--labels")
      }
    }
  }

  private static func fault(
    _ path: String, _ row: LabelledRow, _ word: Int, _ what: String
  ) -> TextError {
    TextError(
      path, line: row.line(ofWord: word),
      "the tag '\(String(row.tags[word].prefix(60)))' of word \(word + 1) " + what)
  }

  /// What files of numbers write for a word that is left out, as transformers does.
  private static let ignored = -100

  /// The name of a tag; nil for a word that is left out.
  private static func name(of tag: String, _ names: [String]) -> String? {
    guard let number = Int(tag), number != ignored else { return Int(tag) == nil ? tag : nil }
    return names.indices.contains(number) ? names[number] : tag
  }

  /// Rows with their tags by name and in IOB2; entities are those that seqeval finds in the tags as written.
  ///
  /// - Parameters:
  ///   - rows: The rows of a file, one of those that the scheme was recognised in.
  ///   - path: The file.
  /// - Returns: The rows, and what a user should know of words that are left out, and of tags that
  ///   cannot follow those before them. Entities go on over words that are left out.
  public func written(
    _ rows: [LabelledRow], path: String
  ) -> (rows: [LabelledRow], notes: [String]) {
    var impossible = 0
    var leftOut = 0
    var first: String?
    let written = rows.map { row -> LabelledRow in
      guard case .tags(let tags) = row.answer else { return row }
      let named = tags.map { Self.name(of: $0, names) }
      let words = named.indices.filter { named[$0] != nil }
      let read = named.compactMap { name in name.map { EntityTag($0) ?? .outside } }
      guard let scheme else {
        leftOut += tags.count - words.count
        var row = row
        row.answer = .tags(named.map { $0 ?? LabelledRow.ignoredTag })
        return row
      }
      let entities = Entity.all(in: read)
      let strict = scheme.tags(of: entities, words: read.count)
      for (place, word) in words.enumerated() where read[place] != strict[place] {
        impossible += 1
        if first == nil {
          first = "\(path):\(row.line(ofWord: word)): '\(printable(String(tags[word].prefix(60))))'"
        }
      }
      var row = row
      var written = [String](repeating: LabelledRow.ignoredTag, count: tags.count)
      for (word, tag) in zip(words, TagScheme.iob2.tags(of: entities, words: read.count)) {
        written[word] = tag.text
      }
      leftOut += tags.count - words.count
      row.answer = .tags(written)
      return row
    }
    var notes: [String] = []
    if leftOut > 0 {
      notes.append(
        "\(path): \(leftOut) words have the tag -100: they are left out of training and of every score"
      )
    }
    if let first {
      notes.append(
        (impossible == 1 ? "\(first) is a tag" : "\(first) is the first of \(impossible) tags")
          + " that \(scheme?.spoken ?? "") does not have in this place; entities are read as seqeval does: a "
          + "tag that follows nothing of its type begins one")
    }
    return (written, notes)
  }
}

extension LabelledRow {
  /// What stands in the place of a tag for a word that is left out of training and scores.
  public static let ignoredTag = "-100"

  /// The tags as the file has them; none where the row has none.
  public var tags: [String] {
    if case .tags(let tags) = answer { tags } else { [] }
  }
}
