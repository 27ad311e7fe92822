import Compute
import Distillation
import Foundation
import TestSupport
import Testing
import Training
import Transformer

@testable import Tasks

/// `Fixtures/tasks.json`: what BertForSequenceClassification and PyTorch, in float64, make of each task.
private struct TasksFixture: Decodable {
  struct Sequence: Decodable {
    let ids: [Int32]
    let types: [Int32]
  }

  enum Targets: Decodable {
    case numbers([Double])
    case sets([[Int]])

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let sets = try? value.decode([[Int]].self) {
        self = .sets(sets)
      } else {
        self = .numbers(try value.decode([Double].self))
      }
    }
  }

  struct Case: Decodable {
    let name: String
    let task: String
    let labels: Int
    let targets: Targets
    let teacher: [[Float]]?
    let temperature: Double
    let t2: Bool
    let alpha: Double
    let terms: [String: Double]
    let start: [String: Data]
    let gradients: [String: Data]
    let after: [String: Data]
  }

  let config: ModelConfiguration
  let sequences: [Sequence]
  let steps: Int
  let rate: Double
  let warmup: Double
  let decay: Double
  let epsilon: Double
  let cases: [Case]

  static func load() throws -> TasksFixture {
    try JSONDecoder().decode(TasksFixture.self, from: Data(try Fixtures.bytes("tasks.json")))
  }

  func examples(_ entry: Case) -> [Example] {
    let targets: [Target] =
      switch entry.targets {
      case .numbers(let numbers):
        numbers.map { entry.task == "regression" ? .number(Float($0)) : .label(Int32($0)) }
      case .sets(let sets):
        sets.map { marks in .labels(marks.indices.filter { marks[$0] == 1 }.map { Int32($0) }) }
      }
    return zip(sequences, targets).map {
      Example(sequence: TokenSequence(ids: $0.ids, types: $0.types), target: $1)
    }
  }
}

@Suite struct TaskOracleTests {
  private let context = ComputeContext(threads: 2)

  /// A trainer of a case, its first step before it.
  private func trainer(_ entry: TasksFixture.Case, of fixture: TasksFixture) throws -> Trainer {
    let task = try #require(TaskTable.ofRows(named: entry.task))
    let names = (0..<entry.labels).map { "LABEL_\($0)" }
    let model = try BertModel(fixture.config, head: task.head(labels: names, style: .hf))
    let weights = ParameterSet(model.layout)
    for parameter in model.layout.parameters {
      weights[parameter].assign(Self.floats(try #require(entry.start[parameter.name])))
    }
    var options = TrainingOptions()
    options.perDeviceTrainBatchSize = fixture.sequences.count
    options.maxSteps = fixture.steps
    options.learningRate = fixture.rate
    options.warmupRatio = fixture.warmup
    options.optimizer = OptimizerOptions(
      .adamW, epsilon: fixture.epsilon, weightDecay: fixture.decay, clipping: .global(1))
    var objective: any Objective = TargetObjective(task.targetLoss)
    if let teacher = entry.teacher {
      objective = try PredictionObjective(
        student: model,
        teacher: Outputs(columns: entry.labels, values: teacher.flatMap { $0 }).asTeacher,
        answerLoss: task.answerLoss(temperature: entry.temperature, scalesByTemperature: entry.t2),
        targetLoss: task.targetLoss, alpha: entry.alpha)
    }
    return try Trainer(
      model, weights: weights, objective: objective,
      source: InMemoryExamples(fixture.examples(entry)), options: options, on: context)
  }

  @Test(arguments: 0..<5)
  func `loss and every gradient are those of transformers' model of that problem type`(
    number: Int
  ) throws {
    let fixture = try TasksFixture.load()
    let entry = fixture.cases[number]
    let trainer = try trainer(entry, of: fixture)
    let examples = fixture.examples(entry)
    let batches = MicroBatcher(maxTokens: 9).batches(
      examples, indices: Array(examples.indices), firstPlace: 0)
    #expect(batches.count > 1)
    let objective = trainer.objective
    let totals = StepTotals(objective.denominators, of: batches)
    let gradients = ParameterSet(trainer.weights.layout)
    var terms = LossTerms()
    let arena = Arena()
    for batch in batches {
      arena.reset()
      let activations = trainer.model.forward(
        batch.packed, trainer.weights, taps: objective.taps,
        mode: .training(DropoutStreams(seed: 1, epoch: 0)), on: context, in: arena)
      let seeds = activations.makeTapGradients(in: arena)
      terms.add(
        try objective.evaluate(
          batch, student: activations, tapGradients: seeds, weights: trainer.weights,
          gradients: gradients, totals: totals, on: context, in: arena))
      trainer.model.backward(
        activations, seeds, trainer.weights, into: gradients, on: context, in: arena)
    }
    #expect(Set(terms.terms.map(\.name)) == Set(entry.terms.keys))
    for (term, expected) in entry.terms {
      #expect(abs(try #require(terms[term]) - expected) <= 1e-5 * abs(expected), "\(term)")
    }
    let expected = entry.gradients.mapValues { Self.floats($0).map(Double.init) }
    let whole = Self.length(Array(expected.values.joined()))
    for parameter in gradients.layout.parameters {
      let oracle = try #require(expected[parameter.name])
      let actual = gradients[parameter].values().map(Double.init)
      let error = Self.length(zip(actual, oracle).map { $0 - $1 })
      #expect(
        error <= 1e-4 * Self.length(oracle) + 1e-7 * whole, "\(entry.name): \(parameter.name)")
    }
  }

  @Test(arguments: 0..<5)
  func `twenty steps of AdamW end where PyTorch's do`(number: Int) throws {
    let fixture = try TasksFixture.load()
    let entry = fixture.cases[number]
    let trainer = try trainer(entry, of: fixture)
    let summary = try trainer.run()
    #expect(summary.state.step == 20)
    for parameter in trainer.weights.layout.parameters {
      let start = Self.floats(try #require(entry.start[parameter.name])).map(Double.init)
      let oracle = Self.floats(try #require(entry.after[parameter.name])).map(Double.init)
      let actual = trainer.weights[parameter].values().map(Double.init)
      let way = Self.length(zip(oracle, start).map { $0 - $1 })
      let error = Self.length(zip(actual, oracle).map { $0 - $1 })
      #expect(error <= 1e-3 * way + 1e-6, "\(entry.name): \(parameter.name) \(error) of \(way)")
    }
  }

  @Test func `every task of one row of logits has its cases`() throws {
    let cases = try TasksFixture.load().cases
    #expect(cases.map(\.task).count == 5)
    #expect(Set(cases.map(\.task)) == ["classification", "multi-label", "regression"])
  }

  private static func length(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Little-endian single precision.
  private static func floats(_ data: Data) -> [Float] {
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(
        bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }
}
