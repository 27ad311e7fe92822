import Compute
import RandomStreams
import TestSupport
import Testing

@testable import Transformer

@Suite struct BertModelBackwardTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: [
    ("hf", "all"), ("hf", "scores"), ("hf", "lower"), ("hf", "embeddings"), ("hf", "split"),
    ("tinybert", "logits"), ("masked", "logits"), ("masked", "mixed"),
  ])
  func `gradients for loss at any taps equal the float64 reference`(
    name: String, example: String
  ) throws {
    let fixture = try ModelFixture(name, dropout: 0)
    let (seeds, expected) = try fixture.gradients(name, example)
    let gradients = fixture.gradients(of: seeds, on: context)
    let all = expected.values.reduce(0) { $0 + squaredNorm($1) }.squareRoot()
    for parameter in fixture.model.layout.parameters {
      let actual = gradients[parameter].values()
      guard let reference = expected[parameter.name] else {
        #expect(actual.allSatisfy { $0 == 0 }, "\(parameter.name) is not reached")
        continue
      }
      let difference = squaredNorm(zip(actual, reference).map { $0 - $1 }).squareRoot()
      let allowed = 1e-4 * squaredNorm(reference).squareRoot() + 1e-7 * all
      #expect(difference <= allowed, "\(parameter.name) is off by \(difference) of \(allowed)")
    }
  }

  @Test(arguments: [
    ("hf", "all"), ("hf", "scores"), ("hf", "lower"), ("hf", "embeddings"), ("hf", "split"),
    ("tinybert", "logits"), ("masked", "logits"), ("masked", "mixed"),
  ])
  func `the parameters said to be reached are those that PyTorch gives a gradient`(
    name: String, example: String
  ) throws {
    let fixture = try ModelFixture(name)
    let (seeds, expected) = try fixture.gradients(name, example)
    let reached = fixture.model.reached(by: BertModel.Taps(named: seeds.keys))
    #expect(Set(reached.map(\.name)) == Set(expected.keys))
  }

  @Test func `gradients of parameters that no tap reaches are left as they were`() throws {
    let fixture = try ModelFixture("hf")
    let taps = BertModel.Taps(hidden: [0], scores: [2])
    let (arena, gradients) = (Arena(), ParameterSet(fixture.model.layout))
    gradients.values.fill(.nan)
    let reached = Set(fixture.model.reached(by: taps))
    for parameter in reached { gradients[parameter].fill(0) }
    let made = fixture.model.forward(
      fixture.batch, fixture.weights, taps: taps,
      mode: .training(DropoutStreams(seed: 1, epoch: 1)), on: context, in: arena)
    let seeds = made.makeTapGradients(in: arena)
    seeds.scores[2]?.fill(1)
    fixture.model.backward(
      made, seeds, fixture.weights, into: gradients, on: context, in: arena)
    for parameter in fixture.model.layout.parameters {
      let values = gradients[parameter].values()
      #expect(
        values.allSatisfy { $0.isNaN != reached.contains(parameter) }, "\(parameter.name)")
    }
  }

  @Test func `a second backward sweep adds to the gradients of the first`() throws {
    let fixture = try ModelFixture("hf", dropout: 0)
    let (seeds, _) = try fixture.gradients("hf", "all")
    let once = fixture.gradients(of: seeds, on: context)
    let twice = fixture.gradients(of: seeds, on: context)
    fixture.addGradients(of: seeds, into: twice, on: context)
    for parameter in fixture.model.layout.parameters {
      let doubled = once[parameter].values().map { 2 * Double($0) }
      #expect(
        relativeDistance(twice[parameter].values().map(Double.init), doubled, floor: 1e-12) < 1e-5,
        "\(parameter.name)")
    }
  }

  @Test func `backward leaves the tap gradients as they were`() throws {
    let fixture = try ModelFixture("hf")
    let arena = Arena()
    let (seeds, _) = try fixture.gradients("hf", "all")
    let made = fixture.model.forward(
      fixture.batch, fixture.weights, taps: fixture.everything,
      mode: .training(DropoutStreams(seed: 1, epoch: 1)), on: context, in: arena)
    let gradients = made.makeTapGradients(in: arena)
    gradients.assign(seeds)
    fixture.model.backward(
      made, gradients, fixture.weights, into: ParameterSet(fixture.model.layout), on: context,
      in: arena)
    #expect(gradients.hidden.mapValues { $0.values() }[2] == seeds["hidden.2"])
    #expect(gradients.hidden.mapValues { $0.values() }[0] == seeds["hidden.0"])
    #expect(gradients.scores.mapValues { $0.values() }[2] == seeds["scores.1"])
    #expect(gradients.logits?.values() == seeds["logits"])
  }

  @Test func `thread count does not change a bit of the gradients`() throws {
    let fixture = try ModelFixture("hf")
    let (seeds, _) = try fixture.gradients("hf", "all")
    let one = fixture.gradients(of: seeds, on: ComputeContext(threads: 1)).values.values()
    for threads in [2, 4] {
      let more = fixture.gradients(of: seeds, on: ComputeContext(threads: threads))
      #expect(more.values.values() == one)
    }
  }
}

func squaredNorm(_ values: [Float]) -> Double {
  values.reduce(0) { $0 + Double($1) * Double($1) }
}

extension ModelFixture {
  /// The gradients of `sum of seed * tap`, in training mode.
  func gradients(of seeds: [String: [Float]], on context: ComputeContext) -> ParameterSet {
    let gradients = ParameterSet(model.layout)
    addGradients(of: seeds, into: gradients, on: context)
    return gradients
  }

  /// Adds them to others.
  func addGradients(
    of seeds: [String: [Float]], into gradients: ParameterSet, on context: ComputeContext
  ) {
    let arena = Arena()
    let made = model.forward(
      batch, weights, taps: BertModel.Taps(named: seeds.keys),
      mode: .training(DropoutStreams(seed: 5, epoch: 2)), on: context, in: arena)
    let tapGradients = made.makeTapGradients(in: arena)
    tapGradients.assign(seeds)
    model.backward(made, tapGradients, weights, into: gradients, on: context, in: arena)
  }
}
