import Artifacts
import Compute
import RandomStreams
import Stages
import Tasks
import Text
import Training
import Transformer

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

  /// Examples with drawn answers, where a task answers for tokens; for any other task as they are.
  ///
  /// - Parameters:
  ///   - examples: The examples.
  ///   - task: The task.
  ///   - classes: Classes of words.
  ///   - tokenizer: Says which tokens begin a word; without one all do.
  ///   - seed: Of the draws.
  /// - Returns: The same sequences, answered.
  static func answered(
    _ examples: InMemoryExamples, for task: any RowTask, classes: Int, tokenizer: Tokenizer?,
    seed: UInt64
  ) -> InMemoryExamples {
    guard task.readsWords || task.answersAreInText else { return examples }
    var draws = RandomStream(seed: seed, purpose: "benchmark-answers").sequence()
    let targets = (0..<examples.count).map { index -> Target in
      let ids = examples.ids[examples.offsets[index]..<examples.offsets[index + 1]]
      if task.answersAreInText {
        let first = draws.below(ids.count)
        return .span(first: Int32(first), last: Int32(min(first + 3, ids.count - 1)))
      }
      return .tokenLabels(
        ids.map { id in
          let beginsWord =
            tokenizer.map { !$0.specialIds.contains(id) && !$0.continuesWord(id) } ?? true
          return beginsWord ? Int32(draws.below(classes)) : ignoredLabel
        })
    }
    return InMemoryExamples(
      ids: examples.ids, offsets: examples.offsets, targets: Targets(targets))
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
