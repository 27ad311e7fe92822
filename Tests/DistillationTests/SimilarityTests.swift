import Compute
import Distillation
import TestSupport
import Testing
import Training
import Transformer

/// Similarities within a step; values, gradients and steps of PyTorch are in `EmbeddingTests`.
@Suite struct SimilarityTests {
  private let fixture: EmbeddingFixture
  private let context = ComputeContext(threads: 2)

  init() throws { fixture = try EmbeddingFixture.load() }

  private func trainer(_ number: Int, maxTokens: Int, dropout: Double = 0) throws -> Trainer {
    let (student, weights, objective) = try fixture.prepare(fixture.cases[number], on: context)
    var configuration = student.configuration
    (configuration.hiddenDropout, configuration.attentionDropout) = (dropout, dropout)
    return try Trainer(
      BertModel(configuration, head: student.head), weights: weights, objective: objective,
      source: InMemoryExamples(fixture.examples), options: fixture.options(maxTokens: maxTokens),
      on: context)
  }

  @Test(arguments: [4, 5])
  func `a step that is cut into micro-batches compares all its examples still`(number: Int) throws {
    let entry = fixture.cases[number]
    let trainer = try trainer(number, maxTokens: 10)
    var losses: [Double] = []
    _ = try trainer.run(events: {
      if case .step(let report) = $0 { losses.append(report.terms.total) }
    })
    let compared = Comparison(
      losses, entry.losses, within: Tolerance(absolute: 1e-6, relative: 1e-4))
    #expect(compared.isClose, "\(compared)")
    let (_, before, _) = try fixture.prepare(entry, on: context)
    for parameter in trainer.model.layout.parameters where !parameter.name.hasSuffix("key.bias") {
      guard let oracle = entry.weights[parameter.name].map(floats) else { continue }
      let start = before[parameter].values()
      let moved = zip(oracle, start).map { Double($0) - Double($1) }
      let ours = zip(trainer.weights[parameter].values(), start).map { Double($0) - Double($1) }
      #expect(relativeDistance(ours, moved) < 0.01, "\(parameter.name)")
    }
  }

  @Test func `a training that is stopped anywhere goes on to the same bits`() throws {
    let (number, maxTokens) = (5, 10)
    let whole = try trainer(number, maxTokens: maxTokens, dropout: 0.1)
    while !whole.isFinished { _ = try whole.step() }

    // Asked once a micro-batch of each sweep: after a while it stops, before, between and in the sweeps.
    var (stopped, stops, openStops) = (
      try trainer(number, maxTokens: maxTokens, dropout: 0.1), 0, 0
    )
    for patience in (0..<200).map({ $0 % 9 + 4 }) where !stopped.isFinished {
      var asked = 0
      while !stopped.isFinished {
        let taken = try stopped.step {
          asked += 1
          return asked > patience
        }
        guard taken == nil else { continue }
        stops += 1
        openStops += stopped.state.openStep == nil ? 0 : 1
        let next = try trainer(number, maxTokens: maxTokens, dropout: 0.1)
        try next.restore(stopped.checkpoint())
        stopped = next
        break
      }
    }
    #expect(stopped.isFinished && stops > 10 && openStops > 3)
    #expect(stopped.weights.values.values() == whole.weights.values.values())
  }

  @Test func `a step of one or two examples says nothing, vectors of other data are refused`()
    throws
  {
    let teacher = Outputs(columns: 2, values: [1, 0, 0, 1, 1, 1])
    let loss = try SimilarityDivergence(teacher: teacher, temperature: 0.05)
    let arena = Arena()
    for count in [1, 2] {
      let gradient = Matrix(
        rows: count, columns: 3, values: [Float](repeating: 0, count: 3 * count))
      let outputs = Matrix(
        rows: count, columns: 3, values: (0..<3 * count).map { Float($0) + 0.5 })
      let value = try loss.evaluate(
        outputs, of: Array(0..<count), gradient: gradient, on: context, in: arena)
      #expect(value == 0 && gradient.values().allSatisfy { $0 == 0 })
    }
    let three = Matrix(rows: 3, columns: 1, values: [1, 2, 3])
    let none = Outputs(columns: 2, rows: Ragged(values: [1, 0, 0, 1], offsets: [0, 2, 2, 4]))
    let error = #expect(throws: DistillationError.self) {
      try SimilarityDivergence(teacher: none, temperature: 1).evaluate(
        three, of: [0, 1, 2], gradient: Matrix(rows: 3, columns: 1, values: [0, 0, 0]), on: context,
        in: arena)
    }
    #expect(error?.description.contains("they belong to other data") == true)
    #expect(throws: DistillationError.self) {
      try SimilarityDivergence(teacher: teacher, temperature: 0)
    }
    #expect(throws: DistillationError.self) {
      try SimilarityDivergence(teacher: teacher, temperature: 1, weight: 0)
    }
    #expect(SimilarityDivergence.byteCount(examples: .max / 8, columns: 2) == nil)
  }

  @Test func `the student that is the teacher is told to change nothing`() throws {
    var numbers = ArbitraryNumbers(5)
    let values = numbers.floats(60)
    let loss = try SimilarityDivergence(
      teacher: Outputs(columns: 5, values: values), temperature: 0.001, weight: 2)
    let gradient = Matrix(rows: 12, columns: 5, values: [Float](repeating: 0, count: 60))
    let value = try loss.evaluate(
      Matrix(rows: 12, columns: 5, values: values.map { 3 * $0 }), of: Array(0..<12),
      gradient: gradient, on: context, in: Arena())
    #expect(abs(value) < 1e-3 && gradient.values().allSatisfy { abs($0) < 1e-3 })
  }
}
