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

  /// `hidden`: `[N, C]`, the last layer's output; returns `nil` when no row is asked for.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> Record? {
    let rows = pass.batch.predictionRows
    guard !rows.isEmpty else { return nil }
    let arena = pass.arena
    let record = Record(
      hidden: arena.matrix(rows.count, hidden.columns),
      transformed: arena.matrix(rows.count, hidden.columns),
      norm: LayerNorm.Record(rows: rows.count, columns: hidden.columns, in: arena),
      normalized: arena.matrix(rows.count, hidden.columns),
      logits: arena.matrix(rows.count, word.rows))
    pass.context.gatherRows(hidden, rows: rows, into: record.hidden)
    transform.forward(record.hidden, into: record.transformed, pass)
    activation.forward(record.transformed, into: record.norm.sum, on: pass.context)
    norm.forward(record.norm.sum, into: record.normalized, record.norm, pass)
    pass.context.linear(
      record.normalized, weight: pass.weights[word], bias: pass.weights[bias], into: record.logits)
    return record
  }

  /// `dlogits`: `[P, V]`; `dhidden`: `[N, C]`, added to.
  func backward(
    _ dlogits: Matrix, addingInto dhidden: Matrix, _ record: Record, _ pass: BackwardPass
  ) {
    let dnormalized = pass.arena.matrix(record.hidden.rows, record.hidden.columns)
    let dtransformed = pass.arena.matrix(record.hidden.rows, record.hidden.columns)
    pass.context.linearBackward(
      dlogits, x: record.normalized, weight: pass.weights[word], intoInput: dnormalized,
      accumulatingInput: false, weightGradient: pass.gradients[word],
      biasGradient: pass.gradients[bias])
    norm.backward(dnormalized, into: dtransformed, record.norm, pass)
    activation.backward(
      dtransformed, x: record.transformed, into: dtransformed, on: pass.context)
    transform.backward(dtransformed, x: record.hidden, into: dnormalized, pass)
    pass.context.scatterAdd(dnormalized, rows: pass.batch.predictionRows, into: dhidden)
  }
}
