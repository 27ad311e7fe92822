import Compute

/// `logits = LayerNorm(f(h W^T + b)) E^T + c` at the batch's `predictionRows` alone.
///
/// `E` is the word embedding table itself: it is counted, saved and updated once.
struct MaskedLanguageHead: Sendable {
  let transform: Linear  // [C, C]
  let activation: Activation
  let norm: LayerNorm
  let word: Parameter  // [V, C], owned by the embeddings
  let bias: Parameter  // [V]

  /// What backward needs, and the output.
  struct Record {
    let hidden: Matrix  // [P, C]
    let transformed: Matrix  // [P, C]
    let norm: LayerNorm.Record
    let normalized: Matrix  // [P, C]
    let logits: Matrix  // [P, V]
  }

  init(
    _ configuration: ModelConfiguration, activation: Activation, word: Parameter,
    in layout: inout ParameterLayout
  ) {
    let channels = configuration.hiddenSize
    transform = Linear(
      "cls.predictions.transform.dense", inputs: channels, outputs: channels, in: &layout)
    norm = LayerNorm(
      "cls.predictions.transform.LayerNorm", channels: channels,
      epsilon: configuration.layerNormEpsilon, in: &layout)
    bias = layout.declare(
      "cls.predictions.bias", shape: [configuration.vocabularySize], decays: false,
      initialization: .zeros)
    self.activation = activation
    self.word = word
  }

  /// `hidden`: `[P, C]`, the last layer's output at the `predictionRows`.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> Record {
    let (rows, channels) = (hidden.rows, hidden.columns)
    let record = Record(
      hidden: hidden, transformed: pass.arena.matrix(rows, channels),
      norm: LayerNorm.Record(rows: rows, columns: channels, in: pass.arena),
      normalized: pass.arena.matrix(rows, channels), logits: pass.arena.matrix(rows, word.rows))
    transform.forward(hidden, into: record.transformed, pass)
    activation.forward(record.transformed, into: record.norm.sum, on: pass.context)
    norm.forward(record.norm.sum, into: record.normalized, record.norm, pass)
    pass.context.linear(
      record.normalized, weight: pass.weights[word], bias: pass.weights[bias], into: record.logits)
    return record
  }

  /// `dlogits`: `[P, V]`; returns d(loss)/d(hidden), `[P, C]`.
  func backward(_ dlogits: Matrix, _ record: Record, _ pass: BackwardPass) -> Matrix {
    let dnormalized = pass.arena.matrix(record.hidden.rows, record.hidden.columns)
    let dtransformed = pass.arena.matrix(record.hidden.rows, record.hidden.columns)
    pass.context.linearBackward(
      dlogits, x: record.normalized, weight: pass.weights[word], intoInput: dnormalized,
      accumulatingInput: false, weightGradient: pass.gradients[word],
      biasGradient: pass.gradients[bias])
    norm.backward(dnormalized, into: dtransformed, record.norm, pass)
    activation.backward(
      dtransformed, x: record.transformed, into: dtransformed, on: pass.context)
    let dhidden = dnormalized
    transform.backward(dtransformed, x: record.hidden, into: dhidden, pass)
    return dhidden
  }
}
