import Artifacts
import Augmentation
import Compute
import Pipelines
import Tasks
import Text
import Training

/// How the rows of a split are rewritten, so that what is right for a row is right for its rewrites.
///
/// | a row is answered with | what is rewritten | a rewrite is answered with |
/// |---|---|---|
/// | one class, several, a number, nothing | its text or texts | the same |
/// | a class for every word | its words, entities only where that is asked for | each word's own class |
/// | a stretch of the second text | the first text alone | that stretch, wherever it has moved to |
///
/// What is stored of a row is examples: ids, and for tokens and stretches their places among them. They
/// are brought back to words and texts, and a row of which that does not give the very same ids is left
/// as it is, and counted.
struct RowRewriting {
  /// What a split's rows are answered with.
  private enum Form {
    case texts
    case words
    case stretches
  }

  /// Which texts of a pair are rewritten: the values of the option `augment_texts`.
  enum Sides: String, CaseIterable {
    case both, first, second
  }

  private let form: Form
  private let sides: Sides
  private let keepsEntities: Bool
  /// Whether each tag is one of an entity.
  private let entities: [Bool]
  private let split: DatasetSplit
  private let description: DatasetDescription
  private let task: any RowTask
  private let tokenizer: Tokenizer
  /// The first example of each row, and the number of examples.
  private let starts: [Int]

  /// Prepares to rewrite the rows of a split.
  ///
  /// - Parameters:
  ///   - split: The rows.
  ///   - description: What their dataset says of itself.
  ///   - path: The dataset.
  ///   - tokenizer: The tokenizer that made the ids.
  ///   - options: The stage's.
  /// - Throws: `ArtifactError` where rewrites of such rows cannot be answered, `StageError` for an
  ///   option that does not go with them.
  init(
    _ split: DatasetSplit, _ description: DatasetDescription, of path: String,
    _ tokenizer: Tokenizer,
    _ options: OptionValues
  ) throws {
    task = try description.rowTask(of: path)
    form = try Self.form(of: split, task, path)
    sides = try Self.sides(
      options, task, hasPairs: description.hasPairs, holdsStretches: form == .stretches)
    keepsEntities = !options.boolean("augment_entities")
    let mark = !EntityTag.areClasses(description.labels)
    entities = description.labels.map {
      mark && EntityTag($0).map { $0.place != .outside } ?? false
    }
    try Self.requireEntities(options, form == .words)
    self.split = split
    self.description = description
    self.tokenizer = tokenizer
    starts =
      split.rows.indices.filter { $0 == 0 || split.rows[$0] != split.rows[$0 - 1] }
      + [split.rows.count]
  }

  private static func form(of split: DatasetSplit, _ task: any RowTask, _ path: String) throws
    -> Form
  {
    switch split.targets.first(where: { $0 != .none }) ?? .none {
    case .none: task.answersAreInText ? .stretches : .texts
    case .label, .labels, .number: .texts
    case .tokenLabels: .words
    case .span: .stretches
    case .vector:
      throw ArtifactError.badData(
        path, "its rows are answered with vectors, which no rewrite has",
        cure: "train on the rows as they are")
    }
  }

  /// Refuses to rewrite entities where there are none.
  ///
  /// - Throws: `StageError`.
  static func requireEntities(_ options: OptionValues, _ areThere: Bool) throws {
    guard !areThere, options.boolean("augment_entities") else { return }
    throw StageError.usage("augment_entities", "the rows have no entities", cure: "leave it out")
  }

  /// Which texts are rewritten.
  ///
  /// - Parameters:
  ///   - options: The stage's.
  ///   - task: What the rows are for.
  ///   - hasPairs: Whether they are pairs; nil where that is not known yet.
  ///   - holdsStretches: Whether answers are stretches of the second texts.
  /// - Returns: The sides.
  /// - Throws: `StageError` where the option does not go with the rows.
  @discardableResult
  static func sides(
    _ options: OptionValues, _ task: any RowTask, hasPairs: Bool?, holdsStretches: Bool = false
  ) throws -> Sides {
    guard task.outputForm == .logits else {
      throw StageError.usage(
        "dataset", "rows of \(task.name) have words hidden, which a rewrite would not know",
        cure: "train on the rows as they are")
    }
    if hasPairs == false, options.given.contains("aug_pair") {
      throw StageError.usage("aug_pair", "the rows are single texts", cure: "leave it out")
    }
    let option = "augment_texts"
    let named = options.optionalText(option).flatMap(Sides.init(rawValue:))
    if holdsStretches || task.answersAreInText {
      guard named == nil || named == .first else {
        throw StageError.usage(
          option, "the second texts hold the answers, which would not be found in a rewrite",
          cure: "give --augment-texts first, or leave it out")
      }
      return .first
    }
    guard named != .second || hasPairs != false else {
      throw StageError.usage(option, "the rows are single texts", cure: "leave it out")
    }
    return named ?? .both
  }

  // MARK: - Rows

  /// Row `row` as it is to be rewritten; as it is to be left where it cannot be.
  func row(_ row: Int) -> AugmentationRow {
    var made = AugmentationRow(
      first: split.texts[row], second: description.hasPairs ? split.pairs[row] : nil)
    if sides == .second { made.rewritingFirst = .none }
    if sides == .first { made.rewritingSecond = .none }
    switch form {
    case .texts: break
    case .words:
      made.rewritingFirst = words(of: row).map { .words($0.words, kept: kept($0)) } ?? .none
    case .stretches:
      if !isWhole(row) { made.rewritingFirst = .none }
    }
    return made
  }

