import Compute
import Foundation
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Tasks
@testable import Training

/// A small model on 8 examples, everything that could break a resume switched on.
struct SmallTraining {
  var options = TrainingOptions()
  var threads = 2
  var dropout = 0.1
  var head = Head.classification(labels: 2, style: .hf)
  var masking: TokenMasking?
  var communicator: any Communicator = SingleProcess()
  var count = 8

  init() {
    options.perDeviceTrainBatchSize = 2
    options.gradientAccumulationSteps = 2
    options.maxSteps = 12
    options.learningRate = 1e-2
    options.warmupRatio = 0.25
    options.maxTokens = 20
    options.loggingSteps = 5
  }

  static func examples(_ count: Int) -> [Example] {
    var numbers = ArbitraryNumbers(11)
    return (0..<count).map { index in
      let length = 3 + numbers.below(9)
      return Example(
        sequence: TokenSequence(
          ids: (0..<length).map { _ in Int32(5 + numbers.below(25)) },
          types: (0..<length).map { $0 > 4 ? 1 : 0 }),
        target: .label(Int32(index % 2)))
    }
  }

  func make() throws -> Trainer {
    let model = try BertModel(
      ModelConfiguration(
        vocabularySize: 30, hiddenSize: 16, layerCount: 2, headCount: 2, intermediateSize: 32,
        maximumPositions: 12, hiddenDropout: dropout, attentionDropout: dropout),
      head: head)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.1, stream: RandomStream(seed: 4, purpose: "weights"))
    return try Trainer(
      model, weights: weights,
      objective: masking.map { MaskedLanguageTask().objective($0) }
        ?? TargetObjective(CrossEntropy()),
      source: InMemoryExamples(Self.examples(count)), options: options,
      communicator: communicator, on: ComputeContext(threads: threads))
  }
}

