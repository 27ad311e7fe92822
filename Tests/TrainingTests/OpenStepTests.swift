import Compute
import Foundation
import TestSupport
import Testing
import Transformer

@testable import Tasks
@testable import Training

/// A checkpoint as a file would hold it: copies of the tensors, and the state as JSON.
struct SavedCheckpoint {
  var tensors: [String: [Float]]
  let state: Data

  init(_ checkpoint: TrainerCheckpoint) throws {
    tensors = Dictionary(
      checkpoint.tensors.map { ($0.name, $0.values.values()) }, uniquingKeysWith: { $1 })
    state = try JSONEncoder().encode(checkpoint.state)
  }

  func restore(_ trainer: Trainer) throws {
    let state = try JSONDecoder().decode(TrainerState.self, from: state)
    try trainer.restore(state) { name, _, values in
      values.assign(try #require(tensors[name], "\(name)"))
    }
  }

  var gradients: [String] { tensors.keys.filter { $0.hasPrefix("gradient.") } }
}

@Suite struct OpenStepTests {
  /// Four micro-batches a step, most of the time.
  private static var small: SmallTraining {
    var small = SmallTraining()
    small.count = 10
    small.options.maxTokens = 11
    return small
  }

  private static var masked: SmallTraining {
    var small = Self.small
    small.head = .maskedLanguage
    small.masking = TokenMasking(vocabularySize: 30, maskId: 4, specialIds: [0, 1, 2, 3, 4])
    return small
  }

  /// Trains until it has been asked `polls` times whether to stop.
  private func stop(
    _ trainer: Trainer, after polls: Int
  ) throws -> (saved: SavedCheckpoint, summary: TrainingSummary)? {
    var asked = 0
    var saved: SavedCheckpoint?
    let summary = try trainer.run(
      shouldStop: {
        asked += 1
        return asked > polls
      }, save: { saved = try SavedCheckpoint($0) })
    return saved.map { ($0, summary) }
  }

  @Test(arguments: [false, true])
  func `stopped at any micro-batch of any step, it goes on to the bits of a run never stopped`(
    isMasked: Bool
  ) throws {
    let small = isMasked ? Self.masked : Self.small
    let whole = try small.make()
    var reports: [String] = []
    _ = try whole.run(events: { reports += described($0) })
    var polls = 0
    var openSteps = 0
    while let (saved, summary) = try stop(try small.make(), after: polls) {
      #expect(summary.outcome == .interrupted)
      let open = summary.state.openStep
      openSteps += open == nil ? 0 : 1
      #expect(saved.gradients.isEmpty == (open == nil))
      let second = try small.make()
      second.weights.values.fill(9)
      second.gradients.values.fill(9)
      try saved.restore(second)
      var later: [String] = []
      #expect(try second.run(events: { later += described($0) }).outcome == .finished)
      #expect(second.weights.values.values() == whole.weights.values.values(), "poll \(polls)")
      #expect(
        second.optimizer.secondMoment.values.values()
          == whole.optimizer.secondMoment.values.values())
      #expect(second.state == whole.state)
      #expect(later == Array(reports.suffix(later.count)))
      polls += 1
    }
    #expect(whole.state.step == 12 && polls > 30 && openSteps == polls - 12, "\(openSteps)")
  }

  private func described(_ event: TrainingEvent) -> [String] {
    guard case .step(let report) = event else { return [] }
    return ["\(report.step) \(report.terms) \(report.learningRate) \(report.gradientNorm)"]
  }

  @Test
  func `a trainer that goes on itself, stopped before every second micro-batch, does the same`()
    throws
  {
    let whole = try Self.small.make()
    _ = try whole.run()
    let cut = try Self.small.make()
    var polls = 0
    var runs = 0
    repeat {
      runs += 1
      _ = try cut.run(shouldStop: {
        polls += 1
        return polls % 3 == 0
      })
    } while !cut.isFinished
    #expect(runs > 10)
    #expect(cut.weights.values.values() == whole.weights.values.values())
    #expect(cut.state == whole.state)
  }

  @Test func `a stop before the first micro-batch leaves nothing open`() throws {
    let trainer = try Self.small.make()
    _ = try trainer.step()
    #expect(try trainer.step(shouldStop: { true }) == nil)
    #expect(trainer.state.openStep == nil && trainer.state.step == 1)
    #expect(try SavedCheckpoint(trainer.checkpoint()).gradients.isEmpty)
  }

