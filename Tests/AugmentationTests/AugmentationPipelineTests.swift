import Compute
import Testing
import Text
import Transformer

@testable import Augmentation

/// All parts together: tokenizer, model, embedding table, draws.
@Suite struct AugmentationPipelineTests {
  private let fixture: MaskedLanguageFixture

  init() throws {
    fixture = try .load()
  }

  private func augmenter(threads: Int, maxTokens: Int, share: Double = 0) throws -> Augmenter {
    let tokenizer = try fixture.tokenizer()
    let context = ComputeContext(threads: threads)
    let words = fixture.weights["bert.embeddings.word_embeddings.weight"] ?? []
    let table = Matrix(
      rows: fixture.vocabulary.count, columns: fixture.configuration.hiddenSize,
      values: words.map { Float($0) / fixture.scale })
    return Augmenter(
      tokenizer: tokenizer,
      contextual: try fixture.source(
        .masked, share: share, maxTokens: maxTokens, threads: threads),
      lexical: try EmbeddingTableCandidates(
        wordEmbeddings: table, tokenizer: tokenizer, candidates: 5, on: context))
  }

  private var rows: [AugmentationRow] {
    let texts = fixture.cases(.masked).map(\.text)
    return (0..<150).map { place in
      AugmentationRow(
        first: texts[place % texts.count] + (place % 3 == 0 ? " dark heart" : " mind"),
        second: place % 5 == 0 ? texts[(place + 1) % texts.count] : nil)
    }
  }

  @Test(arguments: [(1, 1, 4096, 0), (7, 2, 64, 0), (64, 2, 500, 0), (7, 2, 500, 0.2)])
  func `batches and threads do not change a single row`(
    size: Int, threads: Int, maxTokens: Int, share: Double
  ) throws {
    let expected = try augmenter(threads: 1, maxTokens: 4096, share: share)
      .augment(rows: rows[...], startingAt: 0)
    #expect(expected.rows.count > 1_000)
    let other = try augmenter(threads: threads, maxTokens: maxTokens, share: share)
    var found: [AugmentedRow] = []
    for start in stride(from: 0, to: rows.count, by: size) {
      let slice = rows[start..<min(start + size, rows.count)]
      found += try other.augment(rows: slice, startingAt: start).rows
    }
    #expect(found == expected.rows)
  }

  @Test func `words beyond the model's limit stay`() throws {
    let long = fixture.cases(.masked).map(\.text).max { $0.count < $1.count } ?? ""
    let result = try augmenter(threads: 1, maxTokens: 4096)
      .augment(rows: [AugmentationRow(first: long)][...], startingAt: 0)
    let original = SegmentedSentence(long, tokenizer: try fixture.tokenizer())
    let limit = fixture.configuration.maximumPositions - 2
    var changed: Set<Int> = []
    for row in result.rows.dropFirst() {
      for (word, text) in row.first.split(separator: " ").enumerated()
      where text != original.words[word] {
        changed.insert(word)
      }
    }
    // Beyond the limit only words of several pieces may change: they need no model.
    for word in changed where original.ranges[word].lowerBound >= limit {
      #expect(original.ranges[word].count > 1)
    }
    #expect(changed.contains { original.ranges[$0].lowerBound < limit })
    #expect(original.pieces.count > limit)
  }
}
