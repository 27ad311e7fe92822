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
    train = try read("train")
    development = description.splits["dev"] == nil ? nil : try read("dev")
  }
}

/// Refuses to mix what different tokenizers made: the ids would mean other words.
public enum TokenizerCheck {
  /// Checks a digest that an artifact records.
  public static func same(_ digest: String, of path: String, as tokenizer: Tokenizer) throws {
    try same(digest, of: path, as: tokenizer.digest.hexadecimal)
  }

  /// Checks a digest that an artifact records against that of another tokenizer.
  public static func same(_ digest: String, of path: String, as other: String) throws {
    guard digest == other else {
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
  public func requireSameTokenizer(as other: ModelSource) throws {
    try TokenizerCheck.same(tokenizer.digest.hexadecimal, of: path, as: other.tokenizer)
  }
}
