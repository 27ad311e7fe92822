import Files
import HDF5
public import Tasks
public import Text
public import Training
public import Transformer

/// The rows of a task, checked against the model that will read them.
public struct TaskData {
  /// What the rows are for.
  public var task: any RowTask
  /// Names of the outputs.
  public let labels: [String]
  /// Training rows.
  public let train: InMemoryExamples
  /// Development rows, where the dataset has them with their answers.
  public let development: TaskRows?
  /// The limit that rows were cut to.
  public let maxSequenceLength: Int
  /// Whether rows are pairs of texts.
  public let hasPairs: Bool
  private let reader: ArtifactReader

  /// Reads a dataset artifact.
  ///
  /// - Parameters:
  ///   - path: The artifact.
  ///   - tokenizer: The tokenizer of the model that will read it.
  ///   - configuration: The sizes of that model.
  ///   - cure: What to do about training rows without answer; nil where none is needed.
  /// - Throws: `ArtifactError` on another tokenizer, ids beyond the vocabulary, rows longer than the
  ///   model's positions or than what its tokenizer says it reads, or a training row without an answer that is needed.
  public init(
    _ path: String, tokenizer: Tokenizer, configuration: ModelConfiguration,
    answersNeededElse cure: String?
  ) throws {
    let (reader, description) = try DatasetArtifact.open(path)
    try TokenizerCheck.same(description.tokenizerDigest, of: path, as: tokenizer)
    try TokenizerCheck.fits(description.maxSequenceLength, path: path, configuration: configuration)
    let task = try description.rowTask(of: path)
    let read = { (name: String) in
      try DatasetArtifact.readRows(
        reader, description, for: task, split: name, vocabularySize: configuration.vocabularySize)
    }
    self.task = task
    self.reader = reader
    labels = description.labels
    maxSequenceLength = description.maxSequenceLength
    hasPairs = description.hasPairs
    train = try DatasetArtifact.readExamples(
      reader, description, for: task, split: "train",
      vocabularySize: configuration.vocabularySize)
    let limit = tokenizer.settings.modelMaxLength
    try train.requireWhole(within: limit, of: path, for: "the model")
    if let cure {
      let isTaught = StoredAnswers.areThere(reader, split: "train")
      try train.requireAnswers(
        split: "train", of: path,
        cure: isTaught ? DatasetLessons.labelCure(haveAnswers: true) : cure)
    }
    let held = description.splits["dev"] == nil ? nil : try read("dev")
    try held?.examples.requireWhole(within: limit, of: path, for: "the model")
    development = held?.targets.areKnown == true ? held : nil
    try development?.examples.requireAnswers(
      split: "dev", of: path, cure: "label them, or leave them out of the dataset")
  }
}

extension TaskData {
  /// Names of the teachers that the rows of a split are to be asked of, one a row; none where they name none.
  ///
  /// - Throws: `ArtifactError` where the names do not fit the rows.
  public func teacherNames(of split: String) throws -> [String] {
    guard let examples = split == "dev" ? development?.examples : train, examples.count > 0 else {
      return []
    }
    return try StoredTeacherNames.read(
      reader, split: split, rows: examples.row(of: examples.count - 1) + 1)
  }

  /// What a teacher that is elsewhere answered for the rows of a split; nil where they carry nothing.
  ///
  /// - Throws: `ArtifactError` where the answers do not fit the rows.
  public func answers(of split: String) throws -> Outputs? {
    let examples = split == "dev" ? development?.examples : train
    return try examples.flatMap {
      try StoredAnswers.read(reader, split: split, examples: $0.count, columns: labels.count)
    }
  }
}

extension InMemoryExamples {
  /// The row of an example by its number among those of its split, from 1 as lines are.
  public func spokenRow(of example: Int) -> String { "row \(row(of: example) + 1), from 1" }

  /// Refuses rows without answer.
  ///
  /// - Throws: `ArtifactError` with their number and the first of them.
  public func requireAnswers(split: String, of path: String, cure: String) throws {
    guard let first = targets.firstMissing(of: count) else { return }
    let missing = (0..<count).count { !targets.isKnown($0) }
    throw ArtifactError.badData(
      path,
      "\(missing) of \(count) rows of '\(split)' have no label, the first is \(spokenRow(of: first))",
      cure: cure)
  }
}

extension InMemoryExamples {
  /// Refuses rows that are longer than what a model reads: it would learn, or be scored on, more of them
  /// than it is shown when it answers.
  ///
  /// - Parameters:
  ///   - limit: The most tokens that its tokenizer says it reads; nil where that says nothing.
  ///   - path: The dataset.
  ///   - model: The model, for the message.
  /// - Throws: `ArtifactError` with both lengths.
  public func requireWhole(within limit: Int?, of path: String, for model: String) throws {
    guard let limit, let longest = (0..<count).map({ length(of: $0) }).max(), longest > limit else {
      return
    }
    throw ArtifactError.badData(
      path, "its longest row has \(longest) tokens, \(model) reads \(limit), as its tokenizer says",
      cure: "make it again with --max-seq-length \(limit)")
  }
}

/// Refuses to mix what different tokenizers made: the ids would mean other words.
public enum TokenizerCheck {
  /// Checks a digest that an artifact records.
  ///
  /// - Parameters:
  ///   - digest: The digest.
  ///   - path: The artifact.
  ///   - tokenizer: What it must have been made with.
  ///   - model: Whose tokenizer that is, where it is not the only one in question.
  /// - Throws: `ArtifactError` naming both.
  public static func same(
    _ digest: String, of path: String, as tokenizer: Tokenizer, model: String? = nil
  ) throws {
    try same(digest, of: path, as: tokenizer.digest.hexadecimal, model: model)
  }

  /// Checks a digest that an artifact records against that of another tokenizer.
  ///
  /// - Throws: `ArtifactError` naming both.
  public static func same(
    _ digest: String, of path: String, as other: String, model: String? = nil
  ) throws {
    guard digest != other else { return }
    throw ArtifactError.badData(
      path, "made with another tokenizer than \(model.map { "that of \($0)" } ?? "the model's")",
      cure: model.map { "use a model of its vocabulary, or make it again with --tokenizer \($0)" }
        ?? "make it again with --tokenizer naming this model")
  }

  /// Checks that two models have one tokenizer.
  ///
  /// - Throws: `ArtifactError` naming both.
  public static func same(
    _ digest: String, ofModel path: String, as other: String, of otherPath: String
  ) throws {
    guard digest != other else { return }
    throw ArtifactError.badData(
      path, "its tokenizer is another than that of \(otherPath)",
      cure:
        "use two models of one vocabulary: a student goes on from the teacher that it was made of")
  }

  /// Checks that a model has a position for every token.
  public static func fits(_ length: Int, path: String, configuration: ModelConfiguration) throws {
    guard length <= configuration.longestSequence else {
      throw ArtifactError.badData(
        path,
        "rows of up to \(length) tokens, the model has \(configuration.longestSequence) positions",
        cure: "make it again with --max-seq-length \(configuration.longestSequence)")
    }
  }
}