@Suite struct TrainerTests {
  @Test func `eight examples are learnt by heart`() throws {
    var small = SmallTraining()
    small.dropout = 0
    small.options.maxSteps = 80
    small.options.loggingSteps = 1
    let trainer = try small.make()
    var losses: [Double] = []
    let summary = try trainer.run(events: {
      if case .step(let report) = $0 { losses.append(report.terms.total) }
    })
    #expect(summary.outcome == .finished && summary.state.step == 80)
    #expect(losses.count == 80)
    // ln 2 at the start: the classifier knows nothing.
    #expect(abs((losses.first ?? 0) - 0.693) < 0.1)
    #expect((losses.last ?? 1) < 0.01)
    let examples = SmallTraining.examples(8)
    let outputs = try #require(
      try Predictor(trainer.model, weights: trainer.weights, on: trainer.context)
        .outputs(of: InMemoryExamples(examples)))
    #expect(outputs.greatest.map { Target.label($0) } == examples.map(\.target))
  }

  @Test func `masked tokens of eight sequences are learnt by heart`() throws {
    var small = SmallTraining()
    small.dropout = 0
    small.head = .maskedLanguage
    small.masking = TokenMasking(vocabularySize: 30, maskId: 4, specialIds: [0, 1, 2, 3, 4])
    small.options.maxSteps = 400
    small.options.loggingSteps = 50
    let trainer = try small.make()
    var losses: [Double] = []
    _ = try trainer.run(events: {
      if case .step(let report) = $0 { losses.append(report.terms["masked_language"] ?? .nan) }
    })
    #expect((losses.first ?? 0) > 2)
    #expect((losses.last ?? 9) < 0.7, "\(losses)")
  }

  @Test(arguments: [1, 4, 7, 11])
  func `stopping after any step and going on gives the bits of a run that was never stopped`(
    stop: Int
  ) throws {
    var small = SmallTraining()
    small.count = 10
    let whole = try small.make()
    var wholeEvents: [String] = []
    _ = try whole.run(events: { wholeEvents += described($0) })

    let first = try small.make()
    var saved: [(name: String, values: [Float])] = []
    var json = Data()
    let summary = try first.run(
      shouldStop: { first.state.step == stop },
      save: { checkpoint in
        saved = checkpoint.tensors.map { ($0.name, $0.values.values()) }
        json = try JSONEncoder().encode(checkpoint.state)
      })
    #expect(summary.outcome == .interrupted && summary.state.step == stop)

    let second = try small.make()
    second.weights.values.fill(9)
    let tensors = Dictionary(saved.map { ($0.name, $0.values) }, uniquingKeysWith: { $1 })
    try second.restore(try JSONDecoder().decode(TrainerState.self, from: json)) { name, _, values in
      values.assign(try #require(tensors[name]))
    }
    var events: [String] = []
    #expect(try second.run(events: { events += described($0) }).outcome == .finished)
    #expect(second.weights.values.values() == whole.weights.values.values())
    #expect(
      second.optimizer.secondMoment.values.values() == whole.optimizer.secondMoment.values.values())
    #expect(second.state == whole.state)
    #expect(events == Array(wholeEvents.suffix(events.count)), "reports are the same too")
  }

  /// What of an event does not depend on the clock.
  private func described(_ event: TrainingEvent) -> [String] {
    guard case .step(let report) = event else { return [] }
    return ["\(report.step) \(report.epoch) \(report.terms) \(report.learningRate)"]
  }

  @Test func `a stop in the middle of a step gives the step up and changes nothing`() throws {
    let trainer = try SmallTraining().make()
    let before = trainer.weights.values.values()
    var polls = 0
    let step = try trainer.step(shouldStop: {
      polls += 1
      return polls == 2
    })
    #expect(step == nil && polls == 2, "the step has more than one micro-batch")
    #expect(trainer.state.step == 0 && trainer.weights.values.values() == before)
  }

  @Test func `the same bits come out at 1, 2 and 4 threads`() throws {
    let results = try [1, 2, 4].map { threads in
      var small = SmallTraining()
      small.threads = threads
      // Enough rows that products are cut into several tiles.
      small.count = 70
      small.options.perDeviceTrainBatchSize = 30
      small.options.maxTokens = 300
      small.options.maxSteps = 4
      let trainer = try small.make()
      _ = try trainer.run()
      return trainer.weights.values.values()
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test func `how steps are cut hardly matters, the order of examples does`() throws {
    func weights(_ change: (inout TrainingOptions) -> Void) throws -> [Double] {
      var small = SmallTraining()
      small.options.maxSteps = 1
      small.options.warmupRatio = 0
      change(&small.options)
      let trainer = try small.make()
      _ = try trainer.run()
      // Of the gradient, which Adam's first step would hide behind its sign.
      return trainer.gradients.values.values().map(Double.init)
    }
    let whole = try weights { $0.maxTokens = 1000 }
    #expect(relativeDistance(try weights { $0.maxTokens = 12 }, whole) < 1e-5)
    #expect(
      relativeDistance(
        try weights {
          $0.perDeviceTrainBatchSize = 4
          $0.gradientAccumulationSteps = 1
        }, whole) < 1e-5)
    #expect(relativeDistance(try weights { $0.seed = 7 }, whole) > 0.1)
  }

  @Test func `masked language modelling does not depend on the cut either`() throws {
    let gradients = try [1000, 30, 12].map { maxTokens in
      var small = SmallTraining()
      small.head = .maskedLanguage
      small.masking = TokenMasking(vocabularySize: 30, maskId: 4, specialIds: [0, 1, 2, 3, 4])
      small.options.maxTokens = maxTokens
      let trainer = try small.make()
      _ = try trainer.step()
      return trainer.gradients.values.values().map(Double.init)
    }
    #expect(relativeDistance(gradients[1], gradients[0]) < 1e-5)
    #expect(relativeDistance(gradients[2], gradients[0]) < 1e-5)
  }

  @Test func `memory does not grow after the first step`() throws {
    var small = SmallTraining()
    small.options.gradientAccumulationSteps = 4
    let trainer = try small.make()
    // Every step holds all examples, in an order and cut of its own.
    _ = try trainer.step()
    let mark = trainer.arena.highWaterMark
    let capacity = trainer.arena.capacity
    #expect(mark > 0)
    for _ in 0..<10 { _ = try trainer.step() }
    #expect(trainer.arena.capacity == capacity)
    #expect(trainer.arena.highWaterMark < 2 * mark)
  }

  @Test func `damaged weights stop the step with the name of the loss term`() throws {
    let trainer = try SmallTraining().make()
    _ = try trainer.step()
    let classifier = try #require(trainer.weights.layout["classifier.bias"])
    trainer.weights[classifier].fill(.nan)
    let error = #expect(throws: TrainingError.self) { try trainer.run() }
    #expect(error?.kind == .nonFinite && error?.subject == "label")
    #expect(error?.description.contains("step 2") == true)
    #expect(trainer.state.step == 1)
  }

  @Test func `examples the model cannot take are named`() throws {
    let trainer = try SmallTraining().make()
    func reason(_ ids: [Int32], _ target: Target = .label(0)) -> String? {
      let example = Example(sequence: TokenSequence(ids: ids), target: target)
      return #expect(throws: TrainingError.self) {
        try trainer.model.check(example, index: 17)
      }?.description
    }
    #expect(reason([]) == "example 17: has no tokens")
    #expect(reason([5, 30])?.contains("token id 30") == true)
    #expect(reason([Int32](repeating: 5, count: 13))?.contains("13 tokens") == true)
    #expect(
      reason([5], .label(2)) == "example 17: label 2, but the model has 2 labels")
    #expect(reason([5], .labels([0, 2]))?.contains("label 2") == true)
    #expect(reason([5, 6], .tokenLabels([1]))?.contains("1 labels for 2 tokens") == true)
    #expect(reason([5, 6], .tokenLabels([-100, 2]))?.contains("label 2") == true)
    #expect(reason([5, 6], .span(first: 1, last: 2))?.contains("from token 1 to 2 of 2") == true)
    #expect(reason([5, 6], .span(first: 1, last: 0)) != nil)
    #expect(reason([5], .vector([1, 2, 3]))?.contains("3 numbers") == true)
  }

  @Test func `a checkpoint of another training is refused`() throws {
    let trainer = try SmallTraining().make()
    var state = TrainerState()
    state.step = 13
    #expect(throws: TrainingError.self) { try trainer.restore(state) { _, _, _ in } }
    let whole = trainer.checkpoint()
    let part = TrainerCheckpoint(tensors: Array(whole.tensors.dropFirst()), state: whole.state)
    let error = #expect(throws: TrainingError.self) { try trainer.restore(part) }
    #expect(error?.subject == whole.tensors[0].name)
  }
}
