import Compute
import Testing
import Text

@testable import Augmentation

/// The two sources that know words without their sentence.
@Suite struct WordSourceTests {
  private let context = ComputeContext(threads: 1)

  private func ask(_ source: some CandidateSource, _ text: String, _ tokenizer: Tokenizer) throws
    -> [[String]]
  {
    let sentence = SegmentedSentence(text, tokenizer: tokenizer)
    return try source.candidates(
      for: sentence.words.indices.map { WordPlace(sentence: 0, word: $0) }, in: [sentence])
  }

  private func vectors(_ rows: [(String, [Float])]) throws -> WordVectors {
    var parser = WordVectorParser(path: "")
    for (index, row) in rows.enumerated() {
      let numbers = row.1.map { String($0) }.joined(separator: " ")
      try parser.read("\(row.0) \(numbers)", number: index + 1)
    }
    return try parser.finish()
  }

  @Test func `neighbours of a word are its nearest others, none for an unknown word`() throws {
    let tokenizer = try SmallVocabulary.tokenizer(["a"])
    let source = WordVectorCandidates(
      try vectors([
        ("good", [1, 0]), ("great", [0.9, 0.1]), ("fine", [0.8, 0.3]), ("bad", [-1, 0.1]),
      ]), candidates: 2, on: context)
    #expect(
      try ask(source, "good zebra good bad", tokenizer)
        == [["great", "fine"], [], ["great", "fine"], ["fine", "great"]])
  }

  @Test func `a capitalised word is looked up in lower case and gets capitals`() throws {
    let tokenizer = try SmallVocabulary.tokenizer(["a"], lowercases: false)
    let source = WordVectorCandidates(
      try vectors([
        ("good", [1, 0]), ("Great", [0.9, 0.1]), ("great", [0.9, 0.2]), ("Good", [1, 0.1]),
      ]),
      candidates: 3, on: context)
    let found = try ask(source, "GOOD Good good", tokenizer)
    #expect(found[0] == ["Good", "Great"])  // of "good": Good, Great, great
    #expect(found[1] == ["Great"])  // of "Good": Great, good (now itself), great
    #expect(found[2] == ["Good", "Great", "great"])
  }

  /// Rows of the vocabulary's table by name; others are zero.
  private func table(_ tokenizer: Tokenizer, _ rows: [String: [Float]]) -> Matrix {
    Matrix(
      rows: tokenizer.vocabulary.tokens.count, columns: 2,
      values: tokenizer.vocabulary.tokens.flatMap { rows[$0] ?? [0, 0] })
  }

  @Test func `a word of several pieces lies at the mean of its pieces`() throws {
    let tokenizer = try SmallVocabulary.tokenizer(
      ["play", "##ful", "funny", "sad", "work", "##ing", ",", "7"])
    let embeddings = table(
      tokenizer,
      [
        "play": [2, 0], "##ful": [0, 2], "funny": [1, 1.1], "sad": [-1, 1], "work": [1, 0.2],
        "##ing": [1, 1], ",": [1, 1], "7": [1, 1], "[SEP]": [1, 1], "[UNK]": [1, 1],
      ])
    let source = try EmbeddingTableCandidates(
      wordEmbeddings: embeddings, tokenizer: tokenizer, candidates: 3, on: context)
    let found = try ask(source, "playful play zebra", tokenizer)
    #expect(found[0] == ["funny", "work", "play"])  // at (1, 1); "##ing", ",", "7" are no words
    #expect(found[1] == ["work", "funny", "sad"])  // of one piece: not itself
    #expect(found[2] == [])  // [UNK] says nothing about the word
  }

  @Test func `a table smaller than the vocabulary is refused`() throws {
    let tokenizer = try SmallVocabulary.tokenizer(["play", "work"])
    #expect(throws: AugmentationError.self) {
      try EmbeddingTableCandidates(
        wordEmbeddings: Matrix(rows: 6, columns: 2), tokenizer: tokenizer, on: context)
    }
    #expect(throws: AugmentationError.self) {
      try EmbeddingTableCandidates(
        wordEmbeddings: Matrix(rows: 7, columns: 2), tokenizer: tokenizer, on: context)
    }
  }
}
