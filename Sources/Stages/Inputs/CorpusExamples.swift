import HDF5
import Text
import Training
import Transformer

/// The sequences of a corpus as training reads them.
struct CorpusExamples: ExampleSource {
  private let rows: InMemoryExamples

  /// Reads a corpus artifact: four bytes a token stay in memory.
  ///
  /// - Throws: `StageError` on another tokenizer, ids beyond the vocabulary, sequences longer than
  ///   the model's positions, or an empty corpus.
  init(_ path: String, tokenizer: Tokenizer, configuration: ModelConfiguration) throws {
    let (reader, description) = try CorpusArtifact.open(path)
    try TokenizerCheck.same(description.tokenizerDigest, of: path, as: tokenizer)
    try TokenizerCheck.fits(description.maxSequenceLength, path: path, configuration: configuration)
    let ids = try reader.int32s("ids")
    let offsets = try reader.int64s("offsets").map { Int($0) }
    guard offsets.count > 1 else {
      throw StageError.badData(path, "the corpus is empty", cure: "give `distill corpus` some text")
    }
    guard offsets.first == 0, offsets.last == ids.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw StageError.badData(path, "offsets do not fit the ids", cure: "make the corpus again")
    }
    try TokenizedRows.check(
      ids, vocabularySize: configuration.vocabularySize, path: path, group: "corpus")
    rows = InMemoryExamples(ids: ids, offsets: offsets)
  }

  var count: Int { rows.count }

  func length(of index: Int) -> Int { rows.length(of: index) }

  func examples(_ indices: [Int]) throws -> [Example] { try rows.examples(indices) }
}
