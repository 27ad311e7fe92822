public import Compute

/// What one forward sweep leaves behind: the taps asked for and, in training, what backward needs.
///
/// The matrices live in the arena of the sweep and are gone when it is reset.
public struct Activations {
  /// The batch the sweep ran on.
  public let batch: PackedBatch
  /// Tapped hidden states, each `[N, C]`: 0 is the embedding output after layer norm and dropout,
  /// `l` the output of layer `l`, counted from 1.
  public internal(set) var hidden: [Int: Matrix] = [:]
  /// The tapped hidden states as products read them.
  public private(set) var operands: [Int: Operand] = [:]
  /// Tapped scores of layers counted from 0, each `[1, H * sum of squared lengths]`: scaled, before
  /// the softmax; see `SequenceOffsets` for the place of a head's block.
  public internal(set) var scores: [Int: Matrix] = [:]
  /// The head's output, see `LogitShape`; `nil` when not asked for or when it has no rows.
  public internal(set) var logits: Matrix?

  let dropout: DropoutStreams?
  /// The rows of the last hidden state that the head read, [R]; none when no logits were made.
  var headRows: [Int32] = []
  var embeddings: LayerNorm.Record?
  var layers: [EncoderLayer.Record] = []
  var head: HeadRecord?

  init(batch: PackedBatch, dropout: DropoutStreams?) {
    self.batch = batch
    self.dropout = dropout
  }

  /// Keeps a tapped hidden state.
  mutating func keep(_ state: HiddenState, _ index: Int) {
    hidden[index] = state.values
    operands[index] = state.operand
  }

  /// A zero gradient for every tap.
  public func makeTapGradients(in arena: Arena) -> TapGradients {
    func zeros(_ tap: Matrix) -> Matrix {
      let gradient = arena.matrix(tap.rows, tap.columns)
      gradient.fill(0)
      return gradient
    }
    return TapGradients(
      hidden: hidden.mapValues(zeros), scores: scores.mapValues(zeros), logits: logits.map(zeros))
  }
}

/// d(loss)/d(tap) for the taps that carry loss: what a backward sweep starts from.
public struct TapGradients {
  /// Like `Activations.hidden`.
  public var hidden: [Int: Matrix]
  /// Like `Activations.scores`.
  public var scores: [Int: Matrix]
  /// Like `Activations.logits`.
  public var logits: Matrix?

  /// Gradients of some taps; a tap that is left out carries no loss.
  public init(hidden: [Int: Matrix] = [:], scores: [Int: Matrix] = [:], logits: Matrix? = nil) {
    self.hidden = hidden
    self.scores = scores
    self.logits = logits
  }
}
