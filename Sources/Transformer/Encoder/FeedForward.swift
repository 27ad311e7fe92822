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
    let expanded: Operand?  // [N, F]; nil in evaluation
    let activated: Operand  // [N, F]
    let norm: LayerNorm.Record
    var output: HiddenState  // [N, C]
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

  var parameters: [Parameter] { expand.parameters + contract.parameters + norm.parameters }

  /// `x`: `[N, C]`; fills `record.output`.
  func forward(_ x: HiddenState, _ record: Record, _ pass: ForwardPass) {
    expand.forward(
      x.operand, then: activation, keeping: record.expanded, into: record.activated, pass)
    contract.forward(record.activated, into: record.norm.sum, pass)
    norm.forward(
      record.norm.sum, residual: x.values, dropout: dropout.mask(pass.dropout, record.rows),
      into: record.output.values, operand: record.output.operand, record.norm, pass)
  }

  /// `dy`, `x`: `[N, C]`; `masked`: `[N, C]`, `dinner`: `[N, F]`, `dx`: `[N, C]`, all overwritten.
  func backward(
    _ dy: Matrix, x: Operand, masked: Operand, dinner: Operand, into dx: Matrix,
    _ record: Record, _ pass: BackwardPass
  ) {
    guard let expanded = record.expanded else {
      preconditionFailure("backward needs the record of a forward sweep in training mode")
    }
    norm.backward(
      dy, into: dx, dropout: dropout.mask(pass.dropout, record.rows), dx: masked, record.norm, pass)
    contract.backward(
      masked, x: record.activated, through: activation, of: expanded, into: dinner, pass)
    expand.backward(dinner, x: x, into: dx, accumulating: true, pass)
  }
}
