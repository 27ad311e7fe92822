import Compute

/// `logits = LayerNorm(f(h W^T + b)) E^T + c` at the batch's `predictionRows` alone.
///
/// `E` is the word embedding table itself: it is counted, saved and updated once.
struct MaskedLanguageHead: HeadLayers {
  let transform: Linear  // [C, C]
  let activation: Activation
  let norm: LayerNorm
  let word: Parameter  // [V, C], owned by the embeddings
  let bias: Parameter  // [V]

  /// What backward needs.
  struct Record {
    let hidden: Operand  // [P, C]
    let transformed: Matrix  // [P, C]
    let norm: LayerNorm.Record
    let normalized: HiddenState  // [P, C]
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

  /// All but the table, which is the encoder's.
  var parameters: [Parameter] { transform.parameters + norm.parameters + [bias] }

  var shared: [Parameter] { [word] }

  var logitShape: LogitShape { LogitShape(rows: .predictionRows, columns: word.rows) }

  func rows(of batch: PackedBatch) -> [Int32] { batch.predictionRows }

  /// `hidden`: `[P, C]`, the last layer's output at the `predictionRows`.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> HeadRecord {
    let (rows, channels, arena) = (hidden.rows, hidden.columns, pass.arena)
    let precision = pass.context.precision
    let state = HiddenState(hidden, precision: precision, in: arena)
    let record = Record(
      hidden: state.operand, transformed: arena.matrix(rows, channels),
      norm: LayerNorm.Record(rows: rows, columns: channels, in: arena),
      normalized: HiddenState(rows: rows, columns: channels, precision: precision, in: arena))
    let logits = arena.matrix(rows, word.rows)
    pass.context.copy(hidden, into: record.hidden)
    transform.forward(record.hidden, into: record.transformed, pass)
    activation.forward(record.transformed, into: record.norm.sum, on: pass.context)
    norm.forward(
      record.norm.sum, into: record.normalized.values, operand: record.normalized.operand,
      record.norm, pass)
    pass.context.linear(
      record.normalized.operand, pass.weights.weight(word), bias: pass.weights[bias],
      into: logits)
    return HeadRecord(logits: logits) { dlogits, pass in backward(dlogits, record, pass) }
  }

  /// `dlogits`: `[P, V]`; returns d(loss)/d(hidden), `[P, C]`.
  private func backward(_ dlogits: Matrix, _ record: Record, _ pass: BackwardPass) -> Matrix {
    let (rows, channels, arena) = (record.hidden.rows, record.hidden.columns, pass.arena)
    let precision = pass.context.precision
    let dnormalized = arena.matrix(rows, channels)
    let dtransformed = arena.matrix(rows, channels)
    let doperand = HiddenState(dlogits, precision: precision, in: arena).operand
    pass.context.copy(dlogits, into: doperand)
    pass.context.inputGradient(doperand, pass.weights.weight(word), into: dnormalized)
    pass.context.weightGradient(
      doperand, record.normalized.operand, into: pass.gradients[word], bias: pass.gradients[bias])
    norm.backward(dnormalized, into: dtransformed, record.norm, pass)
    activation.backward(
      dtransformed, x: record.transformed, into: dtransformed, on: pass.context)
    let dsum = HiddenState(dtransformed, precision: precision, in: arena).operand
    pass.context.copy(dtransformed, into: dsum)
    transform.backward(dsum, x: record.hidden, into: dnormalized, pass)
    return dnormalized
  }
}
