import Compute

/// One post-LN transformer layer: attention block, then feed-forward block.
struct EncoderLayer: Sendable {
  let attention: SelfAttention
  let attentionOutput: AttentionOutput
  let feedForward: FeedForward
  let inner: Int

  /// What backward needs; in evaluation one record serves all layers in turn.
  struct Record {
    var attention: SelfAttention.Record
    let attentionOutput: AttentionOutput.Record
    var feedForward: FeedForward.Record
  }

  init(
    _ index: Int, _ configuration: ModelConfiguration, activation: Activation,
    in layout: inout ParameterLayout
  ) {
    let name = "encoder.layer.\(index)"
    attention = SelfAttention("\(name).attention", configuration, in: &layout)
    attentionOutput = AttentionOutput("\(name).attention.output", configuration, in: &layout)
    feedForward = FeedForward(name, configuration, activation: activation, in: &layout)
    inner = configuration.intermediateSize
  }

  var parameters: [Parameter] {
    attention.parameters + attentionOutput.parameters + feedForward.parameters
  }

  /// Memory for one layer over a batch; `keeping` separates what evaluation can overwrite.
  ///
  /// `input`: `[N, C]`. `output`: `[N, C]`, or `[R, C]` with a `selection`.
  func makeRecord(
    input: HiddenState, output: HiddenState, selection: RowSelection?, keeping: Bool,
    _ pass: ForwardPass
  ) -> Record {
    let (rows, channels, arena) = (output.values.rows, output.values.columns, pass.arena)
    let precision = pass.context.precision
    let addresses = selection?.addresses ?? pass.batch.rowAddresses
    let norm = LayerNorm.Record(rows: rows, columns: channels, in: arena)
    return Record(
      attention: attention.makeRecord(
        input: input, selection: selection, keeping: keeping, pass),
      attentionOutput: AttentionOutput.Record(
        rows: addresses, norm: norm,
        output: HiddenState(rows: rows, columns: channels, precision: precision, in: arena)),
      feedForward: FeedForward.Record(
        rows: addresses, expanded: keeping ? arena.operand(rows, inner, precision) : nil,
        activated: arena.operand(rows, inner, precision),
        norm: keeping ? LayerNorm.Record(rows: rows, columns: channels, in: arena) : norm,
        output: output))
  }

  /// From the record's input, `[N, C]`, to `record.feedForward.output`, `[N, C]` or `[R, C]`,
  /// which may be the same memory: the input is last read before the output is written.
  func forward(scores: Matrix?, _ record: Record, _ pass: ForwardPass) {
    attention.forward(scores: scores, record.attention, pass)
    attentionOutput.forward(
      record.attention.context, residual: record.attention.attending.values,
      record.attentionOutput, pass)
    feedForward.forward(record.attentionOutput.output, record.feedForward, pass)
  }

  /// Turns `dy`, d(loss)/d(output), `[N, C]` or `[R, C]`, into d(loss)/d(input) in `scratch.outer`,
  /// `[N, C]`.
  ///
  /// `dy` is `nil` when only `dscores`, d(loss)/d(raw scores), or `dprojected`, `[N, 3C]`,
  /// d(loss)/d(queries, keys, values), carries loss. `dy` may be
  /// `scratch.outer`: it is last read before the input's gradient is written.
  func backward(
    _ dy: Matrix?, dscores: Matrix?, dprojected: Matrix?, _ scratch: BackwardScratch,
    _ record: Record, _ pass: BackwardPass
  ) -> Matrix {
    if let dy, let selected = record.attention.projections.selected {
      let compact = BackwardScratch(
        rows: dy.rows, channels: dy.columns, inner: inner, precision: pass.context.precision,
        in: pass.arena)
      upperBackward(dy, compact, record, pass)
      attention.backward(
        compact.context, compact.outer, into: scratch.outer, selected, record.attention, pass)
      return scratch.outer
    }
    if let dy {
      upperBackward(dy, scratch, record, pass)
    } else if let dprojected, dscores == nil {
      pass.context.copy(dprojected, into: scratch.qkv)
      attention.projections.backward(
        scratch.qkv, onlyScores: false, into: scratch.outer, accumulating: false,
        record.attention.projections, pass)
      return scratch.outer
    } else {
      scratch.context.fill(0)
    }
    attention.backward(
      scratch.context, dscores: dscores, dprojected: dprojected, hasContext: dy != nil,
      dqkv: scratch.qkv, into: scratch.outer, record.attention, pass)
    return scratch.outer
  }

  /// What follows the attention, for the N or R rows of `dy`: leaves the gradient of the attention's
  /// context in `scratch.context` and that of the residual in `scratch.outer`.
  private func upperBackward(
    _ dy: Matrix, _ scratch: BackwardScratch, _ record: Record, _ pass: BackwardPass
  ) {
    feedForward.backward(
      dy, x: record.attentionOutput.output.operand, masked: scratch.masked,
      dinner: scratch.expanded,
      into: scratch.middle, record.feedForward, pass)
    attentionOutput.backward(
      scratch.middle, attention: record.attention.context, dresidual: scratch.outer,
      masked: scratch.masked, into: scratch.context, record.attentionOutput, pass)
  }
}

/// Memory that every layer's backward uses in turn.
struct BackwardScratch {
  let outer: Matrix  // [N, C]: gradient of a layer's output, then of its input
  let middle: Matrix  // [N, C]: gradient between the two blocks
  let masked: Operand  // [N, C]: a gradient behind its dropout mask
  let context: Matrix  // [N, C]
  let qkv: Operand  // [N, 3C]
  let expanded: Operand  // [N, F]

  init(rows: Int, channels: Int, inner: Int, precision: Precision, in arena: Arena) {
    outer = arena.matrix(rows, channels)
    middle = arena.matrix(rows, channels)
    masked = arena.operand(rows, channels, precision)
    context = arena.matrix(rows, channels)
    qkv = arena.operand(rows, 3 * channels, precision)
    expanded = arena.operand(rows, inner, precision)
  }
}
