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
    let output: Matrix  // [N, C]
  }

  init(_ name: String, _ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    let channels = configuration.hiddenSize
    dense = Linear("bert.\(name).dense", inputs: channels, outputs: channels, in: &layout)
    norm = LayerNorm(
      "bert.\(name).LayerNorm", channels: channels, epsilon: configuration.layerNormEpsilon,
      in: &layout)
    dropout = DropoutSite("\(name).dropout", probability: configuration.hiddenDropout)
  }

  /// `attention`, `residual`: `[N, C]`; fills `record.output`.
  func forward(
    _ attention: Matrix, residual: Matrix, _ record: Record, _ pass: ForwardPass
  ) {
    dense.forward(attention, into: record.norm.sum, pass)
    norm.forward(
      record.norm.sum, residual: residual,
      dropout: dropout.mask(pass.dropout, record.rows), into: record.output, record.norm, pass)
  }

  /// `dy`: `[N, C]`; `dresidual`, `masked`, `dattention`: `[N, C]`, overwritten.
  func backward(
    _ dy: Matrix, attention: Matrix, dresidual: Matrix, masked: Matrix, into dattention: Matrix,
    _ record: Record, _ pass: BackwardPass
  ) {
    norm.backward(dy, into: dresidual, record.norm, pass)
    var ddense = dresidual
    if let mask = dropout.mask(pass.dropout, record.rows) {
      pass.context.applyDropout(dresidual, mask, into: masked)
      ddense = masked
    }
    dense.backward(ddense, x: attention, into: dattention, pass)
  }
}
