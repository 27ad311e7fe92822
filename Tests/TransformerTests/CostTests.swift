import Compute
import Foundation
import RandomStreams
import TestSupport
import Testing

@testable import Transformer

/// What sweeps cost, reckoned from sizes, against what they do cost.
@Suite struct CostTests {
  /// A model, a head and taps.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var family = ModelFamily.bert
    var embeddings: Int?
    let head: Head
    let taps: BertModel.Taps

    func model() throws -> BertModel {
      try BertModel(
        ModelConfiguration(
          family: family, vocabularySize: 90, embeddingSize: embeddings, hiddenSize: 48,
          layerCount: 3, headCount: 4, intermediateSize: 80, maximumPositions: 64), head: head)
    }
  }

  static let cases = [
    Case(
      testDescription: "an encoder's states and scores", head: .none,
      taps: .init(hidden: [0, 1, 3], scores: [1, 2, 3])),
    Case(testDescription: "states of lower layers", head: .none, taps: .init(hidden: [0, 2])),
    Case(
      testDescription: "queries, keys and values alone", head: .none,
      taps: .init(queriesKeysValues: [2])),
    Case(
      testDescription: "queries, keys and values of a layer that goes on", head: .none,
      taps: .init(hidden: [3], scores: [1], queriesKeysValues: [1, 3])),
    Case(
      testDescription: "queries, keys, values and scores", head: .none,
      taps: .init(hidden: [1], scores: [3], queriesKeysValues: [3])),
    Case(
      testDescription: "masked words, and queries, keys and values", head: .maskedLanguage,
      taps: .init(queriesKeysValues: [3], logits: true)),
    Case(testDescription: "scores alone", head: .none, taps: .init(scores: [2])),
    Case(
      testDescription: "a class a sequence", head: .classification(labels: 3, style: .hf),
      taps: .init(logits: true)),
    Case(
      testDescription: "a class a sequence, and states",
      head: .classification(labels: 3, style: .tinybert), taps: .init(hidden: [3], logits: true)),
    Case(
      testDescription: "a class a token", head: .tokenClassification(labels: 7),
      taps: .init(logits: true)),
    Case(
      testDescription: "masked words", head: .maskedLanguage, taps: .init(logits: true)),
    Case(testDescription: "answers", head: .questionAnswering, taps: .init(logits: true)),
    Case(
      testDescription: "a mean vector", head: .embedding(pooling: .mean, isNormalized: true),
      taps: .init(logits: true)),
    Case(
      testDescription: "the first token's vector",
      head: .embedding(pooling: .cls, isNormalized: false), taps: .init(logits: true)),
    Case(
      testDescription: "a classifier without a pooler", family: .distilbert,
      head: .classification(labels: 3, style: .hf), taps: .init(logits: true)),
    Case(
      testDescription: "embeddings narrower than states", family: .electra, embeddings: 16,
      head: .maskedLanguage, taps: .init(logits: true)),
  ]

  static let lengths = [30, 9, 17, 22, 30, 5, 28, 13, 26, 31, 8, 19]

  /// A sweep forward and one back, and what they took.
  private func sweep(
    _ shape: Case, precision: Precision = .fp32
  ) throws -> (
    amount: SweepAmount, forward: Int, backward: Int, training: Int, evaluation: Int
  ) {
    let model = try shape.model()
    let context = ComputeContext(threads: 1, precision: precision)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.1, stream: RandomStream(seed: 1, purpose: "cost"))
    var batch = PackedBatch(
      Self.lengths.map { TokenSequence(ids: (0..<Int32($0)).map { $0 + 5 }) },
      places: Self.lengths.indices.map { UInt64($0) })
    var asked: [Int32] = []
    for row in stride(from: 1, to: batch.tokens, by: 5) { asked.append(Int32(row)) }
    batch.predictionRows = asked
    let arena = Arena()
    context.productRecord = ProductRecord()
    let made = model.forward(
      batch, weights, taps: shape.taps, mode: .training(DropoutStreams(seed: 1, epoch: 0)),
      on: context, in: arena)
    let forward = try #require(context.productRecord).flops
    context.productRecord = ProductRecord()
    let loss = made.makeTapGradients(in: arena)
    model.backward(
      made, loss, weights, into: ParameterSet(model.layout), on: context, in: arena)
    let backward = try #require(context.productRecord).flops
    let second = Arena()
    _ = model.forward(
      batch, weights, taps: shape.taps, mode: .evaluation, on: context, in: second)
    var amount = SweepAmount(lengths: Self.lengths)
    amount.asked = Double(asked.count)
    amount.askedKeys = asked.reduce(0) { keys, row in
      let sequence = batch.sequences.starts.lastIndex { $0 <= Int(row) } ?? 0
      return keys + Double(Self.lengths[sequence])
    }
    return (amount, forward, backward, arena.highWaterMark, second.highWaterMark)
  }

  @Test(arguments: cases)
  func `operations are those of the products that are computed`(_ shape: Case) throws {
    let model = try shape.model()
    let (amount, forward, backward, _, _) = try sweep(shape)
    #expect(model.forwardFlops(amount, taps: shape.taps) == Double(forward))
    #expect(model.backwardFlops(amount, taps: shape.taps) == Double(backward))
  }

  @Test(arguments: cases)
  func `memory is what the arena gives, within a tenth`(_ shape: Case) throws {
    let model = try shape.model()
    for precision in [Precision.fp32] + (ComputeContext.obstacleToBF16 == nil ? [.bf16] : []) {
      let (amount, _, _, training, evaluation) = try sweep(shape, precision: precision)
      let (trained, run) = (
        model.trainingFloats(amount, taps: shape.taps, precision: precision),
        model.evaluationFloats(amount, taps: shape.taps, precision: precision)
      )
      #expect(abs(trained / Double(training) - 1) < 0.1, "\(precision): \(trained) of \(training)")
      #expect(abs(run / Double(evaluation) - 1) < 0.1, "\(precision): \(run) of \(evaluation)")
    }
  }

  @Test func `operations are those that a hand counts`() throws {
    // One layer of 4 channels and 6 inside, two sequences of 2 and 3 tokens.
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 10, hiddenSize: 4, layerCount: 1, headCount: 2, intermediateSize: 6),
      head: .none)
    let amount = SweepAmount(lengths: [2, 3])
    let projections = 2 * 5 * 4 * 12
    let attention = 2 * (2 * 2 + 3 * 3) * 4 * 2
    let output = 2 * 5 * 4 * 4
    let feedForward = 2 * 5 * 4 * 6 * 2
    let taps = BertModel.Taps(hidden: [1])
    let forward = Double(projections + attention + output + feedForward)
    #expect(model.forwardFlops(amount, taps: taps) == forward)
    #expect(model.backwardFlops(amount, taps: taps) == 2 * forward)
    #expect(model.forwardFlops(amount, taps: .init(hidden: [0])) == 0)
  }

  @Test func `operations are those that PyTorch counts`() throws {
    struct Oracle: Decodable {
      struct Count: Decodable { let forward, backward: Double }
      let sizes: [String: Int]
      let sequences, length: Int
      let encoder, maskedLanguage: Count
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let oracle = try decoder.decode(
      Oracle.self, from: Data(Fixtures.bytes("transformer/cost.json")))
    let size = { (name: String) in try #require(oracle.sizes[name]) }
    let configuration = try ModelConfiguration(
      vocabularySize: size("vocab_size"), hiddenSize: size("hidden_size"),
      layerCount: size("num_hidden_layers"), headCount: size("num_attention_heads"),
      intermediateSize: size("intermediate_size"),
      maximumPositions: size("max_position_embeddings"))
    let amount = SweepAmount(
      lengths: [Int](repeating: oracle.length, count: oracle.sequences))
    for (head, taps, count) in [
      (Head.none, BertModel.Taps(hidden: [configuration.layerCount]), oracle.encoder),
      (.maskedLanguage, BertModel.Taps(logits: true), oracle.maskedLanguage),
    ] {
      let model = try BertModel(configuration, head: head)
      #expect(model.forwardFlops(amount, taps: taps) == count.forward)
      #expect(model.backwardFlops(amount, taps: taps) == count.backward)
    }
  }
}
