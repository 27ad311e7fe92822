internal import CKernels

extension ComputeContext {
  /// Scaled dot-product attention on packed sequences.
  ///
  /// For every head S = q k^T / sqrt(head width), P = softmax(S), context = dropout(P) v
  /// (Vaswani et al. 2017, equation 1).
  ///
  /// With all N rows attending, the score block of sequence s and head h starts at float
  /// `heads * squared[s] + h * length^2`; rows are queries, columns keys. With R of them, blocks
  /// of `[queries of the sequence, length]` follow one another in the order of the R rows.
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
  ///   - probabilities: same size: P before dropout, kept for the backward pass; nil without one.
  ///   - context: `[N, C]` or `[R, C]`, overwritten.
  public func attentionForward(
    queries: Matrix, keysValues: Matrix, sequences: SequenceOffsets, attending: QueryRows? = nil,
    heads: Int, dropout: AttentionDropout?, scores: Matrix?, probabilities: Matrix?,
    into context: Operand
  ) {
    let layout = AttentionLayout(
      queries: queries, keysValues: keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout)
    precondition(context.hasShape(of: queries), "attention context shape")
    for blocks in [scores, probabilities].compactMap({ $0 }) { layout.check(blocks) }
    noteAttention(layout, productsOfHead: 2)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      guard place.count > 0 else { return }
      let factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      let block = layout.queryBlock(place)
      let (result, stride) = unsafe layout.result(0, block, of: context, place, memory)
      unsafe ck_attention_forward(
        &head, scores.map { unsafe $0.base + place.scores },
        probabilities.map { unsafe $0.base + place.scores }, result, stride, memory)
      unsafe layout.round(result, block, into: context)
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
  ///   - dqueries: `[N, C]` or `[R, C]`, overwritten.
  ///   - dkeysValues: `[N, 2C]`, overwritten.
  public func attentionBackward(
    _ dcontext: Matrix, queries: Matrix, keysValues: Matrix, probabilities: Matrix,
    scoreGradients: Matrix?, sequences: SequenceOffsets, attending: QueryRows? = nil, heads: Int,
    dropout: AttentionDropout?, into dqueries: Operand, _ dkeysValues: Operand
  ) {
    let layout = AttentionLayout(
      queries: queries, keysValues: keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout)
    precondition(
      dcontext.hasShape(rows: queries.rows, columns: queries.columns)
        && dqueries.hasShape(of: queries) && dkeysValues.hasShape(of: keysValues),
      "attention gradient shapes")
    precondition(
      attending.map { !$0.splitsSequences } ?? true, "a sequence's query rows are apart")
    layout.check(probabilities)
    if let scoreGradients { layout.check(scoreGradients) }
    noteAttention(layout, productsOfHead: 4)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      let factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      let (own, keys, values) = (
        layout.queryBlock(place), layout.keyBlock(place), layout.valueBlock(place)
      )
      let (dq, queryStride) = unsafe layout.result(0, own, of: dqueries, place, memory)
      let (dk, keyStride) = unsafe layout.result(1, keys, of: dkeysValues, place, memory)
      let (dv, _) = unsafe layout.result(2, values, of: dkeysValues, place, memory)
      var gradient = unsafe ck_head_gradient(
        dq: dq, dq_ld: queryStride, dk: dk, dv: dv, dkv_ld: keyStride)
      unsafe ck_attention_backward(
        &head, dcontext.row(own.row) + own.column, dcontext.stride,
        probabilities.base + place.scores, scoreGradients.map { unsafe $0.base + place.scores },
        &gradient, memory)
      unsafe layout.round(dq, own, into: dqueries)
      unsafe layout.round(dk, keys, into: dkeysValues)
      unsafe layout.round(dv, values, into: dkeysValues)
    }
  }
}
