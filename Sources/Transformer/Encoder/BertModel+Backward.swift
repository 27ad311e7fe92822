public import Compute

extension BertModel {
  /// Adds d(loss)/d(parameter) into `gradients` for every parameter the tap gradients reach.
  ///
  /// The gradient of a tapped hidden state is added to what comes from the layers above it. Any
  /// subset of the forward sweep's taps may carry loss; parameters none of them reaches are not
  /// touched.
  ///
  /// The activations are those of a forward sweep in training mode with these weights, whose arena
  /// has not been reset. Scratch is taken from the arena given, which may be the same one.
  public func backward(
    _ activations: Activations, _ tapGradients: TapMatrices, _ weights: ParameterSet,
    into gradients: ParameterSet, on context: ComputeContext, in arena: Arena
  ) {
    guard let embeddingRecord = activations.embeddings else {
      preconditionFailure("backward needs the activations of a forward sweep in training mode")
    }
    precondition(
      tapGradients.hidden.keys.allSatisfy { $0 <= activations.layers.count }
        && tapGradients.scores.keys.allSatisfy { $0 <= activations.layers.count }
        && tapGradients.queriesKeysValues.keys.allSatisfy { $0 <= activations.layers.count },
      "a tap gradient lies above the last layer that the forward sweep ran")
    let pass = BackwardPass(
      batch: activations.batch, weights: weights, gradients: gradients,
      dropout: activations.dropout, context: context, arena: arena)
    let scratch = BackwardScratch(
      rows: activations.batch.tokens, channels: configuration.hiddenSize,
      inner: configuration.intermediateSize, precision: context.precision, in: arena)

    // d(loss)/d(hidden[l]) while l runs down; `nil` until the first tap that carries loss.
    var dhidden: Matrix?
    if let dlogits = tapGradients.logits {
      guard let head = activations.head else {
        preconditionFailure("a gradient of logits that the forward sweep did not make")
      }
      let dread = head.backward(dlogits, pass)
      dhidden = dread
      if activations.layers.last?.attention.projections.selected == nil {
        scratch.outer.fill(0)
        context.scatterAdd(dread, rows: activations.headRows, into: scratch.outer)
        dhidden = scratch.outer
      }
    }
    for (index, record) in activations.layers.enumerated().reversed() {
      dhidden = joined(dhidden, tapGradients.hidden[index + 1], context)
      let dscores = tapGradients.scores[index + 1]
      let dprojected = tapGradients.queriesKeysValues[index + 1]
      guard dhidden != nil || dscores != nil || dprojected != nil else { continue }
      dhidden = layers[index].backward(
        dhidden, dscores: dscores, dprojected: dprojected, scratch, record, pass)
    }
    if let dhidden = joined(dhidden, tapGradients.hidden[0], context) {
      embeddings.backward(
        dhidden, scratch: scratch.middle, masked: scratch.context, embeddingRecord, pass)
    }
  }

  /// What comes from above plus the tap's own gradient; only the former's memory is written.
  private func joined(_ above: Matrix?, _ tap: Matrix?, _ context: ComputeContext) -> Matrix? {
    guard let above else { return tap }
    if let tap { context.add(tap, into: above) }
    return above
  }
}
