import Artifacts
import RandomStreams
import Stages
import Text
import Training

/// What a benchmark trains on.
enum BenchmarkExamples {
  /// Sequences of one length, their ids drawn from `seed` over the whole vocabulary.
  static func drawn(count: Int, length: Int, vocabularySize: Int, seed: UInt64) -> InMemoryExamples
  {
    var draws = RandomStream(seed: seed, purpose: "benchmark-ids").sequence()
    return InMemoryExamples(
      ids: (0..<count * length).map { _ in Int32(draws.below(vocabularySize)) },
      offsets: (0...count).map { $0 * length })
  }

  /// The texts of a file, each cut to `length` tokens.
  ///
  /// - Throws: What is wrong with the file.
  static func read(_ path: String, tokenizer: Tokenizer, length: Int) throws -> InMemoryExamples {
    var ids: [Int32] = []
    var offsets = [0]
    for text in try texts(of: path) {
      ids += tokenizer.encode(text, maxLength: length).ids
      offsets.append(ids.count)
    }
    return InMemoryExamples(ids: ids, offsets: offsets)
  }

  /// The texts of a file that are not empty, at most `limit`: one a line, or the column `sentence`
  /// of a tsv, csv or jsonl file.
  ///
  /// - Throws: `ArtifactError` where there is none, and what is wrong with the file.
  static func texts(of path: String, limit: Int = .max) throws -> [String] {
    let reader = try RowReader(path, format: (try? RowFormat(ofFile: path)) ?? .txt)
    var texts: [String] = []
    while texts.count < limit, let row = try reader.next() {
      if row.text.contains(where: { !$0.isWhitespace }) { texts.append(row.text) }
    }
    guard !texts.isEmpty else {
      throw ArtifactError.badData(path, "no text in it", cure: "give one text a line")
    }
    return texts
  }
}
