extension ModelConfiguration {
  /// Largest model that is built: 2^34 parameters, 64 GiB of weights.
  static let parameterLimit = 1 << 34

  /// Throws one error that names every key out of range, unsupported, or at odds with another.
  ///
  /// A configuration that passes can be turned into a model without any size overflowing. `name` is
  /// what a key of ``settings`` is called where the configuration comes from.
  public func validate(calling name: (String) -> String = { $0 }) throws {
    var faults = sizeFaults(name) + rateFaults(name)
    if Activation(rawValue: hiddenActivation) == nil {
      let known = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      faults.append(
        "\(name("hidden_act")) \"\(hiddenActivation)\" is not supported (supported: \(known)): "
          + "take a model with one of these")
    }
    if positionEmbeddingType != "absolute" {
      faults.append(
        "position_embedding_type \"\(positionEmbeddingType)\" is not supported (supported: absolute): "
          + "take a model with absolute positions"
      )
    }
    if faults.isEmpty, parameterBound() == nil {
      faults.append(
        "these sizes make more than \(Self.parameterLimit) parameters: reduce vocab_size, "
          + "hidden_size, intermediate_size or num_hidden_layers")
    }
    guard faults.isEmpty else {
      throw ModelError("model configuration: " + faults.joined(separator: ", "))
    }
  }

  private func sizeFaults(_ name: (String) -> String) -> [String] {
    var faults: [String] = []
    func check(_ key: String, _ value: Int, _ range: ClosedRange<Int>) {
      guard !range.contains(value) else { return }
      faults.append(
        "\(name(key)) is \(value), expected \(range.lowerBound) to \(range.upperBound)")
    }
    for setting in Self.settings {
      switch setting.value {
      case .integer(let path, let range): check(setting.key, self[keyPath: path], range)
      case .optionalInteger(let path, let range):
        if let value = self[keyPath: path] { check(setting.key, value, range) }
      case .real, .optionalReal, .text: break
      }
    }
    if hiddenSize > 0, headCount > 0, hiddenSize % headCount != 0 {
      faults.append(
        "\(name("hidden_size")) \(hiddenSize) is not a multiple of "
          + "\(name("num_attention_heads")) \(headCount): "
          + "each head needs the same number of channels")
    }
    if let embeddingSize, !family.hasEmbeddingProjection {
      faults.append(
        "\(name("embedding_size")) is \(embeddingSize), but \(family.name) has embeddings of the "
          + "states' width alone")
    }
    return faults
  }

  private func rateFaults(_ name: (String) -> String) -> [String] {
    let rates: [(String, Double)] = [
      ("hidden_dropout_prob", hiddenDropout), ("attention_probs_dropout_prob", attentionDropout),
      ("classifier_dropout", classifierDropout ?? 0), ("qa_dropout", answerDropout ?? 0),
    ]
    var faults = rates.compactMap { key, value in
      value >= 0 && value < 1
        ? nil : "\(name(key)) is \(value), expected a probability from 0 to below 1"
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
      (1, vocabularySize, embeddingWidth + 1), (1, maximumPositions, embeddingWidth),
      (1, typeVocabularySize, embeddingWidth), (1, hiddenSize + 4, embeddingWidth),
      (2, hiddenSize, hiddenSize), (1, 8, hiddenSize),
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
