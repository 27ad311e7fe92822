import Files
public import HDF5
public import Tasks
public import Text
public import Training

/// What a dataset artifact says about itself: the `config_json` attribute.
public struct DatasetDescription: Codable, Sendable, Equatable {
  /// What the rows are for.
  public var task: String
  /// Names of the outputs; a row's label is an index into them.
  public var labels: [String]
  /// SHA-256 of the tokenizer that made the ids.
  public var tokenizerDigest: String
  /// The limit rows were cut to, special tokens included.
  public var maxSequenceLength: Int
  /// Rows by split.
  public var splits: [String: Int]
  /// Whether rows are pairs of texts that are read together.
  public var hasPairs: Bool

  /// Describes a dataset; `splits` is filled in when it is written.
  public init(
    task: any RowTask, labels: [String], tokenizerDigest: String, maxSequenceLength: Int,
    hasPairs: Bool
  ) {
    self.task = task.name
    self.labels = labels
    self.tokenizerDigest = tokenizerDigest
    self.maxSequenceLength = maxSequenceLength
    splits = [:]
    self.hasPairs = hasPairs
  }

  enum CodingKeys: String, CodingKey {
    case task, labels, splits
    case tokenizerDigest = "tokenizer_digest"
    case maxSequenceLength = "max_seq_length"
    case hasPairs = "has_pairs"
  }
}

extension DatasetDescription {
  /// The task that its rows are for.
  ///
  /// - Throws: `ArtifactError` where this version does not know it.
  public func rowTask(of path: String) throws -> any RowTask {
    if let task = TaskTable.ofRows(named: task) {
      guard labels.isEmpty != task.namesOutputs else {
        throw ArtifactError.badData(
          path, task.namesOutputs ? "it names no label" : "it names labels, which its task has not",
          cure: "make the dataset again")
      }
      return task.knowing(labels: labels)
    }
    throw ArtifactError.badData(
      path, "is for the task '\(printable(task))', which this version does not know",
      cure: "make it again for \(TaskTable.ofRows.map(\.name).joined(separator: ", "))")
  }
}

/// Rows of one split: texts, the sequences they became, and what is to be answered.
public struct DatasetSplit: Sendable {
  /// First texts.
  public var texts: [String] = []
  /// Second texts, empty where the split has no pairs.
  public var pairs: [String] = []
  /// Token ids of every example, special tokens included.
  public var sequences: [TokenizedRow] = []
  /// What each example is to be answered with.
  public var targets: [Target] = []
  /// What a teacher that is elsewhere answered for each example, as logits; none where it did not.
  public var answers = Ragged<Float>()
  /// Name of the teacher that each row is to be asked of; empty where the rows name none.
  public var teachers: [String] = []
  /// Number of the row that each example is made of: every row is one, or several windows.
  public var rows: [Int32] = []
  /// The second texts where answers are looked for in them; each is stored once.
  public var sheet: AnswerSheet?

  /// An empty split.
  public init() {}

  /// Adds a row and the examples it became; a teacher's answer is that of its one example.
  public mutating func append(
    _ text: String, pair: String?, _ examples: [RowExample], answer: [Float] = [],
    teacher: String? = nil
  ) {
    precondition(answer.isEmpty || examples.count == 1, "an answer for \(examples.count) examples")
    for example in examples {
      append(TokenizedRow(example.encoding), example.target, answer: answer)
    }
    texts.append(text)
    if let pair { pairs.append(pair) }
    if let teacher { teachers.append(teacher) }
  }

  /// The texts of pairs as rows of their own, without what was right for the pair: for tasks that read
  /// them apart, each an example.
  public var singleTexts: DatasetSplit {
    guard !pairs.isEmpty else { return self }
    var split = DatasetSplit()
    for (row, text) in zip(texts, pairs).flatMap({ [$0, $1] }).enumerated() {
      split.append(sequences[row], .none)
      split.append(
        text, pair: nil, [], teacher: teachers.isEmpty ? nil : teachers[row / 2])
    }
    return split
  }

  /// Adds an example of the row that is added next.
  public mutating func append(
    _ sequence: TokenizedRow, _ target: Target, answer: some Collection<Float> = []
  ) {
    sequences.append(sequence)
    targets.append(target)
    answers.append(answer)
    rows.append(Int32(texts.count))
  }
}

/// One tokenised row: ids and the place where its second segment starts.
public struct TokenizedRow: Sendable, Equatable {
  /// Token ids with special tokens.
  public var ids: [Int32]
  /// Index of the first token of the second segment; `ids.count` where there is none.
  public var secondSegmentStart: Int32

  /// The row that the tokenizer made.
  public init(_ encoding: Encoding) {
    ids = encoding.ids
    secondSegmentStart = Int32(encoding.secondSegmentStart)
  }

  /// A row of ids, the second segment beginning at `secondSegmentStart`.
  public init(ids: [Int32], secondSegmentStart: Int32) {
    self.ids = ids
    self.secondSegmentStart = secondSegmentStart
  }
}

