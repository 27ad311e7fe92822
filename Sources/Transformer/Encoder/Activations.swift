public import Compute

/// What one forward sweep leaves behind: the taps asked for and, in training, what backward needs.
///
/// The matrices live in the arena of the sweep and are gone when it is reset.
public struct Activations {
  /// The batch the sweep ran on.
  public let batch: PackedBatch
  /// The taps asked for; no logits where the head has no rows.
  public internal(set) var taps = TapMatrices()
  /// The tapped hidden states as products read them.
  public private(set) var operands: [Int: Operand] = [:]

  let dropout: DropoutStreams?
  /// The rows of the last hidden state that the head read, [R]; none when no logits were made.
  var headRows: [Int32] = []
  var embeddings: Embeddings.Record?
  var layers: [EncoderLayer.Record] = []
  var head: HeadRecord?

  init(batch: PackedBatch, dropout: DropoutStreams?) {
    self.batch = batch
    self.dropout = dropout
  }

  /// Keeps a tapped hidden state.
  mutating func keep(_ state: HiddenState, _ index: Int) {
    taps.hidden[index] = state.values
    operands[index] = state.operand
  }

  /// The head's output; see ``taps``.
  public var logits: Matrix? { taps.logits }

  /// What the head's last layer read, `[R, C]`: see ``BertModel/lastLayer``.
  public var headFeatures: Matrix? { head?.features }

  /// A zero gradient for every tap.
  public func makeTapGradients(in arena: Arena) -> TapMatrices {
    func zeros(_ tap: Matrix) -> Matrix {
      let gradient = arena.matrix(tap.rows, tap.columns)
      gradient.fill(0)
      return gradient
    }
    return TapMatrices(
      hidden: taps.hidden.mapValues(zeros), scores: taps.scores.mapValues(zeros),
      queriesKeysValues: taps.queriesKeysValues.mapValues(zeros), logits: logits.map(zeros))
  }
}
