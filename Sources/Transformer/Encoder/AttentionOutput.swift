import Compute

/// `y = LayerNorm(dropout(context W^T + b) + x)`: the end of the attention block.
struct AttentionOutput: Sendable {
  let dense: Linear  // [C, C]
  let norm: LayerNorm
  let dropout: DropoutSite

  /// What backward needs, and the block's output.
  struct Record {
    let rows: RowAddresses  // [N]
    let norm: LayerNorm.Record
    let output: HiddenState  // [N, C]
  }

  init(_ name: String, _ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    let channels = configuration.hiddenSize
    dense = Linear("bert.\(name).dense", inputs: channels, outputs: channels, in: &layout)
    norm = LayerNorm(
      "bert.\(name).LayerNorm", channels: channels, epsilon: configuration.layerNormEpsilon,
      in: &layout)
    dropout = DropoutSite("\(name).dropout", probability: configuration.hiddenDropout)
  }

  var parameters: [Parameter] { dense.parameters + norm.parameters }

  /// `attention`, `residual`: `[N, C]`; fills `record.output`.
  func forward(
    _ attention: Operand, residual: Matrix, _ record: Record, _ pass: ForwardPass
  ) {
    dense.forward(attention, into: record.norm.sum, pass)
    norm.forward(
      record.norm.sum, residual: residual,
      dropout: dropout.mask(pass.dropout, record.rows), into: record.output.values,
      operand: record.output.operand, record.norm, pass)
  }

  /// `dy`: `[N, C]`; `dresidual`, `masked`, `dattention`: `[N, C]`, overwritten.
  func backward(
    _ dy: Matrix, attention: Operand, dresidual: Matrix, masked: Operand, into dattention: Matrix,
    _ record: Record, _ pass: BackwardPass
  ) {
    norm.backward(
      dy, into: dresidual, dropout: dropout.mask(pass.dropout, record.rows), dx: masked,
      record.norm, pass)
    dense.backward(masked, x: attention, into: dattention, pass)
  }
}
