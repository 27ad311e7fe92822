import Compute
import RandomStreams
import TestSupport
import Testing

@testable import Transformer

@Suite struct BertModelForwardTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: ["hf", "tinybert", "masked"])
  func `every tap equals the float64 reference`(name: String) throws {
    let fixture = try ModelFixture(name)
    let made = fixture.model.forward(
      fixture.batch, fixture.weights, taps: fixture.everything, mode: .evaluation, on: context,
      in: Arena())
    #expect(Set(made.named.keys) == Set(fixture.taps.keys))
    for (tap, values) in made.named {
      expectClose(values, fixture.taps[tap], tap)
    }
  }

  @Test(arguments: ["hf", "masked"])
  func `training mode without dropout makes the same bits as evaluation`(name: String) throws {
    let fixture = try ModelFixture(name, dropout: 0)
    func run(_ mode: BertModel.Mode) -> [String: [Float]] {
      fixture.model.forward(
        fixture.batch, fixture.weights, taps: fixture.everything, mode: mode, on: context,
        in: Arena()
      ).named
    }
    #expect(run(.training(DropoutStreams(seed: 1, epoch: 0))) == run(.evaluation))
  }

  @Test func `keeping fewer taps changes none of them`() throws {
    let fixture = try ModelFixture("hf")
    let subsets: [BertModel.Taps] = [
      .init(hidden: [0]), .init(hidden: [1]), .init(hidden: [2]), .init(scores: [1]),
      .init(scores: [2]), .init(hidden: [0, 2], scores: [2]), .init(logits: true),
      .init(hidden: [1], logits: true),
    ]
    for taps in subsets {
      let made = fixture.model.forward(
        fixture.batch, fixture.weights, taps: taps, mode: .evaluation, on: context, in: Arena())
      #expect(Set(made.taps.hidden.keys) == taps.hidden)
      #expect(Set(made.taps.scores.keys) == taps.scores)
      #expect((made.logits != nil) == taps.logits)
      for (tap, values) in made.named { expectClose(values, fixture.taps[tap], "\(taps) \(tap)") }
    }
  }

  @Test func `evaluation takes no memory for a second layer`() throws {
    let fixture = try ModelFixture("hf")
    func mark(_ taps: BertModel.Taps) -> Int {
      let arena = Arena()
      _ = fixture.model.forward(
        fixture.batch, fixture.weights, taps: taps, mode: .evaluation, on: context, in: arena)
      return arena.highWaterMark
    }
    // The second layer's own share is its tapped output, 21 x 24 floats and what aligns them.
    let share = mark(.init(hidden: [2])) - mark(.init(hidden: [1]))
    #expect(share >= 0 && share <= 64)
    #expect(mark(.init(hidden: [0])) < mark(.init(hidden: [1])))
  }

  @Test func `thread count does not change a bit`() throws {
    let fixture = try ModelFixture("hf")
    func run(_ threads: Int) -> [String: [Float]] {
      fixture.model.forward(
        fixture.batch, fixture.weights, taps: fixture.everything,
        mode: .training(DropoutStreams(seed: 3, epoch: 1)), on: ComputeContext(threads: threads),
        in: Arena()
      ).named
    }
    let one = run(1)
    #expect(run(2) == one)
    #expect(run(4) == one)
  }

  @Test func `a batch without prediction rows has no vocabulary logits`() throws {
    let fixture = try ModelFixture("masked")
    var batch = fixture.batch
    batch.predictionRows = []
    let made = fixture.model.forward(
      batch, fixture.weights, taps: .init(hidden: [2], logits: true), mode: .evaluation,
      on: context, in: Arena())
    #expect(made.logits == nil)
    #expect(made.taps.hidden[2] != nil)
  }
}

/// Holds values to the forward tolerance.
func expectClose(
  _ values: [Float], _ expected: [Float]?, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard let expected else {
    Issue.record("nothing to compare \(name) with", sourceLocation: sourceLocation)
    return
  }
  let comparison = Comparison(values, expected.map(Double.init), within: .forward)
  #expect(comparison.isClose, "\(name): \(comparison)", sourceLocation: sourceLocation)
}
