import Files
import HDF5
import Text
import Training
import Transformer

/// The labelled rows of a task, checked against the model that will read them.
struct TaskData {
  /// Names of the classes.
  let labels: [String]
  /// Training rows.
  let train: InMemoryExamples
  /// Development rows, where the dataset has them.
  let development: InMemoryExamples?
  /// The limit that rows were cut to.
  let maxSequenceLength: Int

  /// Reads a dataset artifact.
  ///
  /// - Throws: `StageError` on another tokenizer, ids beyond the vocabulary, rows longer than the
  ///   model's positions, or a training row without label.
  init(_ path: String, tokenizer: Tokenizer, configuration: ModelConfiguration) throws {
    let (reader, description) = try DatasetArtifact.open(path)
    try TokenizerCheck.same(description.tokenizerDigest, of: path, as: tokenizer)
    try TokenizerCheck.fits(description.maxSequenceLength, path: path, configuration: configuration)
    let read = { (name: String) in
      let rows = try DatasetArtifact.readExamples(
        reader, description, split: name, vocabularySize: configuration.vocabularySize)
      if let row = rows.labels.firstIndex(of: -1) {
        throw StageError.badData(
          path, "row \(row) of '\(name)' has no label", cure: "label it or leave it out")
      }
      return rows
    }
    labels = description.labels
    maxSequenceLength = description.maxSequenceLength
    train = try read("train")
    development = description.splits["dev"] == nil ? nil : try read("dev")
  }
}

/// Refuses to mix what different tokenizers made: the ids would mean other words.
enum TokenizerCheck {
  /// Checks a digest that an artifact records.
  static func same(_ digest: String, of path: String, as tokenizer: Tokenizer) throws {
    guard digest == tokenizer.digest.hexadecimal else {
      throw StageError.badData(
        path, "made with another tokenizer than the model's",
        cure: "make it again with --tokenizer naming this model")
    }
  }

  /// Checks that a model has a position for every token.
  static func fits(_ length: Int, path: String, configuration: ModelConfiguration) throws {
    guard length <= configuration.longestSequence else {
      throw StageError.badData(
        path,
        "rows of up to \(length) tokens, the model has \(configuration.longestSequence) positions",
        cure: "make it again with --max-seq-length \(configuration.longestSequence)")
    }
  }
}

extension ModelSource {
  /// Refuses a model whose tokenizer is not the other's.
  func requireSameTokenizer(as other: ModelSource) throws {
    try TokenizerCheck.same(tokenizer.digest.hexadecimal, of: path, as: other.tokenizer)
  }
}
