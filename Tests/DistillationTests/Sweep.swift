import Compute
import Foundation
import TestSupport
import Testing
import Training
import Transformer

/// Loss terms and gradients of one optimiser step, by hand: what the trainer does, without it.
struct Sweep {
  let terms: LossTerms
  let gradients: ParameterSet

  /// Cuts the examples into micro-batches of at most `maxTokens` rows and sums over them; a loss of the
  /// whole step takes one alone.
  init(
    _ model: BertModel, _ weights: ParameterSet, _ objective: any Objective,
    _ examples: [Example], maxTokens: Int = 1 << 20, dropoutSeed: UInt64 = 1,
    on context: ComputeContext
  ) throws {
    let batches = MicroBatcher(maxTokens: maxTokens).batches(
      examples, indices: Array(examples.indices), firstPlace: 0)
    let totals = StepTotals(objective.denominators, of: batches)
    let gradients = ParameterSet(weights.layout)
    var terms = LossTerms()
    let arena = Arena()
    for batch in batches {
      arena.reset()
      let activations = model.forward(
        batch.packed, weights, taps: objective.taps,
        mode: .training(DropoutStreams(seed: dropoutSeed, epoch: 0)), on: context, in: arena)
      let seeds = activations.makeTapGradients(in: arena)
      terms.add(
        try objective.evaluate(
          batch, student: activations, tapGradients: seeds, weights: weights,
          gradients: gradients, totals: totals, on: context, in: arena))
      if let loss = objective.stepLoss, let logits = activations.logits, let seed = seeds.logits {
        precondition(batches.count == 1, "a loss of the whole step, cut into \(batches.count)")
        terms.add(
          loss.term,
          try loss.evaluate(logits, of: batch.indices, gradient: seed, on: context, in: arena))
      }
      model.backward(activations, seeds, weights, into: gradients, on: context, in: arena)
    }
    self.terms = terms
    self.gradients = gradients
  }
}

extension Sweep {
  /// Holds all terms and the gradients of all parameters to an oracle's: terms to 1e-5, gradients to `tolerance` of
  /// their length and 1e-7 of that of all; what the oracle has no gradient for must have none.
  func expect(
    terms: [String: Double], gradients: [String: Data], of layout: ParameterLayout,
    tolerance: Double
  ) throws {
    #expect(Set(self.terms.terms.map(\.name)) == Set(terms.keys))
    for (term, expected) in terms {
      let actual = try #require(self.terms[term])
      #expect(abs(actual - expected) <= 1e-5 * abs(expected), "\(term): \(actual), \(expected)")
    }
    let expected = gradients.mapValues { floats($0).map(Double.init) }
    let whole = expected.values.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    for parameter in layout.parameters {
      let actual = self.gradients[parameter].values().map(Double.init)
      guard let oracle = expected[parameter.name] else {
        #expect(actual.allSatisfy { $0 == 0 }, "\(parameter.name) must receive no gradient")
        continue
      }
      let error = zip(actual, oracle).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
      let size = oracle.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(
        error <= tolerance * size + 1e-7 * whole,
        "\(parameter.name): \(error) of \(size), \(whole)")
    }
  }
}
