import Compute

/// The rows of the last hidden state that a head reads, R of the batch's N.
///
/// The attention mixes rows only through keys and values. Where nobody else reads that state or the
/// layer's scores, the rest of the last layer, queries included, is computed for these rows alone.
struct RowSelection {
  let rows: [Int32]  // [R]
  let addresses: RowAddresses  // [R]: the masks are those of the whole batch at these rows
  let queries: QueryRows  // [R]

  /// Returns `nil` where there are no rows, where those of a sequence do not follow one another, or
  /// where there are so many that computing all is no more work.
  ///
  /// In `evaluation` the bits are those of all rows; queries of few channels alone would be computed by
  /// another kernel than together with keys and values, so that none are selected there.
  init?(_ rows: [Int32], of batch: PackedBatch, channels: Int, evaluation: Bool) {
    guard !rows.isEmpty, rows.count < batch.tokens else { return nil }
    if evaluation && channels <= ComputeContext.fewColumns { return nil }
    self.rows = rows
    queries = QueryRows(rows, of: batch.sequences)
    if queries.splitsSequences { return nil }
    let (whole, selected) = (batch.rowAddresses, rows.map { Int($0) })
    addresses = RowAddresses(
      places: selected.map { whole.places[$0] }, positions: selected.map { whole.positions[$0] })
  }

  /// Copies the selected rows of `whole`, `[N, C]`, to `compact`, `[R, C]`.
  func gather(_ whole: HiddenState, into compact: HiddenState, on context: ComputeContext) {
    context.gatherRows(whole.values, rows: rows, into: compact.values)
    if case .bf16 = whole.operand {
      context.gatherRows(whole.operand, rows: rows, into: compact.operand)
    }
  }

  /// The gradient of what was gathered: `compact`, `[R, C]`, goes back to its rows of `whole`,
  /// `[N, C]`, which is overwritten and zero elsewhere.
  func scatter(_ compact: Matrix, into whole: Matrix, on context: ComputeContext) {
    whole.fill(0)
    context.scatterAdd(compact, rows: rows, into: whole)
  }
}
