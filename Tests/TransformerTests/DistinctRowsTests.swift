import Compute
import TestSupport
import Testing

@testable import Transformer

/// A first layer that computes queries, keys and values once for rows that are equal.
@Suite struct DistinctRowsTests {
  let context = ComputeContext(threads: 2)

  /// `variants` of each of `sentences`, of which the k-th has another token at place k.
  private func batch(sentences: Int, variants: Int) -> PackedBatch {
    var numbers = ArbitraryNumbers(11)
    var sequences: [TokenSequence] = []
    for sentence in 0..<sentences {
      // No two sentences have a token in common.
      let ids = (0..<12).map { _ in Int32(sentence * 8 + numbers.below(8)) }
      for variant in 0..<variants {
        var changed = ids
        changed[variant] = 49
        sequences.append(TokenSequence(ids: changed, types: (0..<12).map { $0 < 5 ? 0 : 1 }))
      }
    }
    return PackedBatch(sequences, places: sequences.indices.map { UInt64($0) })
  }

  @Test(arguments: ["hf", "masked"])
  func `states and scores have the bits of a sweep that computes every row`(name: String) throws {
    let fixture = try ModelFixture(name, dropout: 0)
    var batch = batch(sentences: 6, variants: 9)
    batch.predictionRows = [3, 30, 31, 77]
    let distinct = try #require(DistinctRows(batch))
    batch.distinct = distinct
    // The changed places hold the same token in every sentence.
    #expect(distinct.rows.count == 6 * 12 + 9 && distinct.kinds.count == batch.tokens)
    let taps = BertModel.Taps(hidden: [0, 1, 2], scores: [1, 2], logits: true)
    let (arena, other) = (Arena(), Arena())
    let made = fixture.model.forward(
      batch, fixture.weights, taps: taps, mode: .evaluation, on: context, in: arena)
    let expected = fixture.model.forward(
      batch, fixture.weights, taps: taps, mode: .training(DropoutStreams(seed: 3, epoch: 1)),
      on: context, in: other)
    #expect(expected.layers.allSatisfy { $0.attention.projections.distinct == nil })
    func isSame(_ read: (Activations) -> Matrix?) throws -> Bool {
      let (actual, wanted) = (try #require(read(made)), try #require(read(expected)))
      return actual.values() == wanted.values()
    }
    for layer in 0...2 { #expect(try isSame { $0.taps.hidden[layer] }, "state \(layer)") }
    for layer in 1...2 { #expect(try isSame { $0.taps.scores[layer] }, "scores \(layer)") }
    #expect(try isSame { $0.logits })
  }

  @Test func `few repetitions are not worth the copies`() {
    #expect(DistinctRows(batch(sentences: 6, variants: 1)) == nil)
    #expect(DistinctRows(batch(sentences: 2, variants: 9)) != nil)
    #expect(DistinctRows(batch(sentences: 6, variants: 3)) != nil)
  }
}