/// Labelled rows in HDF5, tokenised once.
///
/// | dataset, per split (`train`, `dev`, `test`, ...) | type and shape |
/// |---|---|
/// | `<split>/text/bytes`, `<split>/text/offsets` | uint8, int64 `[rows + 1]` |
/// | `<split>/pair/bytes`, `<split>/pair/offsets` (splits of pairs only) | the same |
/// | `<split>/ids`, `<split>/offsets` | int32 `[tokens]`, int64 `[examples + 1]` |
/// | `<split>/second` | int32 `[examples]`: where the second segment starts |
/// | `<split>/labels`, or another column of `StoredTargets` | int32 `[examples]` |
/// | `<split>/teacher/logits` (where rows carry a teacher's answer) and more of `StoredAnswers` | float32 `[rows, labels]` |
/// | `<split>/teacher/name` (where rows name one of several teachers), as `StoredTeacherNames` says | a text a row |
/// | `<split>/rows` (where a row is several examples) | int32 `[examples]`: the row of each |
///
/// Second texts in which answers are looked for lie as `StoredAnswerSheet` says.
public enum DatasetArtifact {
  /// The `kind` attribute.
  public static let kind = "dataset"
  /// The splits a dataset may have, in the order they are written.
  public static let splitNames = ["train", "dev", "dev_mismatched", "test", "test_mismatched"]
  /// Those that are scored, and that no training row should repeat.
  public static let heldOutNames = splitNames.filter { $0 != "train" }

  /// Writes a dataset; `description.splits` is filled in from `splits`.
  public static func write(
    to path: String, _ description: DatasetDescription, splits: [String: DatasetSplit],
    inputs: [String: String]
  ) throws -> ArtifactDigests {
    var description = description
    description.splits = splits.mapValues(\.texts.count)
    return try ArtifactWriter.write(
      to: path, kind: kind, configuration: try CanonicalJSON.encode(description),
      inputs: try CanonicalJSON.encode(inputs), createdBy: ProgramVersion.createdBy
    ) { body in
      for name in splitNames {
        guard let split = splits[name] else { continue }
        try body.write(PackedStrings(split.texts), group: "\(name)/text")
        if let sheet = split.sheet {
          try StoredAnswerSheet.write(sheet, to: body, split: name)
        } else if description.hasPairs || !split.pairs.isEmpty {
          try body.write(PackedStrings(split.pairs), group: "\(name)/pair")
        }
        try body.write(split.sequences, group: name)
        try StoredTargets.write(Targets(split.targets), to: body) { "\(name)/\($0)" }
        try StoredAnswers.write(
          split.answers, columns: description.labels.count, to: body, group: "\(name)/teacher")
        try StoredTeacherNames.write(split.teachers, to: body, split: name)
        if split.rows != split.texts.indices.map({ Int32($0) }) {
          try body.int32s("\(name)/rows", shape: [split.rows.count], values: split.rows)
        }
      }
    }
  }

  /// Reads a dataset's description.
  public static func open(_ path: String) throws -> (ArtifactReader, DatasetDescription) {
    let reader = try ArtifactReader(path: path, expecting: kind)
    let description = try CanonicalJSON.decode(
      DatasetDescription.self, from: reader.configuration, of: path)
    try TokenizedRows.check(maxSequenceLength: description.maxSequenceLength, path: path)
    return (reader, description)
  }

  /// Reads one split and checks it: ids within `vocabularySize`, labels within the names.
  public static func read(
    _ reader: ArtifactReader, _ description: DatasetDescription, split name: String,
    vocabularySize: Int
  ) throws -> DatasetSplit {
    let examples = try readExamples(
      reader, description, split: name, vocabularySize: vocabularySize)
    var split = DatasetSplit()
    split.texts = try PackedStrings(reader, group: "\(name)/text").strings()
    let rows = description.splits[name] ?? 0
    var hasPairs = description.hasPairs
    if StoredAnswerSheet.isThere(reader, split: name) {
      let sheet = try StoredAnswerSheet.read(reader, split: name, rows: rows, examples: examples)
      split.pairs = sheet.contextOfRow.map { sheet.contexts[Int($0)].text }
      split.sheet = sheet
    } else if hasPairs || reader.contains("\(name)/pair/bytes") {
      hasPairs = true
      split.pairs = try PackedStrings(reader, group: "\(name)/pair").strings()
    }
    guard split.texts.count == rows, !hasPairs || split.pairs.count == rows else {
      throw miscounted(reader, split: name, rows: rows)
    }
    split.targets = (0..<examples.count).map { examples.targets[$0] }
    split.rows = (0..<examples.count).map { Int32(examples.row(of: $0)) }
    split.teachers = try StoredTeacherNames.read(reader, split: name, rows: rows)
    let answers = try StoredAnswers.read(
      reader, split: name, examples: examples.count, columns: description.labels.count)
    split.answers =
      answers?.rows
      ?? Ragged(values: [], offsets: [Int](repeating: 0, count: examples.count + 1))
    split.sequences = (0..<examples.count).map { index in
      TokenizedRow(
        ids: Array(examples.ids[examples.offsets[index]..<examples.offsets[index + 1]]),
        secondSegmentStart: examples.secondSegmentStarts[index])
    }
    return split
  }

