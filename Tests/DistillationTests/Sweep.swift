import Compute
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
