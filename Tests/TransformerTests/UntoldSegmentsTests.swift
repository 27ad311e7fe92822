import Compute
import TestSupport
import Testing

@testable import Transformer

/// A model that is not told which of two texts a token is of.
@Suite struct UntoldSegmentsTests {
  private let context = ComputeContext(threads: 2)

  private func forward(
    _ model: BertModel, _ fixture: ModelFixture, _ types: [Int32]
  ) throws -> [String: [Float]] {
    let sequence = TokenSequence(ids: [2, 7, 9, 3, 8, 3], types: types)
    let batch = PackedBatch([sequence], places: [0])
    try model.validate(batch)
    return model.forward(
      batch, fixture.weights, taps: fixture.everything, mode: .evaluation, on: context,
      in: Arena()
    ).named
  }

  @Test func `pairs have the bits of texts of the first segment`() throws {
    let fixture = try ModelFixture("hf", dropout: 0)
    var configuration = fixture.model.configuration
    configuration.readsSegments = false
    let model = try BertModel(configuration, head: fixture.model.head)
    #expect(model.layout.count == fixture.model.layout.count)
    let (first, pair): ([Int32], [Int32]) = ([0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1])
    let wanted = try forward(fixture.model, fixture, first)
    #expect(try forward(model, fixture, pair) == wanted)
    #expect(try forward(fixture.model, fixture, pair) != wanted)
    // Where there is no second segment in the table, none is asked for.
    configuration.typeVocabularySize = 1
    #expect(configuration.takesPairs)
    let small = try BertModel(configuration, head: fixture.model.head)
    let batch = PackedBatch([TokenSequence(ids: [2, 3, 3], types: [0, 0, 1])], places: [0])
    try small.validate(batch)
  }
}
