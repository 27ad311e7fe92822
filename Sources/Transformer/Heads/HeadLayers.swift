import Compute

/// The layers of a head: they read some rows of the last hidden state and make logits of them.
protocol HeadLayers: Sendable {
  /// The head's own parameters.
  var parameters: [Parameter] { get }
  /// Parameters of the encoder that the head multiplies with, so that their gradient is dense.
  var shared: [Parameter] { get }
  /// What the logits look like.
  var logitShape: LogitShape { get }
  /// The layer before the last one, where there is one.
  var firstLayer: Linear? { get }
  /// The layer that makes the logits, where it has weights of its own; what it reads is the record's `features`.
  var lastLayer: Linear? { get }
  /// The probability with which training drops what that layer reads.
  var lastDropout: Double { get }

  /// The rows of the last hidden state that the head reads, R of the batch's N; with none there are
  /// no logits.
  func rows(of batch: PackedBatch) -> [Int32]

  /// `hidden`: `[R, C]`, those rows.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> HeadRecord
}

extension HeadLayers {
  var shared: [Parameter] { [] }
  var firstLayer: Linear? { nil }
  var lastLayer: Linear? { nil }
  var lastDropout: Double { 0 }
}

/// What a head made, and the way back.
struct HeadRecord {
  /// The output, shaped as the head's `logitShape` says.
  let logits: Matrix
  /// What the last layer reads, `[R, C]`; of vectors, what they are before they get their length.
  var features: Matrix?
  /// Adds the gradients of what the head multiplies with, and turns d(loss)/d(logits) into
  /// d(loss)/d(hidden), `[R, C]`.
  let backward: (_ dlogits: Matrix, _ pass: BackwardPass) -> Matrix
}

extension Head {
  /// Whether the encoder under this head has its pooler, if its family has one.
  var keepsPooler: Bool {
    switch self {
    case .none, .classification, .embedding: true
    case .maskedLanguage, .tokenClassification, .questionAnswering: false
    }
  }

  /// Declares the head's layers; `nil` where nothing stands on the encoder.
  ///
  /// Throws when the head is impossible or does not go with the encoder.
  func layers(
    _ configuration: ModelConfiguration, activation: Activation, word: Parameter, pooler: Pooler?,
    in layout: inout ParameterLayout
  ) throws -> (any HeadLayers)? {
    if let labelCount, !(1...(1 << 20)).contains(labelCount) {
      throw ModelError("classification head: \(labelCount) labels, expected 1 to \(1 << 20)")
    }
    switch self {
    case .none: return nil
    case .classification(let labels, let style):
      if let pooler {
        return PooledClassifier(
          configuration, labels: labels, style: style, pooler: pooler, in: &layout)
      }
      guard case .twoLayers(let function, let dropsInput) = configuration.family.classifier,
        style == .hf
      else {
        throw ModelError(
          "classifier style \(style.rawValue) reads the output of a pooler, which "
            + "\(configuration.family.name) has not: use hf")
      }
      return TwoLayerClassifier(
        configuration, labels: labels, activation: function, dropsInput: dropsInput, in: &layout)
    case .tokenClassification(let labels):
      let own = configuration.family.dropsTokensAsStates ? nil : configuration.classifierDropout
      return TokenClassifier(
        "classifier", configuration, outputs: labels, rows: .predictionRows,
        dropout: own ?? configuration.hiddenDropout, in: &layout)
    case .maskedLanguage:
      return MaskedLanguageHead(configuration, activation: activation, word: word, in: &layout)
    case .questionAnswering:
      return TokenClassifier(
        "qa_outputs", configuration, outputs: 2, rows: .tokens,
        dropout: configuration.answerDropout ?? configuration.family.answerDropout, in: &layout)
    case .embedding(let pooling, let isNormalized):
      return EmbeddingHead(
        pooling, isNormalized: isNormalized, channels: configuration.hiddenSize)
    }
  }
}
