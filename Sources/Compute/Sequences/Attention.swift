internal import CKernels

extension ComputeContext {
  /// Scaled dot-product attention on packed sequences.
  ///
  /// For every head S = q k^T / sqrt(head width), P = softmax(S), context = dropout(P) v
  /// (Vaswani et al. 2017, equation 1). With a bf16 context both products read bf16, rounded from q,
  /// k, v and the unnormalised P.
  ///
  /// With all N rows attending, the score block of sequence s and head h starts at float
  /// `heads * squared[s] + h * length^2`; rows are queries, columns keys. With R of them, blocks
  /// of `[queries of the sequence, length]` follow one another in the order of the R rows. Where a
  /// sequence has padding, its keys stand in the length's place as the columns of a block.
  ///
  /// - Parameters:
  ///   - queries: `[N, C]`, or `[R, C]` where only some rows attend.
  ///   - keysValues: `[N, 2C]`: keys, values.
  ///   - sequences: N rows in all.
  ///   - attending: the R rows; nil for all.
  ///   - heads: how many heads share the C channels.
  ///   - dropout: of the probabilities, or nil.
  ///   - scores: `[1, heads * sum length^2]`, with R rows `[1, heads * scoreCount]`: receives S;
  ///     nil if not wanted.
  ///   - probabilities: same size, of the context's precision: P before dropout, kept for the
  ///     backward pass; nil without one.
  ///   - context: `[N, C]` or `[R, C]`, overwritten.
  public func attentionForward(
    queries: Matrix, keysValues: Matrix, sequences: SequenceOffsets, attending: QueryRows? = nil,
    heads: Int, dropout: AttentionDropout?, scores: Matrix?, probabilities: Operand?,
    into context: Operand
  ) {
    let layout = AttentionLayout(
      queries: queries, keysValues: keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout, precision: context.precision)
    precondition(context.hasShape(of: queries), "attention context shape")
    if let scores { layout.check(.fp32(scores), .fp32) }
    if let probabilities { layout.check(probabilities, context.precision) }
    noteAttention(layout, productsOfHead: 2)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      guard place.count > 0 else { return }
      let factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      let scores = unsafe scores.map { unsafe $0.base + place.scores }
      let kept = unsafe probabilities?.target(0, place.scores) ?? .nowhere
      let result = unsafe context.target(place.query, place.head * layout.width)
      switch context.precision {
      case .fp32:
        unsafe ck_attention_forward(
          &head, scores, kept.floats, result.floats, context.stride, memory)
      case .bf16:
        unsafe ck_attention_forward_bf16(
          &head, scores, kept.halves, result.halves, context.stride, memory)
      }
    }
  }

  /// The gradient of `attentionForward` with respect to queries, keys and values.
  ///
  /// dP = dcontext v^T * mask; dS = P (dP - rowsum(dP P)) + scoreGradients;
  /// dq = dS k / sqrt(head width), dk = dS^T q / sqrt(head width), dv = dropout(P)^T dcontext.
  ///
  /// - Parameters:
  ///   - dcontext: `[N, C]` or `[R, C]`.
  ///   - queries: of the forward pass.
  ///   - keysValues: of the forward pass.
  ///   - probabilities: of the forward pass.
  ///   - scoreGradients: the gradient of a loss with respect to S, or nil.
  ///   - sequences: as in the forward pass.
  ///   - attending: as in the forward pass; the rows of a sequence follow one another.
  ///   - heads: as in the forward pass.
  ///   - dropout: as in the forward pass.
  ///   - dqueries: `[N, C]` or `[R, C]`, overwritten; of the precision of `probabilities`.
  ///   - dkeysValues: `[N, 2C]`, overwritten; of the same precision.
  public func attentionBackward(
    _ dcontext: Matrix, queries: Matrix, keysValues: Matrix, probabilities: Operand,
    scoreGradients: Matrix?, sequences: SequenceOffsets, attending: QueryRows? = nil, heads: Int,
    dropout: AttentionDropout?, into dqueries: Operand, _ dkeysValues: Operand
  ) {
    let layout = AttentionLayout(
      queries: queries, keysValues: keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout, precision: dqueries.precision)
    precondition(
      dcontext.hasShape(rows: queries.rows, columns: queries.columns)
        && dqueries.hasShape(of: queries) && dkeysValues.hasShape(of: keysValues),
      "attention gradient shapes")
    precondition(
      attending.map { !$0.splitsSequences } ?? true, "a sequence's query rows are apart")
    precondition(dkeysValues.precision == dqueries.precision, "attention gradients' precision")
    layout.check(probabilities, dqueries.precision)
    if let scoreGradients { layout.check(.fp32(scoreGradients), .fp32) }
    noteAttention(layout, productsOfHead: 4)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      let factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      let column = place.head * layout.width
      for row in place.length..<place.rows {
        for part in [column, queries.columns + column] {
          unsafe dkeysValues.target(place.row + row, part).clear(layout.width)
        }
      }
      var gradient = unsafe ck_head_gradient(
        dq: dqueries.target(place.query, column), dq_ld: dqueries.stride,
        dk: dkeysValues.target(place.row, column),
        dv: dkeysValues.target(place.row, queries.columns + column), dkv_ld: dkeysValues.stride)
      let output = unsafe dcontext.row(place.query) + column
      let kept = unsafe probabilities.source(0, place.scores)
      let tap = unsafe scoreGradients.map { unsafe $0.base + place.scores }
      switch dqueries.precision {
      case .fp32:
        unsafe ck_attention_backward(
          &head, output, dcontext.stride, kept.floats, tap, &gradient, memory)
      case .bf16:
        unsafe ck_attention_backward_bf16(
          &head, output, dcontext.stride, kept.halves, tap, &gradient, memory)
      }
    }
  }
}
