import Compute
import Foundation
import RandomStreams
import TestSupport
import Testing
import Training
import Transformer

@testable import Distillation

/// `Fixtures/reduction.json`: the student that is made of a wider teacher, as PyTorch computed it in float64.
private struct ReductionFixture: Decodable {
  struct Layer: Decodable {
    let scores, values: [[Double]]
    let attentionBias: [Double]
    let attentionNorm: [[Double]]
    let inner, outer, outerBias: [Double]
    let norm: [[Double]]

    enum CodingKeys: String, CodingKey {
      case scores, values, inner, outer, norm
      case attentionBias = "attention bias"
      case attentionNorm = "attention norm"
      case outerBias = "outer bias"
    }
  }

  let axes, mean, share, word, position, types, length: [Double]
  let first, second: Layer

  enum CodingKeys: String, CodingKey {
    case axes, mean, share, word, position, length
    case types = "token_type"
    case first = "layer 0"
    case second = "layer 1"
  }
}

@Suite struct ReductionTests {
  private let fixture: DistillationFixture
  private let context: ComputeContext

  init() throws {
    fixture = try .load()
    context = ComputeContext(threads: 2)
  }

  private func teacher(_ name: String = "wide") throws -> TeacherRunner {
    try fixture.teacher(name, on: context)
  }

  private func expect(
    _ found: [Double], _ wanted: [Double], _ what: String,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(found.count == wanted.count, "\(what)", sourceLocation: location)
    let most = zip(found, wanted).map { abs($0 - $1) / (1 + abs($1)) }.max() ?? 1
    #expect(most < 2e-4, "\(what): \(most)", sourceLocation: location)
  }

  @Test func `a narrower student has what PyTorch makes of the teacher's layers`() throws {
    let wanted = try JSONDecoder().decode(
      ReductionFixture.self, from: Data(try Fixtures.bytes("reduction.json")))
    let configuration = try fixture.model("student").configuration
    let model = try BertModel(configuration, head: .none)
    var layout = model.layout
    let projection = try HiddenProjection.declare(
      .shared, states: [0, 1, 2], student: 8, teacher: 12, in: &layout)
    let weights = ParameterSet(layout)
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let source = InMemoryExamples(fixture.examples)
    let reduction = try TeacherReduction(of: teacher(), map: map, width: 8, on: source)
    expect([reduction.share], wanted.share, "share")
    #expect(try reduction.fill(model, weights, projection: projection).isEmpty)

    let made = NamedParameters(weights: weights)
    expect(made.vector("distillation.projection.weight"), wanted.axes, "axes")
    expect(made.vector("distillation.projection.bias"), wanted.mean, "mean")
    let tables = "bert.embeddings"
    expect(made.vector("\(tables).word_embeddings.weight"), wanted.word, "words")
    expect(made.vector("\(tables).position_embeddings.weight"), wanted.position, "positions")
    expect(made.vector("\(tables).token_type_embeddings.weight"), wanted.types, "segments")
    for gain in made.vector("\(tables).LayerNorm.weight") { expect([gain], wanted.length, "gain") }
    for (place, layer) in [wanted.first, wanted.second].enumerated() {
      check(made, "bert.encoder.layer.\(place)", layer)
    }
  }

  private func check(_ made: NamedParameters, _ name: String, _ wanted: ReductionFixture.Layer) {
    let (query, key, value) = (
      made.linear("\(name).attention.self.query"), made.linear("\(name).attention.self.key"),
      made.linear("\(name).attention.self.value")
    )
    let output = made.matrix("\(name).attention.output.dense.weight")
    for head in 0..<2 {
      let channels = head * 4..<(head + 1) * 4
      let scores = query.rows(channels).transposed * key.rows(channels)
      expect(scores.scaled(by: 0.5).values, wanted.scores[head], "scores of head \(head)")
      let values = output.columns(channels) * value.rows(channels)
      expect(values.values, wanted.values[head], "values of head \(head)")
    }
    expect(
      made.vector("\(name).attention.output.dense.bias"), wanted.attentionBias, "attention bias")
    let norms = [
      ("attention.output.LayerNorm", wanted.attentionNorm), ("output.LayerNorm", wanted.norm),
    ]
    for (norm, values) in norms {
      expect(made.vector("\(name).\(norm).weight"), values[0], "gain of \(norm)")
      expect(made.vector("\(name).\(norm).bias"), values[1], "shift of \(norm)")
    }
    expect(made.linear("\(name).intermediate.dense").values, wanted.inner, "inner")
    expect(made.vector("\(name).output.dense.weight"), wanted.outer, "outer")
    expect(made.vector("\(name).output.dense.bias"), wanted.outerBias, "outer bias")
  }

  @Test func `a student of the teacher's width has its layers to the bit`() throws {
    let teacher = try self.teacher()
    var configuration = teacher.model.configuration
    configuration.layerCount = 2
    let model = try BertModel(configuration, head: .none)
    let weights = ParameterSet(model.layout)
    let map = try LayerMap(.last, studentLayers: 2, teacherLayers: 3)
    let reduction = try TeacherReduction(
      of: teacher, map: map, width: 12, on: InMemoryExamples(fixture.examples))
    #expect(reduction.share == 1)
    #expect(try reduction.fill(model, weights, projection: nil).isEmpty)
    for parameter in model.layout.parameters {
      let name = parameter.name.replacingOccurrences(of: "layer.1.", with: "layer.2.")
        .replacingOccurrences(of: "layer.0.", with: "layer.1.")
      let other = try #require(teacher.weights.layout[name])
      #expect(weights[parameter].values() == teacher.weights[other].values(), "\(parameter.name)")
    }
  }

