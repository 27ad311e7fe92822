import Compute
import Files
public import Text
public import Training

extension TokenClassificationTask {
  /// The names given, brought to IOB2 unless they are classes of words, else the tags that occur, sorted as Hugging Face's `run_ner`
  /// sorts them.
  public func labels(named: [String], of rows: [LabelledRow], path: String) throws -> [String] {
    guard named.isEmpty else {
      if EntityTag.areClasses(named) { return try LabelSet(named).names }
      if let other = named.first(where: { EntityTag($0) == nil }) {
        throw TextError(
          "labels",
          "'\(String(other.prefix(60)))' is no tag of an entity; write O, or B- or I- and "
            + "the type")
      }
      return try LabelSet(Self.iob2(named)).names
    }
    let tags = Set(rows.flatMap(\.tags)).subtracting([LabelledRow.ignoredTag])
    guard let row = rows.first(where: { !$0.tags.isEmpty }) else {
      throw TextError(
        path, line: rows.first?.line ?? 1,
        "no row has tags; name their column with --label-column, or give all tags with --labels if "
          + "the rows have none")
    }
    guard tags.count > 1 else {
      throw TextError(
        path, line: row.line,
        "every word has the tag '\(tags.first ?? LabelledRow.ignoredTag)': there is nothing to learn; name the column of the "
          + "tags with --label-column, or give all tags with --labels")
    }
    return try LabelSet(tags.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }).names
  }

  /// Names in the letters that datasets hold, each once.
  private static func iob2(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.map { name in
      let tag = EntityTag(name) ?? .outside
      return switch tag.place {
      case .single: EntityTag(.begin, tag.type).text
      case .end: EntityTag(.inside, tag.type).text
      case .outside, .begin, .inside: tag.text
      }
    }.filter { seen.insert($0).inserted }
  }

  /// A class for each word; see `examples` for what becomes of it.
  public func targets(
    of rows: [LabelledRow], labels: [String], path: String, allowsMissing: Bool
  ) throws -> [Target] {
    let missing = rows.filter { $0.answer == .none }
    if !allowsMissing, let first = missing.first, missing.count < rows.count {
      throw TextError(
        path, line: first.line,
        "\(missing.count) of \(rows.count) rows have no tags; fill them in, leave them out with "
          + "--skip-unlabelled-rows, or give --allow-missing-labels to distil with them")
    }
    let classes = Dictionary(
      labels.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: { first, _ in first })
    var unknown: [(line: Int, tag: String)] = []
    let targets = rows.map { row -> Target in
      guard case .tags(let tags) = row.answer else { return .none }
      return .tokenLabels(
        tags.enumerated().map { word, tag in
          if let known = classes[tag] { return known }
          if tag == LabelledRow.ignoredTag { return ignoredLabel }
          unknown.append((row.line(ofWord: word), tag))
          return unknownLabel
        })
    }
    guard let first = unknown.first else { return targets }
    let few = unknown.prefix(5).map {
      "line \($0.line): '\(printable(String($0.tag.prefix(60))))'"
    }
    let allowed = labels.prefix(20).map { "'\(printable($0))'" }
    throw TextError(
      path, line: first.line,
      "\(unknown.count) words have unknown tags (\(few.joined(separator: ", "))); allowed are "
        + allowed.joined(separator: ", ")
        + (labels.count > 20 ? " and \(labels.count - 20) more" : "")
        + ": correct them, or name all tags with --labels")
  }

  /// Classes of tokens.
  public func takes(_ targets: Targets) -> Bool {
    switch targets {
    case .none, .tokenLabels: true
    default: false
    }
  }

  /// One sequence, its words tokenised one by one; what is too long loses its end.
  ///
  /// The first piece of a word has the word's class, one that is not known where the row has no tags.
  /// A word without a piece, such as a control character, has no place in it.
  public func examples(
    of row: LabelledRow, target: Target, tokenizer: Tokenizer, lengths: SequenceLengths
  ) -> [RowExample] {
    let encoding = tokenizer.encode(words: row.wordsOfText, maxLength: lengths.longest)
    var classes: [Int32]?
    if case .tokenLabels(let words) = target { classes = words }
    let labels = Self.firstPieces(of: encoding).map { word -> Int32 in
      guard let word else { return ignoredLabel }
      return classes.map { $0[word] } ?? unknownLabel
    }
    return [RowExample(encoding, target: .tokenLabels(labels))]
  }

  /// For each token the word whose first piece it is; nil for special tokens and further pieces.
  static func firstPieces(of encoding: Encoding) -> [Int?] {
    var last: Int?
    return encoding.sources.map { source in
      defer { last = source.word }
      return source.word == last ? nil : source.word
    }
  }
}
