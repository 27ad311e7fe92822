import Compute

/// Multi-head attention within each sequence, up to the weighted values.
///
/// Per head of d = C / H channels: `S = Q K^T / sqrt(d)`, `context = dropout(softmax(S)) V`. `S`
/// before the softmax is what TinyBERT's attention loss compares (Jiao and others, 2020, equation 7).
struct SelfAttention: Sendable {
  let projections: AttentionProjections
  let heads: Int
  let dropout: DropoutSite

  /// What backward needs, and the output.
  struct Record {
    var projections: AttentionProjections.Record
    let probabilities: Operand?  // [1, H * score count], before dropout; nil in evaluation
    let context: Operand  // [N, C] or [R, C]

    /// The rows of the input that attend, `[N, C]` or `[R, C]`.
    var attending: HiddenState { projections.selected?.input ?? projections.input }
  }

  init(_ name: String, _ configuration: ModelConfiguration, in layout: inout ParameterLayout) {
    projections = AttentionProjections(name, channels: configuration.hiddenSize, in: &layout)
    heads = configuration.headCount
    dropout = DropoutSite("\(name).self.dropout", probability: configuration.attentionDropout)
  }

  var parameters: [Parameter] { projections.parameters }

  /// What raw scores are made with: queries and keys.
  var scoreParameters: [Parameter] {
    Array(projections.weights.prefix(2) + projections.biases.prefix(2))
  }

  /// Memory for the attention of a batch over `input`, `[N, C]`.
  ///
  /// With a `selection` only its rows attend; `keeping` is for what backward alone reads.
  func makeRecord(
    input: HiddenState, selection: RowSelection?, keeping: Bool, _ pass: ForwardPass
  ) -> Record {
    let (arena, precision) = (pass.arena, pass.context.precision)
    let count = selection?.rows.count ?? input.values.rows
    return Record(
      projections: projections.makeRecord(input: input, selection: selection, pass),
      probabilities: keeping
        ? arena.operand(1, scoreCount(selection, pass.batch), precision) : nil,
      context: arena.operand(count, input.values.columns, precision))
  }

  /// The size of all heads' score blocks.
  func scoreCount(_ selection: RowSelection?, _ batch: PackedBatch) -> Int {
    heads * (selection?.queries.scoreCount ?? batch.sequences.squaredTotal)
  }

  /// Fills the record from its input; `scores` takes `S` where a tap wants it, of all rows.
  func forward(scores: Matrix?, _ record: Record, _ pass: ForwardPass) {
    let projected = record.projections
    projections.forward(projected, pass)
    pass.context.attentionForward(
      queries: projected.queries, keysValues: projected.keysValues,
      sequences: pass.batch.sequences, attending: projected.selected?.selection.queries,
      heads: heads, dropout: dropout.attentionMask(pass.dropout, pass.batch.places),
      scores: scores, probabilities: record.probabilities, into: record.context)
  }

  /// `dcontext`: `[N, C]`; `dqkv`: `[N, 3C]`, overwritten; `dscores` adds to what the context asks of
  /// `S`, `dprojected`, `[N, 3C]`, to what the attention asks of queries, keys and values.
  ///
  /// `dx`, `[N, C]`, holds the residual's share and is added to. Where the context carries no loss
  /// (`hasContext`; `dcontext` is then zero) it is overwritten, and without `dprojected` the values get
  /// no gradient.
  func backward(
    _ dcontext: Matrix, dscores: Matrix?, dprojected: Matrix?, hasContext: Bool, dqkv: Operand,
    into dx: Matrix, _ record: Record, _ pass: BackwardPass
  ) {
    let channels = dx.columns
    attentionBackward(
      dcontext, dscores: dscores, into: dqkv.columns(0..<channels),
      dqkv.columns(channels..<3 * channels), record, pass)
    if let dprojected { pass.context.add(dprojected, into: dqkv) }
    projections.backward(
      dqkv, onlyScores: !hasContext && dprojected == nil, into: dx, accumulating: hasContext,
      record.projections, pass)
  }

  /// The same where R rows attend.
  ///
  /// `dcontext`: `[R, C]`; `dselected`: `[R, C]`, holds the residual's share and is added to;
  /// `dx`: `[N, C]`, overwritten.
  func backward(
    _ dcontext: Matrix, _ dselected: Matrix, into dx: Matrix,
    _ selected: AttentionProjections.SelectedRows, _ record: Record, _ pass: BackwardPass
  ) {
    let (arena, precision) = (pass.arena, pass.context.precision)
    let dqueries = arena.operand(dcontext.rows, dx.columns, precision)
    let dkeysValues = arena.operand(dx.rows, 2 * dx.columns, precision)
    attentionBackward(dcontext, dscores: nil, into: dqueries, dkeysValues, record, pass)
    projections.backward(
      dqueries, dkeysValues, dselected, into: dx, selected, record.projections, pass)
  }

  private func attentionBackward(
    _ dcontext: Matrix, dscores: Matrix?, into dqueries: Operand, _ dkeysValues: Operand,
    _ record: Record, _ pass: BackwardPass
  ) {
    guard let probabilities = record.probabilities else {
      preconditionFailure("backward needs the record of a forward sweep in training mode")
    }
    let projected = record.projections
    pass.context.attentionBackward(
      dcontext, queries: projected.queries, keysValues: projected.keysValues,
      probabilities: probabilities, scoreGradients: dscores, sequences: pass.batch.sequences,
      attending: projected.selected?.selection.queries, heads: heads,
      dropout: dropout.attentionMask(pass.dropout, pass.batch.places), into: dqueries, dkeysValues)
  }
}
