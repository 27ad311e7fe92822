import Compute

/// What every layer of one forward sweep shares.
struct ForwardPass {
  let batch: PackedBatch
  let weights: ParameterSet
  /// `nil` in evaluation.
  let dropout: DropoutStreams?
  let context: ComputeContext
  let arena: Arena
}

/// What every layer of one backward sweep shares.
struct BackwardPass {
  let batch: PackedBatch
  let weights: ParameterSet
  /// Parameter gradients; everything is added to what they hold.
  let gradients: ParameterSet
  /// The streams of the forward sweep.
  let dropout: DropoutStreams?
  let context: ComputeContext
  let arena: Arena
}
