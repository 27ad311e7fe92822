import Compute

/// `logits = LayerNorm(f(h W^T + b)) D^T + c` at the batch's `predictionRows` alone.
///
/// `D`, `[V, E]`, is the word embedding table itself: it is counted, saved and updated once.
struct MaskedLanguageHead: HeadLayers {
  let transform: Linear  // [E, C]
  let activation: Activation
  let norm: LayerNorm
  let word: Parameter  // [V, E], owned by the embeddings
  let bias: Parameter  // [V]

  /// What backward needs.
  struct Record {
    let hidden: Operand  // [P, C]
    let transformed: Matrix  // [P, E]
    let norm: LayerNorm.Record
    let normalized: HiddenState  // [P, E]
  }

  init(
    _ configuration: ModelConfiguration, activation: Activation, word: Parameter,
    in layout: inout ParameterLayout
  ) {
    transform = Linear(
      "cls.predictions.transform.dense", inputs: configuration.hiddenSize, outputs: word.columns,
      in: &layout)
    norm = LayerNorm(
      "cls.predictions.transform.LayerNorm", channels: word.columns,
      epsilon: configuration.layerNormEpsilon, in: &layout)
    bias = layout.declare(
      "cls.predictions.bias", shape: [configuration.vocabularySize], decays: false,
      initialization: .zeros)
    self.activation = configuration.family.vocabularyActivation ?? activation
    self.word = word
  }

  /// All but the table, which is the encoder's.
  var parameters: [Parameter] { transform.parameters + norm.parameters + [bias] }

  var shared: [Parameter] { [word] }

  var logitShape: LogitShape { LogitShape(rows: .predictionRows, columns: word.rows) }

  func rows(of batch: PackedBatch) -> [Int32] { batch.predictionRows }

  /// `hidden`: `[P, C]`, the last layer's output at the `predictionRows`.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> HeadRecord {
    let (rows, width, arena) = (hidden.rows, word.columns, pass.arena)
    let precision = pass.context.precision
    let state = HiddenState(hidden, precision: precision, in: arena)
    let record = Record(
      hidden: state.operand, transformed: arena.matrix(rows, width),
      norm: LayerNorm.Record(rows: rows, columns: width, in: arena),
      normalized: HiddenState(rows: rows, columns: width, precision: precision, in: arena))
    let logits = arena.matrix(rows, word.rows)
    pass.context.copy(hidden, into: record.hidden)
    transform.forward(record.hidden, into: record.transformed, pass)
    pass.context.apply(activation.function, to: record.transformed, into: record.norm.sum)
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
    let (rows, width, arena) = (record.hidden.rows, word.columns, pass.arena)
    let precision = pass.context.precision
    let dnormalized = arena.matrix(rows, width)
    let dtransformed = arena.matrix(rows, width)
    let dhidden = arena.matrix(rows, record.hidden.columns)
    let doperand = HiddenState(dlogits, precision: precision, in: arena).operand
    pass.context.copy(dlogits, into: doperand)
    pass.context.inputGradient(doperand, pass.weights.weight(word), into: dnormalized)
    pass.context.weightGradient(
      doperand, record.normalized.operand, into: pass.gradients[word], bias: pass.gradients[bias])
    norm.backward(dnormalized, into: dtransformed, record.norm, pass)
    pass.context.applyBackward(
      activation.function, dtransformed, at: record.transformed, into: dtransformed)
    let dsum = HiddenState(dtransformed, precision: precision, in: arena).operand
    pass.context.copy(dtransformed, into: dsum)
    transform.backward(dsum, x: record.hidden, into: dhidden, pass)
    return dhidden
  }
}
