import Compute

/// `pooled = tanh(h[first token] W^T + b)`: one row per sequence.
struct Pooler: Sendable {
  let dense: Linear  // [C, C]

  /// What backward needs, and the output.
  struct Record {
    let first: Matrix  // [B, C]
    let pooled: Matrix  // [B, C]
  }

  init(_ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    dense = Linear(
      "bert.pooler.dense", inputs: configuration.hiddenSize, outputs: configuration.hiddenSize,
      in: &layout)
  }

  /// `first`: `[B, C]`, the last layer's output at each sequence's first token.
  func forward(_ first: Matrix, _ pass: ForwardPass) -> Record {
    let record = Record(first: first, pooled: pass.arena.matrix(first.rows, first.columns))
    dense.forward(.fp32(first), into: record.pooled, pass)
    pass.context.tanh(record.pooled, into: record.pooled)
    return record
  }

  /// `dpooled`: `[B, C]`, overwritten; returns d(loss)/d(first), `[B, C]`.
  func backward(_ dpooled: Matrix, _ record: Record, _ pass: BackwardPass) -> Matrix {
    pass.context.tanhBackward(dpooled, record.pooled, into: dpooled)
    let dfirst = pass.arena.matrix(dpooled.rows, dpooled.columns)
    dense.backward(.fp32(dpooled), x: .fp32(record.first), into: dfirst, pass)
    return dfirst
  }
}