  /// A teacher of another family, of the sizes of the wide one; its tables are as the others' are.
  private func teacher(of family: ModelFamily, embeddingSize: Int?) throws -> TeacherRunner {
    var configuration = try fixture.model("wide").configuration
    configuration.family = family
    configuration.embeddingSize = embeddingSize
    let model = try BertModel(configuration, head: .none)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.3, stream: RandomStream(seed: 3, purpose: "teacher"))
    return TeacherRunner(model, weights: weights, on: context)
  }

  @Test(
    arguments: [
      (ModelFamily.bert, nil, 8), (.distilbert, nil, 8), (.electra, 10, 8), (.electra, 10, 12),
    ] as [(ModelFamily, Int?, Int)])
  func `what is projected back is near the teacher's embeddings in every family`(
    family: ModelFamily, embeddingSize: Int?, width: Int
  ) throws {
    let teacher = try teacher(of: family, embeddingSize: embeddingSize)
    var configuration = try fixture.model("student").configuration
    configuration.hiddenSize = width
    let model = try BertModel(configuration, head: .none)
    var layout = model.layout
    let projection = try HiddenProjection.declare(
      .shared, states: [0, 1, 2], student: width, teacher: 12, in: &layout)
    let weights = ParameterSet(layout)
    let reduction = try TeacherReduction(
      of: teacher, map: LayerMap(.uniform, studentLayers: 2, teacherLayers: 3), width: width,
      on: InMemoryExamples(fixture.examples))
    _ = try reduction.fill(model, weights, projection: projection)
    let packed = PackedBatch(
      fixture.examples.map(\.sequence), places: fixture.examples.indices.map(UInt64.init))
    let taps = BertModel.Taps(hidden: [0])
    let own = try #require(
      TeacherRunner(model, weights: weights, on: context).taps(taps, of: packed).hidden[0])
    let known = try #require(try teacher.taps(taps, of: packed).hidden[0])
    let made = NamedParameters(weights: weights)
    let back =
      (DoubleMatrix(own)
      * made.matrix("distillation.projection.weight").transposed).values
    let mean = made.vector("distillation.projection.bias")
    let wanted = DoubleMatrix(known).values
    let error = zip(back.indices, wanted).reduce(0) { sum, each in
      let difference = back[each.0] + mean[each.0 % 12] - each.1
      return sum + difference * difference
    }
    let size = wanted.reduce(0) { $0 + $1 * $1 }
    #expect(error < 0.3 * size, "\(error) of \(size)")
  }

  @Test func `a student whose teacher knows no segments has none of its own at first`() throws {
    let teacher = try teacher(of: .distilbert, embeddingSize: nil)
    var configuration = try fixture.model("wide").configuration
    configuration.layerCount = 2
    let model = try BertModel(configuration, head: .none)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.3, stream: RandomStream(seed: 4, purpose: "student"))
    let reduction = try TeacherReduction(
      of: teacher, map: LayerMap(.uniform, studentLayers: 2, teacherLayers: 3), width: 12,
      on: InMemoryExamples(fixture.examples))
    _ = try reduction.fill(model, weights, projection: nil)
    let made = NamedParameters(weights: weights)
    #expect(
      made.vector("bert.embeddings.token_type_embeddings.weight").allSatisfy { $0 == 0 })
    #expect(
      made.vector("bert.embeddings.word_embeddings.weight")
        == NamedParameters(weights: teacher.weights).vector(
          "bert.embeddings.word_embeddings.weight"))
  }

  @Test func `another number of heads leaves attention as it was drawn`() throws {
    let configuration = try fixture.model("student").configuration
    let model = try BertModel(configuration, head: .none)
    let weights = ParameterSet(model.layout)
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let reduction = try TeacherReduction(
      of: teacher("three_heads"), map: map, width: 8, on: InMemoryExamples(fixture.examples))
    let notes = try reduction.fill(model, weights, projection: nil)
    #expect(notes == ["attention is drawn afresh: the teacher has 3 heads, the student 2"])
    let made = NamedParameters(weights: weights)
    #expect(made.vector("bert.encoder.layer.0.attention.self.query.weight").allSatisfy { $0 == 0 })
    #expect(made.vector("bert.encoder.layer.0.intermediate.dense.weight").contains { $0 != 0 })
  }

  @Test func `a wider student is refused`() throws {
    let map = try LayerMap(.uniform, studentLayers: 2, teacherLayers: 3)
    let error = #expect(throws: DistillationError.self) {
      _ = try TeacherReduction(
        of: teacher(), map: map, width: 16, on: InMemoryExamples(fixture.examples))
    }
    #expect(error?.description.contains("--hidden-size 12 or less") == true)
  }

  @Test(arguments: [(0.0, 1.0, 0.5), (1.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (-8.0, 1.0, 0.0)])
  func `the square of what a rectifier lets through is known for a normal distribution`(
    mean: Double, variance: Double, wanted: Double
  ) {
    let found = TeacherReduction.rectifiedSquare(mean: mean, variance: variance)
    #expect(abs(found - wanted) < 1e-12)
  }
}
