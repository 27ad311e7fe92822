import Compute

/// `y = LayerNorm(dropout(f(x W1^T + b1) W2^T + b2) + x)`: the second block of a layer.
struct FeedForward: Sendable {
  let expand: Linear  // [F, C]
  let activation: Activation
  let contract: Linear  // [C, F]
  let norm: LayerNorm
  let dropout: DropoutSite

  /// What backward needs, and the layer's output.
  struct Record {
    let rows: RowAddresses  // [N]
    let expanded: Matrix  // [N, F]
    let activated: Matrix  // [N, F]; in evaluation the same memory as `expanded`
    let norm: LayerNorm.Record
    var output: Matrix  // [N, C]
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, activation: Activation,
    in layout: inout ParameterLayout
  ) {
    let channels = configuration.hiddenSize
    let inner = configuration.intermediateSize
    expand = Linear(
      "bert.\(name).intermediate.dense", inputs: channels, outputs: inner, in: &layout)
    contract = Linear("bert.\(name).output.dense", inputs: inner, outputs: channels, in: &layout)
    norm = LayerNorm(
      "bert.\(name).output.LayerNorm", channels: channels, epsilon: configuration.layerNormEpsilon,
      in: &layout)
    self.activation = activation
    dropout = DropoutSite("\(name).output.dropout", probability: configuration.hiddenDropout)
  }

  /// `x`: `[N, C]`; fills `record.output`.
  func forward(_ x: Matrix, _ record: Record, _ pass: ForwardPass) {
    expand.forward(x, into: record.expanded, pass)
    activation.forward(record.expanded, into: record.activated, on: pass.context)
    contract.forward(record.activated, into: record.norm.sum, pass)
    norm.forward(
      record.norm.sum, residual: x, dropout: dropout.mask(pass.dropout, record.rows),
      into: record.output, record.norm, pass)
  }

  /// `dy`, `x`: `[N, C]`; `masked`: `[N, C]`, `dinner`: `[N, F]`, `dx`: `[N, C]`, all overwritten.
  func backward(
    _ dy: Matrix, x: Matrix, masked: Matrix, dinner: Matrix, into dx: Matrix,
    _ record: Record, _ pass: BackwardPass
  ) {
    norm.backward(dy, into: dx, record.norm, pass)
    var dcontracted = dx
    if let mask = dropout.mask(pass.dropout, record.rows) {
      pass.context.applyDropout(dx, mask, into: masked)
      dcontracted = masked
    }
    contract.backward(dcontracted, x: record.activated, into: dinner, pass)
    activation.backward(dinner, x: record.expanded, into: dinner, on: pass.context)
    expand.backward(dinner, x: x, into: dx, accumulating: true, pass)
  }
}
