import Compute

/// The classifier of families without a pooler:
/// `logits = dropout(f(dropout(first) W1^T + b1)) W2^T + b2`, the inner dropout where the family has
/// it.
struct TwoLayerClassifier: HeadLayers {
  let dense: Linear  // [C, C]
  let activation: Activation
  let output: Linear  // [labels, C]
  let inputDropout: DropoutSite
  let outputDropout: DropoutSite

  /// What backward needs.
  struct Record {
    let input: Matrix  // [B, C], after dropout
    let sum: Matrix  // [B, C], what f is applied to
    let features: Matrix  // [B, C], after dropout
  }

  init(
    _ configuration: ModelConfiguration, labels: Int, activation: Activation, dropsInput: Bool,
    in layout: inout ParameterLayout
  ) {
    let channels = configuration.hiddenSize
    dense = Linear("classifier.dense", inputs: channels, outputs: channels, in: &layout)
    output = Linear("classifier.out_proj", inputs: channels, outputs: labels, in: &layout)
    self.activation = activation
    let probability = configuration.classifierDropout ?? configuration.hiddenDropout
    inputDropout = DropoutSite(
      "classifier.input_dropout", probability: dropsInput ? probability : 0)
    outputDropout = DropoutSite("classifier.dropout", probability: probability)
  }

  var parameters: [Parameter] { dense.parameters + output.parameters }

  var logitShape: LogitShape { LogitShape(rows: .sequences, columns: output.weight.rows) }

  var firstLayer: Linear? { dense }

  var lastLayer: Linear? { output }

  var lastDropout: Double { Double(outputDropout.probability) }

  /// Each sequence's first token.
  func rows(of batch: PackedBatch) -> [Int32] { batch.firstRows }

  /// `first`: `[B, C]`, the last layer's output at each sequence's first token.
  func forward(_ first: Matrix, _ pass: ForwardPass) -> HeadRecord {
    let (rows, channels, arena) = (first.rows, first.columns, pass.arena)
    var input = first
    if let mask = inputDropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
      input = arena.matrix(rows, channels)
      pass.context.applyDropout(first, mask, into: input)
    }
    let record = Record(
      input: input, sum: arena.matrix(rows, channels), features: arena.matrix(rows, channels))
    dense.forward(.fp32(input), into: record.sum, pass)
    pass.context.apply(activation.function, to: record.sum, into: record.features)
    if let mask = outputDropout.mask(pass.dropout, pass.batch.sequenceAddresses) {
      pass.context.applyDropout(record.features, mask, into: record.features)
    }
    let logits = arena.matrix(rows, output.weight.rows)
    output.forward(.fp32(record.features), into: logits, pass)
    return HeadRecord(logits: logits, features: record.features) { dlogits, pass in
      backward(dlogits, record, pass)
    }
  }

  /// `dlogits`: `[B, labels]`; returns d(loss)/d(first), `[B, C]`.
  private func backward(_ dlogits: Matrix, _ record: Record, _ pass: BackwardPass) -> Matrix {
    let addresses = pass.batch.sequenceAddresses
    let dfeatures = pass.arena.matrix(record.sum.rows, record.sum.columns)
    let dfirst = pass.arena.matrix(record.sum.rows, record.sum.columns)
    output.backward(.fp32(dlogits), x: .fp32(record.features), into: dfeatures, pass)
    if let mask = outputDropout.mask(pass.dropout, addresses) {
      pass.context.applyDropout(dfeatures, mask, into: dfeatures)
    }
    pass.context.applyBackward(activation.function, dfeatures, at: record.sum, into: dfeatures)
    dense.backward(.fp32(dfeatures), x: .fp32(record.input), into: dfirst, pass)
    if let mask = inputDropout.mask(pass.dropout, addresses) {
      pass.context.applyDropout(dfirst, mask, into: dfirst)
    }
    return dfirst
  }
}
