import Files
import HDF5
public import Tasks
public import Text
public import Training
public import Transformer

/// The labelled rows of a task, checked against the model that will read them.
public struct TaskData {
  /// What the rows are for.
  public let task: any RowTask
  /// Names of the outputs.
  public let labels: [String]
  /// Training rows.
  public let train: InMemoryExamples
  /// Development rows, where the dataset has them.
  public let development: InMemoryExamples?
  /// The limit that rows were cut to.
  public let maxSequenceLength: Int
  /// Whether the rows are pairs of texts.
  private let hasPairs: Bool
  private let path: String

  /// Reads a dataset artifact.
  ///
  /// - Throws: `ArtifactError` on another tokenizer, ids beyond the vocabulary, rows longer than the
  ///   model's positions, or a training row without label.
  public init(_ path: String, tokenizer: Tokenizer, configuration: ModelConfiguration) throws {
    let (reader, description) = try DatasetArtifact.open(path)
    try TokenizerCheck.same(description.tokenizerDigest, of: path, as: tokenizer)
    try TokenizerCheck.fits(description.maxSequenceLength, path: path, configuration: configuration)
    let task = try description.rowTask(of: path)
    let read = { (name: String) in
      let rows = try DatasetArtifact.readExamples(
        reader, description, for: task, split: name, vocabularySize: configuration.vocabularySize)
      if let index = rows.targets.firstMissing(of: rows.count) {
        throw ArtifactError.badData(
          path, "row \(rows.row(of: index)) of '\(name)' has no label",
          cure: "label it or leave it out")
      }
      return rows
    }
    self.task = task
    labels = description.labels
    maxSequenceLength = description.maxSequenceLength
    hasPairs = description.hasPairs
    self.path = path
    train = try read("train")
    development = description.splits["dev"] == nil ? nil : try read("dev")
  }

  /// Refuses a model that has no place for the rows, before any of them is read.
  ///
  /// - Throws: `ArtifactError` on rows longer than its positions, or pairs for a model of one segment.
  public func requireFit(_ source: ModelSource) throws {
    try TokenizerCheck.fits(maxSequenceLength, path: path, configuration: source.configuration)
    try Self.requireFit(source, pairs: hasPairs, of: path)
  }

  /// Refuses a model of one segment where rows are pairs.
  ///
  /// - Parameters:
  ///   - source: The model.
  ///   - pairs: Whether the rows are pairs.
  ///   - rows: The file that holds them, for the error.
  /// - Throws: `ArtifactError` naming both files.
  public static func requireFit(_ source: ModelSource, pairs: Bool, of rows: String) throws {
    guard pairs, !source.configuration.takesPairs else { return }
    throw ArtifactError.badData(
      source.path,
      "its configuration has type_vocab_size 1, and the rows of \(rows) are pairs, whose second text "
        + "is of type 1",
      cure: "use a model of type_vocab_size 2, or rows of one text")
  }
}

/// Refuses to mix what different tokenizers made: the ids would mean other words.
public enum TokenizerCheck {
  /// Checks a digest that an artifact records.
  public static func same(_ digest: String, of path: String, as tokenizer: Tokenizer) throws {
    guard digest == tokenizer.digest.hexadecimal else {
      throw ArtifactError.badData(
        path, "made with another tokenizer than the model's",
        cure: "make it again with --tokenizer naming this model")
    }
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

extension ModelSource {
  /// Refuses a model whose tokenizer is not the other's.
  ///
  /// - Throws: `ArtifactError` naming both.
  public func requireSameTokenizer(as other: ModelSource) throws {
    guard tokenizer.digest != other.tokenizer.digest else { return }
    throw ArtifactError.badData(
      path, "its tokenizer is another than that of \(other.path)",
      cure:
        "use two models of one vocabulary: a student goes on from the teacher that it was made of")
  }
}
