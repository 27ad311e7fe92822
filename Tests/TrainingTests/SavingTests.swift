import Compute
import TestSupport
import Testing
import Transformer

@testable import Training

@Suite struct SavingTests {
  /// The steps after which a training of 12 steps saves.
  private func saves(_ change: (inout TrainingOptions) -> Void) throws -> [Int] {
    var small = SmallTraining()
    change(&small.options)
    var steps: [Int] = []
    _ = try small.make().run(save: { steps.append($0.state.step) })
    return steps
  }

  @Test
  func `every so many steps, after so many minutes, never, and not after the last step`() throws {
    #expect(try saves { $0.saveSteps = 5 } == [5, 10])
    #expect(try saves { $0.saveSteps = 12 } == [])
    #expect(try saves { $0.saveMinutes = 1e-9 } == Array(1...11))
    #expect(try saves { $0.saveMinutes = 60 } == [])
    #expect(
      try saves {
        $0.saveMinutes = 60
        $0.saveSteps = 4
      } == [4, 8])
    #expect(try saves { _ in } == [])
  }

  @Test func `a checkpoint after a step that is scored holds the score`() throws {
    var small = SmallTraining()
    small.options.evalStrategy = .steps
    small.options.evalSteps = 4
    small.options.saveSteps = 2
    var saved: [[Int]] = []
    _ = try small.make().run(
      save: { saved.append([$0.state.step, $0.state.evaluatedStep]) }, evaluate: { _ in [:] })
    #expect(saved == [[2, 0], [4, 4], [6, 4], [8, 8], [10, 8]])
  }

  @Test(arguments: [3, 12])
  func `weights that are not finite are not saved, and do not end a training well`(step: Int) throws
  {
    var small = SmallTraining()
    small.options.saveSteps = 1
    let trainer = try small.make()
    var saved: [Int] = []
    // A token that no example holds: no loss will ever show it.
    let table = try #require(trainer.weights.layout["bert.embeddings.word_embeddings.weight"])
    small.options.loggingSteps = 1
    let error = #expect(throws: TrainingError.self) {
      try trainer.run(
        shouldStop: {
          if trainer.state.step == step - 1 { trainer.weights[table][0, 3] = .infinity }
          return false
        }, save: { saved.append($0.state.step) })
    }
    #expect(error?.kind == .nonFinite && error?.subject == table.name)
    #expect(error?.description.contains("1 non-finite values after step \(step)") == true)
    #expect(saved == Array(1..<step))
  }
}
