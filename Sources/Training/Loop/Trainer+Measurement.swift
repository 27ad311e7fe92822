import Transformer

extension Trainer {
  /// The loss on other examples, such as held-out text, with dropout off and nothing trained.
  ///
  /// All examples count as one step, so terms are means over the whole source.
  ///
  /// - Precondition: no step is half done.
  /// - Parameters:
  ///   - source: the examples; they are read twice.
  ///   - objective: the loss, by default the one that is trained. A loss that looks things up by the
  ///     number of an example, such as cached logits, needs one of its own for another source.
  ///   - shouldStop: asked before every micro-batch.
  /// - Returns: the loss terms, or nil if it was asked to stop.
  /// - Throws: `TrainingError.Kind.invalidExample`, and what source and objective throw.
  public func lossTerms(
    on source: any ExampleSource, objective: (any Objective)? = nil,
    shouldStop: () -> Bool = { false }
  ) throws -> LossTerms? {
    let loss = objective ?? self.objective
    precondition(source.count > 0, "there is nothing to measure")
    // A loss may add to the gradients of parameters of its own.
    precondition(state.openStep == nil, "measured while a step is half done")
    var totals = StepTotals()
    for start in stride(from: 0, to: source.count, by: options.examplesPerStep) {
      for batch in try batches(of: source, from: start) { totals.add(batch) }
    }
    var terms = LossTerms()
    for start in stride(from: 0, to: source.count, by: options.examplesPerStep) {
      for batch in try batches(of: source, from: start) {
        if shouldStop() { return nil }
        terms.add(
          try sweep(batch, loss, weights, totals: totals, mode: .evaluation, backward: false))
      }
    }
    return terms
  }

  /// A step's worth of a source's examples, in their own order; masks are those of epoch 0.
  private func batches(of source: any ExampleSource, from start: Int) throws -> [TrainingBatch] {
    let indices = Array(start..<min(start + options.examplesPerStep, source.count))
    return try pack(try source.examples(indices), indices: indices, firstPlace: start, epoch: 0)
  }
}
