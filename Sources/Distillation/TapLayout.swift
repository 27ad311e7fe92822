import Compute
public import Transformer

/// How the taps of one example lie in a flat record of floats.
///
/// For an example of n tokens: the tapped states in ascending order, each `[n, C]`, then the raw
/// scores of the tapped layers in ascending order, each `[H, n, n]`, then their queries, keys and values,
/// each `[n, 3C]`.
public struct TapLayout: Sendable, Equatable {
  /// Tapped states, ascending.
  public let hidden: [Int]
  /// Layers, counted from 1, whose scores are tapped, ascending.
  public let scores: [Int]
  /// Layers, counted from 1, whose queries, keys and values are tapped, ascending.
  public let queriesKeysValues: [Int]
  /// Width of a state, C.
  public let width: Int
  /// Attention heads, H.
  public let heads: Int

  /// The layout of some taps of a model of these sizes; logits have no place in it.
  public init(_ taps: BertModel.Taps, of configuration: ModelConfiguration) {
    hidden = taps.hidden.sorted()
    scores = taps.scores.sorted()
    queriesKeysValues = taps.queriesKeysValues.sorted()
    width = configuration.hiddenSize
    heads = configuration.headCount
  }

  /// The taps that have a place.
  public var taps: BertModel.Taps {
    BertModel.Taps(
      hidden: Set(hidden), scores: Set(scores), queriesKeysValues: Set(queriesKeysValues))
  }

  /// Floats of the record of an example of `length` tokens.
  public func count(length: Int) -> Int {
    length
      * ((hidden.count + 3 * queriesKeysValues.count) * width + scores.count * heads * length)
  }

  /// The parts of one example's record within the matrices of its batch, in the record's order.
  ///
  /// - Parameters:
  ///   - sequence: the example's place in the batch.
  ///   - taps: matrices of the whole batch.
  ///   - sequences: the batch's sequences.
  /// - Returns: contiguous views that together have `count(length:)` elements.
  func parts(
    of sequence: Int, in taps: TapMatrices, _ sequences: SequenceOffsets
  ) -> [Matrix] {
    let rows = sequences.starts[sequence]..<sequences.starts[sequence + 1]
    let blocks = heads * sequences.squared[sequence]..<heads * sequences.squared[sequence + 1]
    return hidden.compactMap { taps.hidden[$0]?.rows(rows) }
      + scores.compactMap { taps.scores[$0]?.columns(blocks) }
      + queriesKeysValues.compactMap { taps.queriesKeysValues[$0]?.rows(rows) }
  }
}
