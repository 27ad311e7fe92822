import Compute
import Transformer

extension Trainer {
  /// What the loss of a whole step says of it, before its micro-batches run backward.
  struct StepShare {
    /// The loss.
    let value: Double
    /// d(loss)/d(outputs), a row an example of the step.
    let gradient: Matrix
    /// First row of each micro-batch, and at the end the number of rows.
    let starts: [Int]

    /// The rows of a micro-batch.
    func gradient(of microBatch: Int) -> Matrix {
      gradient.rows(starts[microBatch]..<starts[microBatch + 1])
    }
  }

  /// The loss of a whole step that is cut into several micro-batches.
  ///
  /// All of them run forward once more beforehand, and nothing but their outputs is kept (Gao et al.
  /// 2021, "Scaling deep contrastive learning batch size under memory limited setup"): memory stays that
  /// of one micro-batch. What dropout draws is keyed, so the second forward sweep gives the same outputs.
  ///
  /// - Parameters:
  ///   - loss: the loss.
  ///   - batches: the step's micro-batches.
  ///   - weights: the model's parameters.
  ///   - dropout: as in the sweeps that follow.
  ///   - shouldStop: asked before every micro-batch.
  /// - Returns: the loss, or nil if it was stopped.
  /// - Throws: what the loss and `shouldStop` throw.
  func stepShare(
    _ loss: any StepLoss, of batches: [TrainingBatch], _ weights: ParameterSet,
    _ dropout: DropoutStreams, shouldStop: () throws -> Bool
  ) throws -> StepShare? {
    stepArena.reset()
    var starts = [0]
    for batch in batches { starts.append(starts[starts.count - 1] + batch.indices.count) }
    let (rows, columns) = (starts[batches.count], model.logitShape?.columns ?? 0)
    let (outputs, gradient) = (stepArena.matrix(rows, columns), stepArena.matrix(rows, columns))
    for (number, batch) in batches.enumerated() {
      if try shouldStop() { return nil }
      arena.reset()
      let activations = model.forward(
        batch.packed, weights, taps: objective.taps, mode: .training(dropout), on: context,
        in: arena)
      guard let logits = activations.logits else { preconditionFailure("a loss of no outputs") }
      outputs.rows(starts[number]..<starts[number + 1]).assign(from: logits)
    }
    gradient.fill(0)
    let value = try loss.evaluate(
      outputs, of: batches.flatMap(\.indices), gradient: gradient, on: context, in: stepArena)
    return StepShare(value: value, gradient: gradient, starts: starts)
  }
}
