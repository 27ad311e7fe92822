public import Compute

/// One matrix for each tap: what a model exposes of a batch, or d(loss)/d(tap) of it.
public struct TapMatrices {
  /// Hidden states, each `[N, C]`: 0 is the embedding output after layer norm and dropout, `l` the
  /// output of layer `l`, counted from 1.
  public var hidden: [Int: Matrix]
  /// Raw scores of layers counted from 1, each `[1, H * sum of squared lengths]`: scaled, before the
  /// softmax; see `SequenceOffsets` for the place of a head's block.
  public var scores: [Int: Matrix]
  /// Queries, keys and values of layers counted from 1, side by side, each `[N, 3C]`: with their biases,
  /// before the scores are scaled.
  public var queriesKeysValues: [Int: Matrix]
  /// The head's output, see `LogitShape`.
  public var logits: Matrix?

  /// Matrices for some taps; of gradients, a tap that is left out carries no loss.
  public init(
    hidden: [Int: Matrix] = [:], scores: [Int: Matrix] = [:],
    queriesKeysValues: [Int: Matrix] = [:], logits: Matrix? = nil
  ) {
    self.hidden = hidden
    self.scores = scores
    self.queriesKeysValues = queriesKeysValues
    self.logits = logits
  }
}
