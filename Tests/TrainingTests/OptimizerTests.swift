import Compute
import TestSupport
import Testing
import Training
import Transformer

@Suite struct OptimizerTests {
  let fixture: TrainingFixture
  let context = ComputeContext(threads: 2)

  init() throws { fixture = try TrainingFixture.load() }

  private let layout: ParameterLayout = {
    var layout = ParameterLayout()
    layout.declare("word.weight", shape: [5, 4], decays: true, initialization: .normal)
    layout.declare("dense.bias", shape: [4], decays: false, initialization: .zeros)
    layout.declare("untrained", shape: [3], decays: true, initialization: .zeros)
    layout.declare("LayerNorm.weight", shape: [4], decays: false, initialization: .ones)
    return layout
  }()

  /// Takes the fixture's five steps and compares every parameter after each.
  private func check(
    _ options: OptimizerOptions, _ schedule: Schedule, against expected: TrainingFixture.Steps
  ) throws {
    let weights = ParameterSet(layout)
    let gradients = ParameterSet(layout)
    for parameter in layout.parameters {
      weights[parameter].assign(try #require(fixture.start[parameter.name]).map { Float($0) })
    }
    let trained = layout.parameters.filter { $0.name != "untrained" }
    let optimizer = Optimizer(trained, of: weights, options: options, on: context)
    for (step, values) in fixture.gradients.enumerated() {
      for parameter in trained {
        gradients[parameter].assign(try #require(values[parameter.name]).map { Float($0) })
      }
      let norm = try optimizer.update(
        gradients: gradients, step: step,
        learningRate: fixture.rate * schedule.factor(at: step))
      if let norms = expected.norms { #expect(abs(norm - norms[step]) <= 1e-6 * norms[step]) }
      for parameter in layout.parameters {
        let comparison = Comparison(
          weights[parameter].values(), try #require(expected.after[step][parameter.name]),
          within: Tolerance(absolute: 1e-6, relative: 0))
        #expect(comparison.isClose, "step \(step), \(parameter.name): \(comparison)")
      }
    }
  }

  @Test func `two steps of BertAdam with a large gradient are those worked out by hand`() throws {
    var layout = ParameterLayout()
    layout.declare("w.weight", shape: [1, 1], decays: true, initialization: .ones)
    let (weights, gradients) = (ParameterSet(layout), ParameterSet(layout))
    weights[layout.parameters[0]].assign([1])
    gradients[layout.parameters[0]].assign([10])
    let optimizer = Optimizer(
      layout.parameters, of: weights,
      options: OptimizerOptions(.bertAdam, weightDecay: 0.01, clipping: .perTensor(1)), on: context)
    for (step, expected) in [0.999_841_391_116_834, 0.999_628_416_364_008_6].enumerated() {
      try optimizer.update(gradients: gradients, step: step, learningRate: 5e-5)
      let weight = Double(optimizer.weights[layout.parameters[0]].values()[0])
      #expect(abs(weight - expected) < 1.2e-7, "step \(step): \(weight)")
    }
  }

  @Test func `five AdamW steps are PyTorch's, with global clipping, warm-up and decay`() throws {
    let schedule = Schedule(.linear, warmupSteps: 2, totalSteps: 8)
    try check(
      OptimizerOptions(.adamW, weightDecay: fixture.decay, clipping: .global(1)), schedule,
      against: fixture.adamwClipped)
    try check(
      OptimizerOptions(.adamW, weightDecay: fixture.decay, clipping: .none), schedule,
      against: fixture.adamwFree)
  }

  @Test func `five BertAdam steps follow its definition, clipped tensor by tensor`() throws {
    try check(
      OptimizerOptions(.bertAdam, weightDecay: fixture.decay, clipping: .perTensor(1)),
      Schedule(.linear, warmupRatio: 0.1, totalSteps: 10), against: fixture.bertAdam)
  }

  @Test func `TinyBERT's example of BertAdam`() throws {
    var layout = ParameterLayout()
    let p = layout.declare("p", shape: [1], decays: true, initialization: .ones)
    let weights = ParameterSet(layout)
    let gradients = ParameterSet(layout)
    weights[p].fill(1)
    let optimizer = Optimizer(
      [p], of: weights,
      options: OptimizerOptions(.bertAdam, weightDecay: 0.01, clipping: .perTensor(1)),
      on: context)
    // Reference 1.3.
    for (step, expected) in [0.999841391116834, 0.9996284163640086].enumerated() {
      gradients[p].fill(10)
      try optimizer.update(gradients: gradients, step: step, learningRate: 5e-5)
      #expect(abs(Double(weights[p].values()[0]) - expected) < 1e-7)
    }
  }

  @Test func `a gradient that is not finite is named and changes nothing`() throws {
    let weights = ParameterSet(layout)
    weights.values.fill(1)
    let gradients = ParameterSet(layout)
    let bias = try #require(layout["dense.bias"])
    gradients[bias].assign([0, .nan, .infinity, 1])
    let optimizer = Optimizer(
      layout.parameters, of: weights, options: OptimizerOptions(), on: context)
    let error = #expect(throws: TrainingError.self) {
      try optimizer.update(gradients: gradients, step: 6, learningRate: 1)
    }
    #expect(error?.kind == .nonFinite)
    #expect(
      error?.description.hasPrefix("gradient of dense.bias has 2 non-finite values at step 7")
        == true)
    #expect(weights.values.values().allSatisfy { $0 == 1 })
    #expect(optimizer.firstMoment.values.values().allSatisfy { $0 == 0 })
  }
}
