import Compute
import Distillation
import Foundation
import TestSupport
import Testing
import Training
import Transformer

/// `Fixtures/embeddings.json`: vectors, losses, gradients and steps of PyTorch in float64, its vectors
/// by the modules of sentence-transformers; principal axes of scikit-learn.
struct EmbeddingFixture: Decodable {
  struct Case: Decodable {
    let student: String
    let pooling: Pooling
    let normalized: Bool
    let loss: String
    let weight: Double
    let temperature: Double
    let value: Double
    let vectors: Data
    let gradients: [String: Data]
    let losses: [Double]
    let weights: [String: Data]

    var head: Head { .embedding(pooling: pooling, isNormalized: normalized) }
  }

  struct Axes: Decodable {
    let points: Data
    let width: Int
    let axes: Data
    let share: Double
    let reduced: Data
  }

  let rate: Double
  let decay: Double
  let steps: Int
  let student: ModelConfiguration
  let narrow: ModelConfiguration
  let teacher: ModelConfiguration
  let sequences: [[Int32]]
  let models: [String: [String: Data]]
  let cases: [Case]
  let axes: Axes

  static func load() throws -> EmbeddingFixture {
    try JSONDecoder().decode(
      EmbeddingFixture.self, from: Data(try Fixtures.bytes("embeddings.json")))
  }

  var examples: [Example] { sequences.map { Example(sequence: TokenSequence(ids: $0)) } }

