import Text

@testable import Augmentation

/// Tokenizers over a handful of words.
enum SmallVocabulary {
  static let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]

  static func tokenizer(_ words: [String], lowercases: Bool = true) throws -> Tokenizer {
    var settings = TokenizerSettings()
    settings.normalizer.doLowerCase = lowercases
    return try Tokenizer(tokens: special + words, settings: settings)
  }
}

/// Answers from a table and counts what it is asked.
final class TableCandidates: CandidateSource {
  let table: [String: [String]]
  private(set) var asked: [String] = []

  init(_ table: [String: [String]]) {
    self.table = table
  }

  func candidates(for places: [WordPlace], in sentences: [SegmentedSentence]) -> [[String]] {
    let words = places.map { sentences[$0.sentence].words[$0.word] }
    asked += words
    return words.map { table[$0] ?? [] }
  }
}