  /// Reads one split as training sees it, checked in the same way; its texts stay in the file.
  public static func readExamples(
    _ reader: ArtifactReader, _ description: DatasetDescription, split name: String,
    vocabularySize: Int
  ) throws -> InMemoryExamples {
    guard let count = description.splits[name] else {
      let known = description.splits.keys.sorted().joined(separator: ", ")
      throw ArtifactError.badData(
        reader.path, "no split '\(name)' (there are: \(known))",
        cure: "give the split's file to `distill dataset`")
    }
    guard count > 0 else {
      throw ArtifactError.badData(reader.path, "split '\(name)' is empty", cure: "give it rows")
    }
    let tokens = try TokenizedRows.readFlat(reader, group: name, vocabularySize: vocabularySize)
    let examples = tokens.secondSegmentStarts.count
    let lengths = zip(tokens.offsets, tokens.offsets.dropFirst()).map { $1 - $0 }
    if let long = lengths.firstIndex(where: { $0 > description.maxSequenceLength }) {
      throw ArtifactError.badData(
        reader.path,
        "row \(long) of '\(name)' has \(lengths[long]) tokens, beyond its own limit of "
          + "\(description.maxSequenceLength)", cure: "make the dataset again")
    }
    var rows: [Int32] = []
    if reader.contains("\(name)/rows") {
      rows = try reader.int32s("\(name)/rows")
      // Every row has an example, and they come in order.
      let steps = zip([-1] + rows, rows).map { Int($1) - Int($0) }
      guard rows.count == examples, steps.allSatisfy({ $0 == 0 || $0 == 1 }), steps.first == 1,
        rows.last.map({ Int($0) }) == count - 1
      else { throw miscounted(reader, split: name, rows: count) }
    }
    guard !rows.isEmpty || examples == count else {
      throw miscounted(reader, split: name, rows: count)
    }
    if TaskTable.ofRows(named: description.task)?.readsPairsApart == true {
      // Each row is one text, or each is two.
      let texts = reader.contains("\(name)/pair/bytes") ? 2 : 1
      guard examples % texts == 0, examples / texts == count,
        rows.enumerated().allSatisfy({ Int($1) == $0 / texts })
      else { throw miscounted(reader, split: name, rows: count) }
    }
    // What has no names may be words of the vocabulary.
    let outputs = description.labels.isEmpty ? vocabularySize : description.labels.count
    let targets = try StoredTargets.read(
      reader, lengths: lengths, labels: outputs, split: name
    ) { "\(name)/\($0)" }
    return InMemoryExamples(
      ids: tokens.ids, offsets: tokens.offsets, secondSegmentStarts: tokens.secondSegmentStarts,
      targets: targets, rows: rows)
  }

  /// Reads a split as a task scores it.
  ///
  /// - Throws: `ArtifactError` also where the answers are not of the task's kind.
  public static func readRows(
    _ reader: ArtifactReader, _ description: DatasetDescription, for task: any RowTask,
    split name: String, vocabularySize: Int
  ) throws -> TaskRows {
    let examples = try readExamples(
      reader, description, for: task, split: name, vocabularySize: vocabularySize)
    guard task.answersAreInText else { return TaskRows(examples, labels: description.labels) }
    guard StoredAnswerSheet.isThere(reader, split: name) else {
      throw ArtifactError.badData(
        reader.path, "split '\(name)' holds no texts to look for answers in",
        cure: "make the dataset again")
    }
    var sheet = try StoredAnswerSheet.read(
      reader, split: name, rows: description.splits[name] ?? 0, examples: examples)
    if sheet.hasUnanswerable { sheet.search.nullScoreDifference = 0 }
    return TaskRows(examples, labels: description.labels, sheet: sheet)
  }

  /// Reads a split as training sees it; its texts stay in the file.
  ///
  /// - Throws: `ArtifactError` also where the answers are not of the task's kind.
  public static func readExamples(
    _ reader: ArtifactReader, _ description: DatasetDescription, for task: any RowTask,
    split name: String, vocabularySize: Int
  ) throws -> InMemoryExamples {
    let examples = try readExamples(
      reader, description, split: name, vocabularySize: vocabularySize)
    guard task.takes(examples.targets) else {
      throw ArtifactError.badData(
        reader.path, "split '\(name)' has answers of another kind than its task, \(task.name)",
        cure: "make the dataset again")
    }
    return examples
  }

  private static func miscounted(
    _ reader: ArtifactReader, split name: String, rows: Int
  ) -> ArtifactError {
    ArtifactError.badData(
      reader.path, "split '\(name)' says \(rows) rows and holds another number",
      cure: "make the dataset again")
  }
}