  func weights(_ name: String, of model: BertModel) throws -> ParameterSet {
    let source = try #require(models[name])
    let set = ParameterSet(model.layout)
    for parameter in model.layout.parameters where !parameter.name.contains("pooler") {
      set[parameter].assign(floats(try #require(source[parameter.name], "\(parameter.name)")))
    }
    return set
  }

  /// Options of its steps, cut into micro-batches of at most `maxTokens` rows.
  func options(maxTokens: Int = 1 << 20) -> TrainingOptions {
    var options = TrainingOptions()
    options.perDeviceTrainBatchSize = sequences.count
    options.maxSteps = steps
    options.learningRate = rate
    options.lrSchedulerType = .constant
    options.warmupRatio = 0
    options.optimizer.weightDecay = decay
    options.loggingSteps = 1
    options.maxTokens = maxTokens
    return options
  }

  /// A case's student with its weights, and its loss to the teacher's vectors.
  func prepare(
    _ entry: Case, on context: ComputeContext
  ) throws -> (BertModel, ParameterSet, any Objective) {
    let student = try BertModel(entry.student == "narrow" ? narrow : student, head: entry.head)
    let teacher = try BertModel(teacher, head: entry.head)
    let known = try #require(
      try Predictor(teacher, weights: try weights("teacher", of: teacher), on: context)
        .outputs(of: InMemoryExamples(examples)))
    var vectors: PredictionObjective?
    if entry.loss != "none" {
      vectors = try PredictionObjective(
        student: student, teacher: known.asTeacher,
        answerLoss: entry.loss == "mse" ? SquaredAnswerError() : CosineDistance(),
        targetLoss: CrossEntropy())
    }
    var objective: (any Objective)? = vectors
    if entry.weight > 0 {
      objective = SimilarityObjective(
        try SimilarityDivergence(
          teacher: known, temperature: entry.temperature, weight: entry.weight),
        beside: vectors)
    }
    return (student, try weights(entry.student, of: student), try #require(objective))
  }
}

@Suite struct EmbeddingTests {
  private let fixture: EmbeddingFixture
  private let context = ComputeContext(threads: 2)

  init() throws { fixture = try EmbeddingFixture.load() }

  @Test(arguments: 0..<6)
  func `vectors, losses and the gradient of every parameter are those of PyTorch`(
    number: Int
  ) throws {
    let entry = fixture.cases[number]
    let (student, weights, objective) = try fixture.prepare(entry, on: context)
    let vectors = try #require(
      try Predictor(student, weights: weights, on: context).outputs(
        of: InMemoryExamples(fixture.examples)))
    let compared = Comparison(
      vectors.values, floats(entry.vectors).map(Double.init), within: .forward)
    #expect(compared.isClose, "\(compared)")

    // Cut as one micro-batch and as several: the same. A loss of whole steps is cut in `SimilarityTests`.
    for maxTokens in entry.weight > 0 ? [1 << 20] : [1 << 20, 10] {
      let sweep = try Sweep(
        student, weights, objective, fixture.examples, maxTokens: maxTokens, on: context)
      let names =
        (entry.loss == "none" ? [] : ["prediction"]) + (entry.weight > 0 ? ["similarity"] : [])
      #expect(sweep.terms.terms.map(\.name) == names)
      let value = sweep.terms.total
      #expect(abs(value - entry.value) <= 1e-5 * entry.value, "\(value), \(entry.value)")
      let expected = entry.gradients.mapValues { floats($0).map(Double.init) }
      let whole = expected.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
      for parameter in student.layout.parameters {
        let actual = sweep.gradients[parameter].values().map(Double.init)
        guard let oracle = expected[parameter.name] else {
          #expect(actual.allSatisfy { $0 == 0 }, "\(parameter.name)")
          continue
        }
        let norm = { (values: [Double]) in values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let distance = norm(zip(actual, oracle).map { $0 - $1 })
        #expect(distance <= 1e-4 * norm(oracle) + 1e-6 * whole, "\(parameter.name): \(distance)")
      }
    }
  }

  @Test(arguments: 0..<6)
  func `20 steps of AdamW leave the losses and weights of PyTorch`(number: Int) throws {
    let entry = fixture.cases[number]
    let (student, weights, objective) = try fixture.prepare(entry, on: context)
    let before = Dictionary(
      uniqueKeysWithValues: student.layout.parameters.map { ($0.name, weights[$0].values()) })
    let trainer = try Trainer(
      student, weights: weights, objective: objective,
      source: InMemoryExamples(fixture.examples), options: fixture.options(), on: context)
    var losses: [Double] = []
    _ = try trainer.run(events: {
      if case .step(let report) = $0 { losses.append(report.terms.total) }
    })
    let compared = Comparison(
      losses, entry.losses, within: Tolerance(absolute: 1e-6, relative: 1e-4))
    #expect(compared.isClose, "\(compared)")
    for parameter in student.layout.parameters {
      let (start, end) = (try #require(before[parameter.name]), weights[parameter].values())
      guard let oracle = entry.weights[parameter.name].map(floats) else {
        #expect(end == start, "\(parameter.name) is read by nothing")
        continue
      }
      // The gradient of keys' biases is nothing but rounding: the softmax does not see them.
      if parameter.name.hasSuffix("key.bias") { continue }
      let moved = zip(oracle, start).map { Double($0) - Double($1) }
      let ours = zip(end, start).map { Double($0) - Double($1) }
      #expect(relativeDistance(ours, moved) < 0.01, "\(parameter.name)")
    }
  }

  @Test func `a teacher's vectors are reduced as scikit-learn's principal components do`() throws {
    let axes = fixture.axes
    let points = floats(axes.points)
    let found = try #require(PrincipalAxes.of(points, width: axes.width, count: 4))
    let tolerance = Tolerance(absolute: 1e-6, relative: 1e-5)
    let compared = Comparison(found.axes, floats(axes.axes).map(Double.init), within: tolerance)
    #expect(compared.isClose, "\(compared)")
    #expect(abs(found.share - axes.share) < 1e-9)
    let outputs = Outputs(columns: axes.width, values: points)
    let reduced = try VectorReduction(outputs, to: 4, isNormalized: false, on: context)
    let values = Comparison(
      reduced.outputs.values, floats(axes.reduced).map(Double.init), within: .forward)
    #expect(values.isClose, "\(values)")
    #expect(reduced.share == found.share)

    let scaled = try VectorReduction(outputs, to: 4, isNormalized: true, on: context).outputs
    for row in 0..<scaled.count {
      let length = scaled.rows[row].reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(length - 1) < 1e-5)
    }
    let error = #expect(throws: DistillationError.self) {
      try VectorReduction(outputs, to: 7, isNormalized: false, on: context)
    }
    #expect(error?.description.contains("--hidden-size 6") == true)
  }

  @Test func `axes of vectors that are all equal are some axes still`() throws {
    let found = try #require(
      PrincipalAxes.of([Float](repeating: 0.5, count: 12), width: 4, count: 2))
    #expect(found.share == 1)
    #expect(found.axes.allSatisfy { $0.isFinite })
    #expect(PrincipalAxes.of([1, .infinity, .nan, 2], width: 2, count: 1) == nil)
  }

  @Test func `thread count does not change a bit of vectors and gradients`() throws {
    for entry in fixture.cases {
      let (student, weights, objective) = try fixture.prepare(entry, on: context)
      let gradients = try [1, 2, 4].map { threads in
        try Sweep(
          student, weights, objective, fixture.examples, on: ComputeContext(threads: threads)
        ).gradients.values.values()
      }
      #expect(gradients[0] == gradients[1] && gradients[0] == gradients[2])
    }
  }
}
