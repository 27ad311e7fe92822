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

  /// `hidden`: `[N, C]`, the last layer's output.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> Record {
    let record = Record(
      first: pass.arena.matrix(pass.batch.count, hidden.columns),
      pooled: pass.arena.matrix(pass.batch.count, hidden.columns))
    pass.context.gatherRows(hidden, rows: pass.batch.firstRows, into: record.first)
    dense.forward(record.first, into: record.pooled, pass)
    pass.context.tanh(record.pooled, into: record.pooled)
    return record
  }

  /// `dpooled`: `[B, C]`, overwritten; `dhidden`: `[N, C]`, added to.
  func backward(
    _ dpooled: Matrix, addingInto dhidden: Matrix, _ record: Record, _ pass: BackwardPass
  ) {
    pass.context.tanhBackward(dpooled, record.pooled, into: dpooled)
    let dfirst = pass.arena.matrix(dpooled.rows, dpooled.columns)
    dense.backward(dpooled, x: record.first, into: dfirst, pass)
    pass.context.scatterAdd(dfirst, rows: pass.batch.firstRows, into: dhidden)
  }
}