  /// The numbers of the examples of a row.
  func examples(of row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

  /// What a rewrite becomes.
  ///
  /// - Parameter rewrite: A rewrite of `row(_:)`.
  /// - Returns: Its examples; nil where they do not fit the limit on tokens.
  func examples(of rewrite: AugmentedRow) -> [(TokenizedRow, Target)]? {
    switch form {
    case .texts:
      return task.examples(
        of: LabelledRow(text: rewrite.first, pair: rewrite.second, line: 0),
        target: split.targets[starts[rewrite.source]], tokenizer: tokenizer,
        lengths: SequenceLengths(longest: description.maxSequenceLength)
      ).map { (TokenizedRow($0.encoding), $0.target) }
    case .words:
      guard let classes = words(of: rewrite.source)?.classes else { return nil }
      let words = LabelledRow.words(of: rewrite.first, keepsNoBreakSpaces: true)
      guard words.count == classes.count else { return nil }
      let encoding = tokenizer.encode(words: words, maxLength: description.maxSequenceLength)
      let labels = Self.firstPieces(of: encoding).map { $0.map { classes[$0] } ?? ignoredLabel }
      return [(TokenizedRow(encoding), .tokenLabels(labels))]
    case .stretches:
      let question = tokenizer.tokenize(rewrite.first)
      var windows: [(TokenizedRow, Target)] = []
      for example in examples(of: rewrite.source) {
        guard let window = window(example, under: question) else { return nil }
        windows.append(window)
      }
      return windows
    }
  }

  // MARK: - Words

  /// The words of a row whose classes are known, and these; nil where they do not give its ids.
  ///
  /// Those that were cut off are no part of it.
  private func words(of row: Int) -> (words: [String], classes: [Int32])? {
    let place = examples(of: row)
    guard place.count == 1, case .tokenLabels(let labels) = split.targets[place.lowerBound] else {
      return nil
    }
    let words = LabelledRow.words(of: split.texts[row], keepsNoBreakSpaces: true)
    let encoding = tokenizer.encode(words: words, maxLength: description.maxSequenceLength)
    guard encoding.ids == split.sequences[place.lowerBound].ids, labels.count == encoding.ids.count
    else { return nil }
    var classes = [Int32](repeating: ignoredLabel, count: words.count)
    var count = 0
    for (word, label) in zip(Self.firstPieces(of: encoding), labels) {
      guard let word else {
        if label != ignoredLabel { return nil }
        continue
      }
      classes[word] = label
      count = max(count, word + 1)
    }
    return (Array(words.prefix(count)), Array(classes.prefix(count)))
  }

  /// The places of words that are not to be replaced: those without a token, and those of entities.
  private func kept(_ row: (words: [String], classes: [Int32])) -> Set<Int> {
    Set(
      row.classes.indices.filter { word in
        let label = row.classes[word]
        guard label != ignoredLabel else { return true }
        guard keepsEntities, description.labels.indices.contains(Int(label)) else { return false }
        return entities[Int(label)]
      })
  }

  /// For each token the word whose first piece it is; nil for special tokens and further pieces.
  private static func firstPieces(of encoding: Encoding) -> [Int?] {
    var last: Int?
    return encoding.sources.map { source in
      defer { last = source.word }
      return source.word == last ? nil : source.word
    }
  }

  // MARK: - Stretches

  /// Whether all examples of a row hold its whole first text.
  private func isWhole(_ row: Int) -> Bool {
    let question = tokenizer.tokenize(split.texts[row])
    return examples(of: row).allSatisfy { example in
      let (ids, end) = first(of: example)
      return end > 1 && ids.elementsEqual(question)
    }
  }

  /// The tokens of an example's first text without those around it, and where the second one begins.
  private func first(of example: Int) -> (ids: ArraySlice<Int32>, end: Int) {
    let sequence = split.sequences[example]
    let end = min(max(0, Int(sequence.secondSegmentStart)), sequence.ids.count)
    return (end > 1 ? sequence.ids[1..<end - 1] : [], end)
  }

  /// An example with another first text; nil where it is too long, or its answer no stretch.
  private func window(_ example: Int, under question: [Int32]) -> (TokenizedRow, Target)? {
    let ids = split.sequences[example].ids
    let (before, end) = first(of: example)
    let shift = question.count - before.count
    guard end > 1, ids.count + shift <= description.maxSequenceLength else { return nil }
    let row = TokenizedRow(
      ids: ids[..<1] + question + ids[(end - 1)...],
      secondSegmentStart: Int32(clamping: end + shift))
    switch split.targets[example] {
    case .span(let first, let last) where Int(first) >= end:
      return (
        row, .span(first: first + Int32(clamping: shift), last: last + Int32(clamping: shift))
      )
    // The first token of all stands for no answer in this window.
    case .span(let first, let last) where last < 1 && first >= 0:
      return (row, .span(first: first, last: last))
    case .none: return (row, .none)
    default: return nil
    }
  }
}
