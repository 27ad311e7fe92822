import Compute
import Foundation
import Testing
import Transformer

@testable import Training

@Suite struct ModelSelectionTests {
  /// Runs with scripted measurements: one per evaluation.
  private func run(
    _ metrics: [Double], steps: Int = 12, change: (inout TrainingOptions) -> Void = { _ in }
  ) throws -> (trainer: Trainer, summary: TrainingSummary, best: [Int], snapshots: [Int: [Float]]) {
    var small = SmallTraining()
    small.options.maxSteps = steps
    small.options.evalStrategy = .steps
    small.options.evalSteps = 3
    small.options.metricForBestModel = "accuracy"
    change(&small.options)
    let trainer = try small.make()
    var best: [Int] = []
    var snapshots: [Int: [Float]] = [:]
    var remaining = metrics[...]
    let summary = try trainer.run(
      events: { if case .evaluated(let step, _, true) = $0 { best.append(step) } },
      evaluate: { weights in
        snapshots[trainer.state.step] = weights.values.values()
        return ["accuracy": remaining.popFirst() ?? .nan]
      })
    return (trainer, summary, best, snapshots)
  }

  @Test func `the best weights are kept, and the last are never lost`() throws {
    let (trainer, _, best, snapshots) = try run([0.2, 0.8, 0.5, 0.7]) {
      $0.loadBestModelAtEnd = true
    }
    #expect(best == [3, 6])
    #expect(trainer.best?.values.values() == snapshots[6])
    #expect(trainer.result.values.values() == snapshots[6])
    #expect(trainer.weights.values.values() == snapshots[12])
    let (last, _, _, others) = try run([0.2, 0.8, 0.5, 0.7])
    #expect(last.result.values.values() == others[12])
  }

  @Test
  func `the best weights are copied only where they are wanted, and else never read`() throws {
    let (trainer, _, best, _) = try run([0.2, 0.8, 0.5, 0.7])
    #expect(best == [3, 6] && trainer.state.bestStep == 6 && trainer.best == nil)
    let names = trainer.checkpoint().tensors.map(\.name)
    #expect(!names.contains { $0.hasPrefix("best.") })
    // A checkpoint of before held them all the same: it is gone on with.
    var read: [String] = []
    let (second, _, _, _) = try run([0.2], steps: 3)
    var state = trainer.state
    (state.step, state.evaluatedStep, state.bestStep) = (3, 3, 3)
    try second.restore(state) { name, _, _ in read.append(name) }
    #expect(read == names)
  }

  @Test func `rows that no step reached are up to date when they are scored`() throws {
    var small = SmallTraining()
    small.options.evalStrategy = .steps
    small.options.evalSteps = 3
    let trainer = try small.make()
    var scored = 0
    _ = try trainer.run(evaluate: { weights in
      let given = weights.values.values()
      #expect(given == trainer.weights.values.values(), "after \(trainer.state.step) steps")
      scored += 1
      return [:]
    })
    #expect(scored == 4)
  }

  @Test func `NaN never wins, anything else beats nothing`() throws {
    let (_, _, best, _) = try run([.nan, -3, .nan, -2])
    #expect(best == [6, 12])
    let (trainer, _, none, _) = try run([.nan, .nan, .nan, .nan]) { $0.loadBestModelAtEnd = true }
    #expect(none.isEmpty && trainer.best == nil)
    #expect(trainer.result.values.values() == trainer.weights.values.values())
  }

  @Test func `smaller can be better`() throws {
    let (_, _, best, _) = try run([0.5, 0.6, 0.4, 0.4]) { $0.greaterIsBetter = false }
    #expect(best == [3, 9])
  }

  @Test func `training stops after patience measurements without improvement`() throws {
    let (_, summary, best, _) = try run([0.5, 0.5, 0.4, 0.9]) { $0.earlyStoppingPatience = 2 }
    #expect(summary.outcome == .stoppedEarly && summary.state.step == 9)
    #expect(best == [3])
  }

  @Test func `less than the threshold is no improvement, but the best is the best`() throws {
    let (_, summary, best, _) = try run([0.5, 0.52, 0.53, 0.9]) {
      $0.earlyStoppingPatience = 2
      $0.earlyStoppingThreshold = 0.05
    }
    #expect(summary.state.step == 9 && best == [3, 6, 9])
  }

  @Test func `an epoch's end and the last step are measured`() throws {
    let (_, _, _, snapshots) = try run([1, 2, 3, 4, 5], steps: 5) { $0.evalStrategy = .epoch }
    #expect(snapshots.keys.sorted() == [2, 4, 5])
  }

  @Test func `a metric that is not measured is named, with those that are`() throws {
    let error = #expect(throws: TrainingError.self) {
      _ = try run([1]) { $0.metricForBestModel = "f1" }
    }
    #expect(error?.description.contains("`f1`") == true)
    #expect(error?.description.contains("measured: accuracy") == true)
  }

  @Test
  func `a measurement cut off by a stop is made up for, best weights survive a resume`() throws {
    struct Cut: Error {}
    var small = SmallTraining()
    small.options.evalStrategy = .steps
    small.options.evalSteps = 3
    small.options.metricForBestModel = "accuracy"
    small.options.loadBestModelAtEnd = true
    let script = [3: 0.9, 6: 0.1, 9: 0.2, 12: 0.3]
    let whole = try small.make()
    _ = try whole.run(evaluate: { _ in ["accuracy": script[whole.state.step] ?? 0] })
    let first = try small.make()
    var saved: [TrainerCheckpoint] = []
    let cut = try first.run(
      save: { saved.append($0) },
      evaluate: { _ in
        first.state.step < 6 ? ["accuracy": script[first.state.step] ?? 0] : nil
      })
    #expect(cut.outcome == .interrupted && saved.count == 1)
    let second = try small.make()
    try second.restore(try #require(saved.first))
    var measured: [Int] = []
    _ = try second.run(evaluate: { _ in
      measured.append(second.state.step)
      return ["accuracy": script[second.state.step] ?? 0]
    })
    #expect(measured == [6, 9, 12])
    #expect(second.result.values.values() == whole.result.values.values())
    #expect(second.state == whole.state && second.state.bestStep == 3)
    // A finished training does nothing more.
    _ = try second.run(evaluate: { _ in throw Cut() })
  }

  @Test(arguments: [
    "per_device_train_batch_size", "num_train_epochs", "learning_rate", "warmup_ratio",
    "max_grad_norm", "weight_decay", "load_best_model_at_end", "early_stopping_patience",
    "save_minutes", "early_stopping_threshold",
  ])
  func `options that make no sense are named`(name: String) {
    var options = TrainingOptions()
    switch name {
    case "per_device_train_batch_size": options.perDeviceTrainBatchSize = 0
    case "num_train_epochs": options.numTrainEpochs = -1
    case "learning_rate": options.learningRate = .nan
    case "warmup_ratio": options.warmupRatio = 1.5
    case "max_grad_norm": options.optimizer.clipping = .global(0)
    case "weight_decay": options.optimizer.weightDecay = -1
    case "save_minutes": options.saveMinutes = 0
    case "early_stopping_threshold": options.earlyStoppingThreshold = -0.1
    case "load_best_model_at_end": options.loadBestModelAtEnd = true
    default: options.earlyStoppingPatience = 3
    }
    let error = #expect(throws: TrainingError.self) { try options.validate() }
    #expect(error?.kind == .invalidOption && error?.subject == name)
  }
}
