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

  /// Memory for one layer over a batch; `keeping` separates what evaluation can overwrite.
  func makeRecord(input: Matrix, output: Matrix, keeping: Bool, _ pass: ForwardPass) -> Record {
    let rows = input.rows
    let channels = input.columns
    let arena = pass.arena
    let scoreCount = attention.heads * pass.batch.sequences.squared[pass.batch.count]
    let expanded = arena.matrix(rows, inner)
    let norm = LayerNorm.Record(rows: rows, columns: channels, in: arena)
    return Record(
      attention: SelfAttention.Record(
        input: input, qkv: arena.matrix(rows, 3 * channels),
        probabilities: arena.matrix(1, scoreCount), context: arena.matrix(rows, channels)),
      attentionOutput: AttentionOutput.Record(norm: norm, output: arena.matrix(rows, channels)),
      feedForward: FeedForward.Record(
        expanded: expanded, activated: keeping ? arena.matrix(rows, inner) : expanded,
        norm: keeping ? LayerNorm.Record(rows: rows, columns: channels, in: arena) : norm,
        output: output))
  }

  /// From `record.attention.input` to `record.feedForward.output`, both `[N, C]`, which may be the
  /// same memory: the input is last read before the output is written.
  func forward(scores: Matrix?, _ record: Record, _ pass: ForwardPass) {
    attention.forward(scores: scores, record.attention, pass)
    attentionOutput.forward(
      record.attention.context, residual: record.attention.input, record.attentionOutput, pass)
    feedForward.forward(record.attentionOutput.output, record.feedForward, pass)
  }

  /// Turns `dy`, d(loss)/d(output), into d(loss)/d(input) in `scratch.outer`, both `[N, C]`.
  ///
  /// `dy` is `nil` when only `dscores`, d(loss)/d(raw scores), carries loss. `dy` may be
  /// `scratch.outer`: it is last read before the input's gradient is written.
  func backward(
    _ dy: Matrix?, dscores: Matrix?, _ scratch: BackwardScratch, _ record: Record,
    _ pass: BackwardPass
  ) -> Matrix {
    if let dy {
      feedForward.backward(
        dy, x: record.attentionOutput.output, masked: scratch.masked, dinner: scratch.expanded,
        into: scratch.middle, record.feedForward, pass)
      attentionOutput.backward(
        scratch.middle, attention: record.attention.context, dresidual: scratch.outer,
        masked: scratch.masked, into: scratch.context, record.attentionOutput, pass)
    } else {
      scratch.context.fill(0)
    }
    attention.backward(
      scratch.context, dscores: dscores, onlyScores: dy == nil, dqkv: scratch.qkv,
      into: scratch.outer, record.attention, pass)
    return scratch.outer
  }
}

/// Memory that every layer's backward uses in turn.
struct BackwardScratch {
  let outer: Matrix  // [N, C]: gradient of a layer's output, then of its input
  let middle: Matrix  // [N, C]: gradient between the two blocks
  let masked: Matrix  // [N, C]: a gradient behind its dropout mask
  let context: Matrix  // [N, C]
  let qkv: Matrix  // [N, 3C]
  let expanded: Matrix  // [N, F]

  init(rows: Int, channels: Int, inner: Int, in arena: Arena) {
    outer = arena.matrix(rows, channels)
    middle = arena.matrix(rows, channels)
    masked = arena.matrix(rows, channels)
    context = arena.matrix(rows, channels)
    qkv = arena.matrix(rows, 3 * channels)
    expanded = arena.matrix(rows, inner)
  }
}
