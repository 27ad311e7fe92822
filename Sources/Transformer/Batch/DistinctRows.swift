import Compute

/// The rows of a batch that differ in token, position or segment, where most are repetitions.
///
/// Without dropout equal rows enter the first layer equal, so that its queries, keys and values need
/// be computed once for each: the variants of a sentence that each mask another word share nearly all.
/// Whoever makes such a batch looks for them, see `PackedBatch.distinct`.
public struct DistinctRows: Sendable {
  /// The first row of each kind, `[U]`.
  let rows: [Int32]
  /// For every row of the batch the place of its kind among the U, `[N]`.
  let kinds: [Int32]

  private struct Kind: Hashable {
    let id: Int32
    let position: Int32
    let type: Int32
  }

  /// Returns `nil` where copying would cost more than it saves: unless half of the rows repeat others.
  public init?(_ batch: PackedBatch) {
    let most = batch.tokens / 2
    var places: [Kind: Int32] = [:]
    places.reserveCapacity(most)
    var (rows, kinds): ([Int32], [Int32]) = ([], [])
    kinds.reserveCapacity(batch.tokens)
    for row in 0..<batch.tokens {
      let kind = Kind(
        id: batch.tokenIds[row], position: batch.positions[row], type: batch.tokenTypes[row])
      if let known = places[kind] {
        kinds.append(known)
        continue
      }
      guard rows.count < most else { return nil }
      places[kind] = Int32(rows.count)
      kinds.append(Int32(rows.count))
      rows.append(Int32(row))
    }
    (self.rows, self.kinds) = (rows, kinds)
  }

  /// Fills `y`, `[N, outputs]`, from `x`, `[N, inputs]`, by a product that runs on one row of each
  /// kind, `[U, inputs]` to `[U, outputs]`.
  func onceForEachKind(
    _ x: Operand, into y: Matrix, _ pass: ForwardPass, product: (Operand, Matrix) -> Void
  ) {
    let input = pass.arena.operand(rows.count, x.columns, x.precision)
    let made = pass.arena.matrix(rows.count, y.columns)
    pass.context.gatherRows(x, rows: rows, into: input)
    product(input, made)
    pass.context.gatherRows(made, rows: kinds, into: y)
  }
}
