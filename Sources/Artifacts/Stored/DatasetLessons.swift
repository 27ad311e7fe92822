public import HDF5
public import Training

/// What the rows of a dataset, those to train on first of all, can be learnt from: their labels, a teacher's
/// answers, both or neither.
public struct DatasetLessons: Sendable {
  /// Some of the rows, or of the windows that they became.
  public struct Part: Sendable {
    /// How many.
    public private(set) var count = 0
    /// The row of the first of them, from 0; nil where there is none.
    public private(set) var first: Int?

    /// None of them.
    public static let none = Part()

    /// The number of the first row, from 1 as lines are, for a message.
    public var spokenFirst: String { "row \((first ?? 0) + 1), from 1" }

    fileprivate mutating func add(_ row: Int) {
      if first == nil { first = row }
      count += 1
    }
  }

  /// How many there are.
  public let count: Int
  /// Those that have no label.
  public private(set) var unlabelled = Part.none
  /// Those that carry no teacher's answer.
  public private(set) var unanswered = Part.none
  /// Those that have neither.
  public private(set) var useless = Part.none

  /// Whether any carries a teacher's answer.
  public var haveAnswers: Bool { unanswered.count < count }

  /// Looks at rows that are read.
  ///
  /// - Parameters:
  ///   - rows: The rows.
  ///   - answers: What they carry; nil where they carry nothing.
  public init(of rows: InMemoryExamples, answers: Outputs?) {
    self.init(count: rows.count, targets: rows.targets, answers: answers) { rows.row(of: $0) }
  }

  /// Looks at the labels and answers of a dataset, and at nothing else of it.
  ///
  /// - Parameters:
  ///   - reader: The dataset.
  ///   - description: Its description.
  ///   - split: The rows.
  /// - Throws: What is wrong with the file.
  public init(
    of reader: ArtifactReader, _ description: DatasetDescription, split: String = "train"
  ) throws {
    let offsets =
      reader.contains("\(split)/offsets") ? try reader.int64s("\(split)/offsets") : []
    let lengths = zip(offsets, offsets.dropFirst()).map { Int(clamping: $1 &- $0) }
    // What has no names may be words of a vocabulary, of which nothing is known here.
    let outputs = description.labels.isEmpty ? Int(Int32.max) : description.labels.count
    let targets = try StoredTargets.read(
      reader, lengths: lengths, labels: outputs, split: split, at: { "\(split)/\($0)" })
    let answers = try StoredAnswers.read(
      reader, split: split, examples: lengths.count, columns: description.labels.count)
    let rows = reader.contains("\(split)/rows") ? try reader.int32s("\(split)/rows") : []
    self.init(count: lengths.count, targets: targets, answers: answers) {
      rows.indices.contains($0) ? Int(rows[$0]) : $0
    }
  }

  /// The same of the dataset at a path.
  ///
  /// - Throws: What is wrong with the file.
  public init(ofDataset path: String) throws {
    let (reader, description) = try DatasetArtifact.open(path)
    try self.init(of: reader, description)
  }

  private init(count: Int, targets: Targets, answers: Outputs?, row: (Int) -> Int) {
    self.count = count
    for index in 0..<count {
      let isLabelled = targets.isKnown(index)
      let isAnswered = answers.map { !$0.rows[index].isEmpty } ?? false
      if !isLabelled { unlabelled.add(row(index)) }
      if !isAnswered { unanswered.add(row(index)) }
      if !isLabelled, !isAnswered { useless.add(row(index)) }
    }
  }

  /// Refuses rows without label.
  ///
  /// - Parameters:
  ///   - path: The dataset.
  ///   - cure: What to do about them.
  /// - Throws: `ArtifactError` with their number and the first of them.
  public func requireLabels(of path: String, cure: String) throws {
    guard unlabelled.count > 0 else { return }
    throw ArtifactError.badData(
      path,
      "\(unlabelled.count) of \(count) rows of 'train' have no label, the first is "
        + unlabelled.spokenFirst, cure: cure)
  }

  /// What to do about rows without label where labels are to be learnt.
  public static func labelCure(haveAnswers: Bool) -> String {
    haveAnswers
      ? "label them, or learn the teacher's answers that rows carry: distill prediction, without a teacher"
      : "label them, or let a student learn from a teacher: distill task"
  }
}
