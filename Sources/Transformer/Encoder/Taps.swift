extension BertModel {
  /// The places of a model that are read from outside, by losses or by a user.
  public struct Taps: Sendable, Equatable {
    /// Hidden states: 0 is the embedding output, `l` the output of layer `l`, counted from 1.
    public var hidden: Set<Int>
    /// Raw attention scores of layers, counted from 1.
    public var scores: Set<Int>
    /// Queries, keys and values of layers, counted from 1.
    public var queriesKeysValues: Set<Int>
    /// The head's output.
    public var logits: Bool

    /// Makes a set of taps; what is left out is not kept.
    public init(
      hidden: Set<Int> = [], scores: Set<Int> = [], queriesKeysValues: Set<Int> = [],
      logits: Bool = false
    ) {
      self.hidden = hidden
      self.scores = scores
      self.queriesKeysValues = queriesKeysValues
      self.logits = logits
    }

    /// Every tap of either.
    public func union(_ other: Taps) -> Taps {
      Taps(
        hidden: hidden.union(other.hidden), scores: scores.union(other.scores),
        queriesKeysValues: queriesKeysValues.union(other.queriesKeysValues),
        logits: logits || other.logits)
    }
  }

  /// Layers that must run for taps other than logits: 0 when only the embeddings are read.
  public func depth(for taps: Taps) -> Int {
    max(taps.hidden.max() ?? 0, taps.scores.max() ?? 0, taps.queriesKeysValues.max() ?? 0)
  }

  /// Whether nothing but the queries, keys and values of a layer is read: then the rest of it, and what
  /// is above, need not run.
  func endsBeforeAttention(_ layer: Int, of depth: Int, _ taps: Taps) -> Bool {
    layer == depth && !taps.hidden.contains(layer) && !taps.scores.contains(layer)
      && taps.queriesKeysValues.contains(layer)
  }

  /// The parameters that receive gradient when these taps carry loss, in the layout's order.
  ///
  /// Without logits that leaves out the pooler, the head and every layer above the last tap; a layer
  /// reached through its scores alone has gradient in its queries and keys, through queries, keys and
  /// values in those. An optimiser must skip the others, decay included.
  public func reached(by taps: Taps) -> [Parameter] {
    if taps.logits {
      let needless = Set(needlessParameters)
      return layout.parameters.filter { !needless.contains($0) }
    }
    guard taps != Taps() else { return [] }
    // So many layers have loss on their output.
    let whole = max(
      taps.hidden.max() ?? 0, (taps.scores.max() ?? 1) - 1,
      (taps.queriesKeysValues.max() ?? 1) - 1)
    var reached = Set(embeddings.parameters)
    for (number, layer) in zip(1..., layers) {
      if number <= whole {
        reached.formUnion(layer.parameters)
      } else if taps.queriesKeysValues.contains(number) {
        reached.formUnion(layer.attention.parameters)
      } else if taps.scores.contains(number) {
        reached.formUnion(layer.attention.scoreParameters)
      }
    }
    return layout.parameters.filter(reached.contains)
  }

  func check(_ taps: Taps) {
    precondition(
      taps.hidden.allSatisfy { (0...layers.count).contains($0) },
      "hidden taps \(taps.hidden.sorted()) are not within 0...\(layers.count)")
    precondition(
      taps.scores.allSatisfy { (1...layers.count).contains($0) },
      "score taps \(taps.scores.sorted()) are not within 1...\(layers.count)")
    precondition(
      taps.queriesKeysValues.allSatisfy { (1...layers.count).contains($0) },
      "taps of queries, keys and values \(taps.queriesKeysValues.sorted()) are not within "
        + "1...\(layers.count)")
    precondition(!taps.logits || head != .none, "logits are tapped but the model has no head")
  }
}
