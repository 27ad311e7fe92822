import Compute

/// The rows of the last hidden state that a head reads, R of the batch's N.
///
/// The attention mixes rows only through keys and values. Where nobody else reads that state or the
/// layer's scores, the rest of the last layer, queries included, is computed for these rows alone.
struct RowSelection {
  let rows: [Int32]  // [R]
  let addresses: RowAddresses  // [R]: the masks are those of the whole batch at these rows
  let queries: QueryRows  // [R]

  /// A product with fewer rows may be computed by another kernel, whose sums are rounded differently.
  private static let leastRows = 40

  /// Returns `nil` where there are no rows, where those of a sequence do not follow one another, or
  /// where there are so many that computing all is no more work.
  ///
  /// In `evaluation` the first row is repeated at the end until there are `leastRows`: so logits are
  /// the same bits whether or not the last hidden state is read besides.
  init?(_ wanted: [Int32], of batch: PackedBatch, evaluation: Bool) {
    guard let first = wanted.first else { return nil }
    let missing = evaluation ? max(0, Self.leastRows - wanted.count) : 0
    rows = wanted + repeatElement(first, count: missing)
    guard rows.count < batch.tokens else { return nil }
    queries = QueryRows(rows, of: batch.sequences)
    if queries.splitsSequences && !evaluation { return nil }
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
