public import Compute

/// Memory of sweeps, reckoned from sizes: floats of the arena, in which a float of bf16 counts half.
///
/// Each sum follows the records of `Encoder`, which say what is kept.
extension BertModel {
  /// Floats of a training sweep: what the forward sweep keeps, a gradient for every tap, and what
  /// backward works in.
  ///
  /// What a loss takes is not among them.
  public func trainingFloats(
    _ amount: SweepAmount, taps: Taps, precision: Precision
  ) -> Double {
    let (n, q) = (amount.tokens, amount.squares)
    let (c, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    let (h, operand, state) = (Double(configuration.headCount), precision.half, precision.state)
    var floats = embeddingFloats(amount, precision)
    // Backward's scratch, then qkv, context, norms, states, the feed-forward block and probabilities of
    // every layer.
    floats += n * (3 * c + operand * (4 * c + f))
    let depth = costDepth(taps)
    for number in 1...max(depth, 1) where number <= depth {
      if number == configuration.layerCount, let (rows, keys) = selectedRows(amount, taps) {
        floats += n * 2 * c + operand * h * keys
        floats += rows * (3 * c + 4 + 3 * state * c + operand * (c + 2 * f))
        // Backward again, for those rows, and the gradient of keys and values of all.
        floats += rows * (3 * c + operand * (5 * c + f)) + operand * n * 2 * c
      } else {
        floats += n * (5 * c + 4 + 2 * state * c + operand * (c + 2 * f)) + operand * h * q
      }
    }
    floats += 2 * Double(taps.scores.count) * h * q + Double(taps.hidden.count) * n * c
    floats += Double(taps.queriesKeysValues.count) * n * 3 * c
    return floats + (taps.logits ? headFloats(amount, precision) : 0)
  }

  /// Floats of a sweep in evaluation mode, the taps among them.
  public func evaluationFloats(
    _ amount: SweepAmount, taps: Taps, precision: Precision
  ) -> Double {
    let (n, q) = (amount.tokens, amount.squares)
    let (c, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    let (h, operand, state) = (Double(configuration.headCount), precision.half, precision.state)
    var floats = embeddingFloats(amount, precision)
    // One record serves all layers.
    if costDepth(taps) > 0 { floats += n * (4 * c + 2 + state * c + operand * (c + f)) }
    if let (rows, _) = selectedRows(amount, taps) {
      floats += n * 2 * c + rows * (3 * c + 2 * state * c + operand * (c + f))
    }
    floats += Double(taps.hidden.count) * n * state * c + Double(taps.scores.count) * h * q
    floats += Double(taps.queriesKeysValues.count) * n * 3 * c
    return floats + (taps.logits ? evaluationHeadFloats(amount, precision) : 0)
  }

  /// Floats of the copies of weights that products read in an order, or a precision, of their own, one
  /// for each direction in which a weight is used.
  public func copiedFloats(taps: Taps, directions: Int, precision: Precision) -> Double {
    let (c, f) = (Double(configuration.hiddenSize), Double(configuration.intermediateSize))
    var weights = Double(costDepth(taps)) * (4 * c * c + 2 * c * f)
    if taps.logits, case .maskedLanguage = head {
      weights += Double(
        wordEmbeddings.count + configuration.embeddingWidth * configuration.hiddenSize)
    }
    return Double(directions) * precision.half * weights
  }

  private func embeddingFloats(_ amount: SweepAmount, _ precision: Precision) -> Double {
    let (c, e) = (Double(configuration.hiddenSize), Double(configuration.embeddingWidth))
    return amount.tokens
      * (e + 2 + precision.state * c + (c == e ? 0 : precision.state * e))
  }

  /// The head's record, the logits' gradient, and what its backward works in.
  private func headFloats(_ amount: SweepAmount, _ precision: Precision) -> Double {
    let (c, e) = (Double(configuration.hiddenSize), Double(configuration.embeddingWidth))
    let vocabulary = Double(configuration.vocabularySize)
    let more = precision == .bf16 ? precision.half : 0
    switch head {
    case .none: return 0
    case .classification(let labels, _):
      return amount.sequences * (5 * c + 3 * Double(labels))
    case .embedding(.mean, _): return amount.tokens * 2 * c + amount.sequences * 4 * c
    case .embedding(.cls, _): return amount.sequences * 4 * c
    case .tokenClassification(let labels): return amount.asked * (2 * c + 2 * Double(labels))
    case .questionAnswering: return amount.tokens * (2 * c + 4)
    case .maskedLanguage:
      return amount.asked
        * (vocabulary * (2 + more) + c * (1 + more) + e * (4 + precision.state + more))
    }
  }

  /// What a head makes in evaluation mode, the logits included.
  private func evaluationHeadFloats(_ amount: SweepAmount, _ precision: Precision) -> Double {
    let (c, e) = (Double(configuration.hiddenSize), Double(configuration.embeddingWidth))
    let more = precision == .bf16 ? precision.half : 0
    switch head {
    case .none: return 0
    case .classification(let labels, _): return amount.sequences * (2 * c + Double(labels))
    case .embedding(.mean, _): return amount.tokens * c + amount.sequences * 2 * c
    case .embedding(.cls, _): return amount.sequences * 2 * c
    case .tokenClassification(let labels): return amount.asked * Double(labels)
    case .questionAnswering: return amount.tokens * (c + 2)
    case .maskedLanguage:
      return amount.asked
        * (Double(configuration.vocabularySize) + c * more + e * (2 + precision.state))
    }
  }
}

extension Precision {
  /// An operand's share of a float.
  fileprivate var half: Double { self == .bf16 ? 0.5 : 1 }
  /// A state's floats: the numbers, and in bf16 the operand beside them.
  fileprivate var state: Double { self == .bf16 ? 1.5 : 1 }
}
