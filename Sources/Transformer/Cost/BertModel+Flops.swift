/// Floating-point operations of a model's products, reckoned from its sizes: a multiplication and an
/// addition count as two, what is not a product (softmax, GELU, layer norm, losses) as none, as PyTorch's
/// `FlopCounterMode` and ``ProductRecord`` count.
///
/// A product y = x W^T of m rows, k inputs and n outputs takes 2 m k n. With N tokens and Q the sum of
/// their sequences' squared lengths a layer takes
///
///     queries, keys, values   2 N C 3C
///     scores, context         2 Q C each, over all heads
///     output of attention     2 N C C
///     feed-forward            2 N C F, twice
///     together                8 N C^2 + 4 N C F + 4 Q C
///
/// and backward, where every product has two, twice that. Where the head reads R rows of the last layer
/// and no tap the layer itself, that layer makes keys and values for all, the rest for those rows alone:
/// 4 N C^2 + R (4 C^2 + 4 C F) + 4 K C, where the R queries meet K keys of their sequences.
extension BertModel {
  /// Those of a forward sweep as far as the taps need it.
  public func forwardFlops(_ amount: SweepAmount, taps: Taps) -> Double {
    let layers = (0..<costDepth(taps)).reduce(0) { $0 + layerFlops($1 + 1, amount, taps) }
    return layers + embeddingFlops(amount) + (taps.logits ? headFlops(amount) : 0)
  }

  /// Those of the backward sweep from the same taps, all of which carry loss.
  public func backwardFlops(_ amount: SweepAmount, taps: Taps) -> Double {
    let depth = costDepth(taps)
    var flops = 2 * (embeddingFlops(amount) + (taps.logits ? headFlops(amount) : 0))
    for number in 0..<depth {
      flops += 2 * layerFlops(number + 1, amount, taps)
    }
    if depth > 0, !taps.logits, !taps.hidden.contains(depth), taps.scores.contains(depth) {
      // Loss on the scores: no gradient goes through the rest of the layer, none to the values' weights
      // unless they carry loss, and the attention's four products are computed nonetheless.
      let (c, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
      flops -= amount.tokens * (4 * c * c + 8 * c * f)
      if !taps.queriesKeysValues.contains(depth) { flops -= amount.tokens * 2 * c * c }
    }
    return flops
  }

  /// The layers that run.
  func costDepth(_ taps: Taps) -> Int {
    taps.logits ? configuration.layerCount : depth(for: taps)
  }

  /// The rows of the last layer for which alone it is computed, those that the head reads, and the keys
  /// that they meet; nil where all are.
  func selectedRows(_ amount: SweepAmount, _ taps: Taps) -> (rows: Double, keys: Double)? {
    let last = configuration.layerCount
    guard taps.logits, !taps.hidden.contains(last), !taps.scores.contains(last),
      !taps.queriesKeysValues.contains(last)
    else { return nil }
    switch head {
    case .classification, .embedding(.cls, _): return (amount.sequences, amount.tokens)
    case .tokenClassification, .maskedLanguage:
      return amount.asked < amount.tokens ? (amount.asked, amount.askedKeys) : nil
    case .none, .questionAnswering, .embedding(.mean, _): return nil
    }
  }

  private func layerFlops(_ number: Int, _ amount: SweepAmount, _ taps: Taps) -> Double {
    let (c, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    if number == configuration.layerCount, let (rows, keys) = selectedRows(amount, taps) {
      return amount.tokens * 4 * c * c + keys * 4 * c + rows * (4 * c * c + 4 * c * f)
    }
    if !taps.logits, endsBeforeAttention(number, of: costDepth(taps), taps) {
      return amount.tokens * 6 * c * c
    }
    return amount.tokens * (8 * c * c + 4 * c * f) + amount.squares * 4 * c
  }

  /// The map from embeddings to states, where the family has one.
  private func embeddingFlops(_ amount: SweepAmount) -> Double {
    let (c, e) = (Double(configuration.hiddenSize), Double(configuration.embeddingWidth))
    return c == e ? 0 : 2 * amount.tokens * c * e
  }

  private func headFlops(_ amount: SweepAmount) -> Double {
    let (c, e) = (Double(configuration.hiddenSize), Double(configuration.embeddingWidth))
    switch head {
    case .none, .embedding: return 0
    case .classification(let labels, _):
      // A dense layer, the pooler's or the classifier's own, in front of the last.
      return 2 * amount.sequences * (c * c + c * Double(labels))
    case .tokenClassification(let labels): return 2 * amount.asked * c * Double(labels)
    case .questionAnswering: return 2 * amount.tokens * c * 2
    case .maskedLanguage:
      return 2 * amount.asked * (c * e + e * Double(configuration.vocabularySize))
    }
  }
}
