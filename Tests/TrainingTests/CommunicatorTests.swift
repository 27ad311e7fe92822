import Compute
import Testing
import Transformer

@testable import Training

/// As if a second process had the same examples, and other things to say.
private final class Twin: Communicator {
  var isWriter = true
  var stops = false
  private(set) var sums = 0
  private(set) var asked: [Bool] = []

  func isStopWanted(_ here: Bool, isWithinStep: Bool) -> Bool {
    asked.append(isWithinStep)
    return !isWithinStep && (here || stops)
  }

  func sum(
    _ gradients: ParameterSet, terms: LossTerms, reached: [GradientRows]
  ) -> (terms: LossTerms, reached: [GradientRows]) {
    sums += 1
    gradients.values.withElements { values in
      for index in values.indices { values[index] *= 2 }
    }
    var both = terms
    both.add(terms)
    return (both, reached)
  }
}

@Suite struct CommunicatorTests {
  private let twin = Twin()

  private func make() throws -> Trainer {
    var small = SmallTraining()
    small.communicator = twin
    return try small.make()
  }

  @Test func `the update takes what the processes have summed`() throws {
    let alone = try #require(try SmallTraining().make().step())
    let both = try #require(try make().step())
    #expect(twin.sums == 1, "once a step, however many micro-batches it has")
    #expect(both.gradientNorm == 2 * alone.gradientNorm)
    #expect(both.terms.total == 2 * alone.terms.total)
  }

  @Test func `any process may stop all of them, between steps`() throws {
    let trainer = try make()
    twin.stops = true
    #expect(try trainer.step() == nil && trainer.state.openStep == nil)
    twin.stops = false
    #expect(try trainer.step() != nil)
    #expect(twin.asked.first == false && twin.asked.contains(true))
  }

  @Test(arguments: [true, false])
  func `only the writer saves`(isWriter: Bool) throws {
    twin.isWriter = isWriter
    var small = SmallTraining()
    small.communicator = twin
    small.options.saveSteps = 1
    let trainer = try small.make()
    var saved = 0
    _ = try trainer.run(shouldStop: { trainer.state.step == 3 }, save: { _ in saved += 1 })
    #expect(saved == (isWriter ? 4 : 0))
  }
}
