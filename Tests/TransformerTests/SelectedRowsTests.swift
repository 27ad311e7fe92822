import Compute
import TestSupport
import Testing

@testable import Transformer

/// The last layer at the rows that the head reads, held to the last layer at every row.
///
/// Tapping the last hidden state, with no loss on it, asks for every row.
@Suite struct SelectedRowsTests {
  let context = ComputeContext(threads: 2)

  /// Sequences of unequal lengths, one of a single token.
  static let lengths = [5, 1, 12, 3, 16, 16]

  /// Rows whose vocabulary logits are wanted: one; several in some sequences; all but one of 53, last first.
  static let predictionRows: [[Int32]] = [[7], [0, 4, 5, 6, 17, 20, 36], (1..<53).reversed()]

  @Test(arguments: ["hf", "tinybert"], [0, 0.3])
  func `a classifier's logits and gradients are those of the whole last layer`(
    name: String, dropout: Double
  ) throws {
    let fixture = try ModelFixture(name, dropout: dropout)
    try expectSameSweeps(fixture, batch(predictionRows: []), BertModel.Taps(logits: true))
  }

  @Test(arguments: predictionRows, [0, 0.3])
  func `vocabulary logits and gradients are those of the whole last layer`(
    rows: [Int32], dropout: Double
  ) throws {
    let fixture = try ModelFixture("masked", dropout: dropout)
    try expectSameSweeps(fixture, batch(predictionRows: rows), BertModel.Taps(logits: true))
  }

  @Test(arguments: ["hf", "masked"])
  func `loss on lower states and on every layer's scores joins the head's`(name: String) throws {
    let fixture = try ModelFixture(name, dropout: 0.3)
    try expectSameSweeps(
      fixture, batch(predictionRows: Self.predictionRows[1]),
      BertModel.Taps(hidden: [0, 1], scores: [1, 2], logits: true))
  }

  @Test func `without prediction rows no layer runs for the head, and none gets a gradient`() throws
  {
    let fixture = try ModelFixture("masked", dropout: 0.3)
    let arena = Arena()
    let made = fixture.model.forward(
      batch(predictionRows: []), fixture.weights, taps: BertModel.Taps(logits: true),
      mode: .training(DropoutStreams(seed: 3, epoch: 1)), on: context, in: arena)
    #expect(made.logits == nil && made.layers.isEmpty)
    let gradients = ParameterSet(fixture.model.layout)
    fixture.model.backward(
      made, made.makeTapGradients(in: arena), fixture.weights, into: gradients, on: context,
      in: arena)
    #expect(gradients.values.values().allSatisfy { $0 == 0 })
  }

  @Test(arguments: ["hf", "masked"])
  func `a training sweep that reads one row a sequence keeps less memory`(name: String) throws {
    let fixture = try ModelFixture(name)
    func mark(_ taps: BertModel.Taps) -> Int {
      let arena = Arena()
      _ = fixture.model.forward(
        batch(predictionRows: [0, 5, 6, 18, 21, 37]), fixture.weights, taps: taps,
        mode: .training(DropoutStreams(seed: 3, epoch: 1)), on: context, in: arena)
      return arena.highWaterMark
    }
    // The whole layer keeps two more rows of 36 and three of 24 floats for 47 of the 53 tokens.
    let saved = mark(.init(hidden: [2], logits: true)) - mark(.init(logits: true))
    #expect(saved > 47 * (2 * 36 + 3 * 24))
  }

  private func batch(predictionRows: [Int32]) -> PackedBatch {
    var numbers = ArbitraryNumbers(11)
    let sequences = Self.lengths.map { length in
      TokenSequence(
        ids: (0..<length).map { _ in Int32(numbers.below(50)) },
        types: (0..<length).map { $0 < length / 2 ? 0 : 1 })
    }
    var batch = PackedBatch(sequences, places: [9, 2, 5, 31, 7, 6])
    batch.predictionRows = predictionRows
    return batch
  }

  /// Runs forward in both modes and backward, with and without a tap on the last hidden state.
  private func expectSameSweeps(
    _ fixture: ModelFixture, _ batch: PackedBatch, _ taps: BertModel.Taps
  ) throws {
    let everyRow = taps.union(BertModel.Taps(hidden: [2]))
    for mode in [BertModel.Mode.evaluation, .training(DropoutStreams(seed: 3, epoch: 1))] {
      let selected = sweep(fixture, batch, taps, mode)
      let whole = sweep(fixture, batch, everyRow, mode)
      #expect(selected.taps.keys.contains("logits"))
      for (name, values) in selected.taps { expectSame(values, whole.taps[name], name) }
      // The keys' biases have no gradient but rounding: scores shifted alike give the same softmax.
      let all = whole.gradients.values.reduce(0) { $0 + squaredNorm($1) }.squareRoot()
      for (name, values) in selected.gradients {
        expectSame(values, whole.gradients[name], name, besides: 1e-7 * all)
      }
    }
  }

  /// The taps made and, in training, the gradients of an arbitrary loss on `logits` and lower taps.
  private func sweep(
    _ fixture: ModelFixture, _ batch: PackedBatch, _ taps: BertModel.Taps, _ mode: BertModel.Mode
  ) -> (taps: [String: [Float]], gradients: [String: [Float]]) {
    let arena = Arena()
    let made = fixture.model.forward(
      batch, fixture.weights, taps: taps, mode: mode, on: context, in: arena)
    let named = made.named
    guard case .training = mode else { return (named, [:]) }
    let seeds = made.makeTapGradients(in: arena)
    var numbers = ArbitraryNumbers(12)
    for matrix in [
      seeds.logits, seeds.hidden[0], seeds.hidden[1], seeds.scores[1], seeds.scores[2],
    ] {
      matrix?.assign(numbers.floats(matrix?.count ?? 0))
    }
    let gradients = ParameterSet(fixture.model.layout)
    fixture.model.backward(made, seeds, fixture.weights, into: gradients, on: context, in: arena)
    let pairs = fixture.model.layout.parameters.map { ($0.name, gradients[$0].values()) }
    return (named, Dictionary(uniqueKeysWithValues: pairs))
  }

  private func expectSame(
    _ values: [Float], _ expected: [Float]?, _ name: String, besides allowed: Double = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let expected = expected ?? []
    let distance = squaredNorm(zip(values, expected).map { $0 - $1 }).squareRoot()
    #expect(
      values.count == expected.count
        && distance <= 1e-6 * squaredNorm(expected).squareRoot() + allowed,
      "\(name) is off by \(distance)", sourceLocation: sourceLocation)
  }
}
