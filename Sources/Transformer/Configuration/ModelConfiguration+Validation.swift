extension ModelConfiguration {
  /// Largest model that is built: 2^34 parameters, 64 GiB of weights.
  static let parameterLimit = 1 << 34

  /// Throws one error that names every key out of range, unsupported, or at odds with another.
  ///
  /// A configuration that passes can be turned into a model without any size overflowing.
  public func validate() throws {
    var faults = sizeFaults() + rateFaults()
    if Activation(rawValue: hiddenActivation) == nil {
      let known = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      faults.append("hidden_act \"\(hiddenActivation)\" is not supported (supported: \(known))")
    }
    if positionEmbeddingType != "absolute" {
      faults.append(
        "position_embedding_type \"\(positionEmbeddingType)\" is not supported (supported: absolute)"
      )
    }
    if faults.isEmpty, parameterBound() == nil {
      faults.append(
        "these sizes make more than \(Self.parameterLimit) parameters: reduce vocab_size, "
          + "hidden_size, intermediate_size or num_hidden_layers")
    }
    guard faults.isEmpty else {
      throw ModelError("model configuration: " + faults.joined(separator: "; "))
    }
  }

  private func sizeFaults() -> [String] {
    let ranges: [(CodingKeys, Int, ClosedRange<Int>)] = [
      (.vocabularySize, vocabularySize, 1...(1 << 24)),
      (.hiddenSize, hiddenSize, 1...(1 << 16)),
      (.layerCount, layerCount, 1...1024),
      (.headCount, headCount, 1...(1 << 16)),
      (.intermediateSize, intermediateSize, 1...(1 << 20)),
      (.maximumPositions, maximumPositions, 1...(1 << 20)),
      (.typeVocabularySize, typeVocabularySize, 1...(1 << 16)),
    ]
    var faults = ranges.compactMap { key, value, range in
      range.contains(value)
        ? nil
        : "\(key.rawValue) is \(value), expected \(range.lowerBound) to \(range.upperBound)"
    }
    if hiddenSize > 0, headCount > 0, hiddenSize % headCount != 0 {
      faults.append(
        "hidden_size \(hiddenSize) is not a multiple of num_attention_heads \(headCount): "
          + "each head needs the same number of channels")
    }
    return faults
  }

  private func rateFaults() -> [String] {
    var rates: [(CodingKeys, Double)] = [
      (.hiddenDropout, hiddenDropout), (.attentionDropout, attentionDropout),
    ]
    if let classifierDropout { rates.append((.classifierDropout, classifierDropout)) }
    var faults = rates.compactMap { key, value in
      value >= 0 && value < 1
        ? nil : "\(key.rawValue) is \(value), expected a probability from 0 to below 1"
    }
    if !(layerNormEpsilon > 0 && layerNormEpsilon < 1) {
      faults.append("layer_norm_eps is \(layerNormEpsilon), expected a number between 0 and 1")
    }
    if !(initializerRange >= 0 && initializerRange <= 10) {
      faults.append("initializer_range is \(initializerRange), expected a number from 0 to 10")
    }
    return faults
  }

  /// At least as many parameters as the model will have, or `nil` beyond the limit.
  private func parameterBound() -> Int? {
    let layer = [
      (4, hiddenSize, hiddenSize), (2, hiddenSize, intermediateSize), (1, 9, hiddenSize),
      (1, 1, intermediateSize),
    ]
    let whole = [
      (1, vocabularySize, hiddenSize + 1), (1, maximumPositions, hiddenSize),
      (1, typeVocabularySize, hiddenSize), (2, hiddenSize, hiddenSize), (1, 8, hiddenSize),
    ]
    func sum(_ terms: [(Int, Int, Int)], times: Int) -> Int? {
      var total = 0
      for (count, rows, columns) in terms {
        // Every factor was bounded above, so this product stays below 2^45.
        let (product, overflow) = (count * rows * columns).multipliedReportingOverflow(by: times)
        guard !overflow, product <= Self.parameterLimit else { return nil }
        total += product
      }
      return total <= Self.parameterLimit ? total : nil
    }
    guard let layers = sum(layer, times: layerCount), let rest = sum(whole, times: 1) else {
      return nil
    }
    return layers + rest <= Self.parameterLimit ? layers + rest : nil
  }
}
