internal import Files

/// Brings the tags of rows into the one form that datasets hold: IOB2.
public struct TaggedRows {
  /// The scheme that they are read in.
  public let scheme: TagScheme
  /// Names of numbered tags, in order; empty where tags are names.
  private let names: [String]

  /// Recognises the scheme of the rows of all files of a dataset, or takes the one that is named.
  ///
  /// - Parameters:
  ///   - files: The files and their rows.
  ///   - named: The scheme, where the user says which.
  ///   - labels: Names of tags that are numbers, in order.
  /// - Throws: `TextError` naming the first tag that is none, or one of another scheme.
  public init(
    _ files: [(path: String, rows: [LabelledRow])], scheme named: TagScheme?, labels: [String]
  ) throws {
    let areNumbers = files.allSatisfy { file in
      file.rows.allSatisfy { $0.tags.allSatisfy { Int($0) != nil } }
    }
    let names = areNumbers ? labels : []
    self.names = names
    for (path, rows) in files {
      for row in rows { try Self.check(row, path, names, areNumbers: areNumbers) }
    }
    let sentences = files.flatMap { $0.rows.map { Self.named($0.tags, names) } }
    guard let scheme = named ?? TagScheme.recognized(in: sentences) else {
      throw TextError(
        files.first?.path ?? "rows",
        "its tags mix the letters of BIOES (E, S) and of BILOU (L, U); write them in one scheme")
    }
    self.scheme = scheme
    guard named != nil else { return }
    for (path, rows) in files {
      for row in rows {
        for (word, tag) in Self.named(row.tags, names).enumerated()
        where tag != "O" && tag.first.map(scheme.letters.contains) != true {
          throw Self.fault(
            path, row, word,
            "is none of \(scheme.spoken), which has O and the letters \(scheme.letters); correct it, "
              + "or leave --tag-scheme out")
        }
      }
    }
  }

  private static func check(
    _ row: LabelledRow, _ path: String, _ names: [String], areNumbers: Bool
  ) throws {
    for (word, tag) in row.tags.enumerated() {
      guard areNumbers else {
        if EntityTag(tag) == nil {
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
      guard EntityTag(names[number]) != nil else {
        throw TextError(
          "labels", "'\(names[number])' is no tag of an entity; write O, or B- or I- and the type")
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

  private static func named(_ tags: [String], _ names: [String]) -> [String] {
    names.isEmpty ? tags : tags.map { tag in Int(tag).map { names[$0] } ?? tag }
  }

  /// Rows with their tags in IOB2; entities are those that seqeval finds in the tags as written.
  ///
  /// - Parameters:
  ///   - rows: The rows of a file, one of those that the scheme was recognised in.
  ///   - path: The file.
  /// - Returns: The rows, and what a user should know of tags that cannot follow those before them.
  public func written(_ rows: [LabelledRow], path: String) -> (rows: [LabelledRow], note: String?) {
    var impossible = 0
    var first: String?
    let written = rows.map { row -> LabelledRow in
      guard case .tags(let tags) = row.answer else { return row }
      let read = Self.named(tags, names).map { EntityTag($0) ?? .outside }
      let entities = Entity.all(in: read)
      let strict = scheme.tags(of: entities, words: read.count)
      for word in read.indices where read[word] != strict[word] {
        impossible += 1
        if first == nil {
          first = "\(path):\(row.line(ofWord: word)): '\(printable(String(tags[word].prefix(60))))'"
        }
      }
      var row = row
      row.answer = .tags(TagScheme.iob2.tags(of: entities, words: read.count).map(\.text))
      return row
    }
    let note = first.map { first in
      (impossible == 1 ? "\(first) is a tag" : "\(first) is the first of \(impossible) tags")
        + " that \(scheme.spoken) does not have in this place; entities are read as seqeval does: a "
        + "tag that follows nothing of its type begins one"
    }
    return (written, note)
  }
}

extension LabelledRow {
  /// The tags as the file has them; none where the row has none.
  public var tags: [String] {
    if case .tags(let tags) = answer { tags } else { [] }
  }
}