  @Test
  func `under another max_tokens the step is begun anew, and its gradients are not read`() throws {
    let first = try Self.small.make()
    let (saved, summary) = try #require(try stop(first, after: 18))
    #expect(summary.state.openStep?.maxTokens == 11)
    var without = saved
    for name in saved.gradients { without.tensors[name] = nil }
    var other = Self.small
    other.options.maxTokens = 24
    let second = try other.make()
    try without.restore(second)
    #expect(second.state.openStep == nil && second.state.step == summary.state.step)
    // What it must come to: the same weights, the whole step cut the other way.
    var state = summary.state
    state.openStep = nil
    let third = try other.make()
    try third.restore(state) { name, _, values in
      values.assign(try #require(saved.tensors[name]))
    }
    _ = try second.run()
    _ = try third.run()
    #expect(second.weights.values.values() == third.weights.values.values())
  }

  @Test func `a fault in a step that was gone on with begins it anew`() throws {
    let trainer = try Self.small.make()
    _ = try trainer.step()
    var polls = 0
    let stop = {
      polls += 1
      return polls == 3
    }
    #expect(try trainer.step(shouldStop: stop) == nil)
    #expect(trainer.state.openStep?.microBatches == 2)
    let classifier = try #require(trainer.weights.layout["classifier.bias"])
    let bias = trainer.weights[classifier].values()
    trainer.weights[classifier].fill(.nan)
    #expect(throws: TrainingError.self) { try trainer.step() }
    #expect(trainer.state.openStep == nil)
    trainer.weights[classifier].assign(bias)
    _ = try trainer.run()
    let whole = try Self.small.make()
    _ = try whole.run()
    #expect(trainer.weights.values.values() == whole.weights.values.values())
  }

  @Test(arguments: ["", #","openStep":null"#])
  func `a state of before there were half-done steps is read`(rest: String) throws {
    let text =
      #"{"step":7,"tokens":210,"runningTerms":{"terms":[{"name":"label","value":0.5}]},"#
      + #""runningSteps":2,"reportedTerms":{"terms":[]},"evaluatedStep":6,"#
      + #""evaluationsWithoutImprovement":1,"stoppedEarly":false\#(rest)}"#
    let state = try JSONDecoder().decode(TrainerState.self, from: Data(text.utf8))
    #expect(state.step == 7 && state.openStep == nil && state.runningTerms["label"] == 0.5)
  }

  @Test(arguments: [0, 4, 99, -1])
  func `a state that no training can have is refused`(microBatches: Int) throws {
    let trainer = try Self.small.make()
    let whole = trainer.checkpoint()
    var state = TrainerState()
    state.openStep = TrainerState.OpenStep(microBatches: microBatches, maxTokens: 11)
    let error = #expect(throws: TrainingError.self) {
      try trainer.restore(TrainerCheckpoint(tensors: whole.tensors, state: state))
    }
    #expect(error?.kind == .checkpointMismatch && error?.subject == "state")
  }

  @Test(arguments: [
    ("weights.", Float.nan), ("first_moment.", .nan), ("second_moment.", -1),
    ("second_moment.", .nan),
  ])
  func `values that no training leaves are refused, not trained on`(part: String, value: Float)
    throws
  {
    let trainer = try Self.small.make()
    let whole = trainer.checkpoint()
    let spoilt = try #require(whole.tensors.last { $0.name.hasPrefix(part) })
    let error = #expect(throws: TrainingError.self) {
      try trainer.restore(whole.state) { name, _, values in
        guard name == spoilt.name else { return }
        values.assign([Float](repeating: value, count: values.count))
      }
    }
    #expect(error?.kind == .checkpointMismatch && error?.subject == spoilt.name)
  }

  @Test func `what a checkpoint will hold is known before the first step`() throws {
    var small = Self.small
    small.options.evalStrategy = .steps
    small.options.metricForBestModel = "accuracy"
    small.options.loadBestModelAtEnd = true
    let trainer = try small.make()
    let foretold = [false, true].map { trainer.checkpointLayout(isOpen: $0).map(\.name) }
    trainer.makeBest()
    #expect(trainer.checkpoint().tensors.map(\.name) == foretold[0])
    var polls = 0
    _ = try trainer.step(shouldStop: {
      polls += 1
      return polls == 2
    })
    #expect(trainer.checkpoint().tensors.map(\.name) == foretold[1])
    #expect(try Self.small.make().checkpointLayout(isOpen: false).count < foretold[0].count)
  }
}
