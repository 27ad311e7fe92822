import Compute

/// A vector for each sequence: the last hidden state, pooled over the sequence's tokens, special ones
/// included, and scaled to length 1 where that is wanted.
///
/// It has no parameters.
struct EmbeddingHead: HeadLayers {
  let pooling: Pooling
  let isNormalized: Bool
  let channels: Int

  init(_ pooling: Pooling, isNormalized: Bool, channels: Int) {
    (self.pooling, self.isNormalized, self.channels) = (pooling, isNormalized, channels)
  }

  var parameters: [Parameter] { [] }

  var logitShape: LogitShape { LogitShape(rows: .sequences, columns: channels) }

  /// Every token of a mean, else each sequence's first.
  func rows(of batch: PackedBatch) -> [Int32] {
    pooling == .mean ? Array(0..<Int32(batch.tokens)) : batch.firstRows
  }

  /// `hidden`: `[R, C]`, those rows of the last layer's output; the logits are `[B, C]`.
  func forward(_ hidden: Matrix, _ pass: ForwardPass) -> HeadRecord {
    var pooled = hidden
    if pooling == .mean {
      pooled = pass.arena.matrix(pass.batch.count, channels)
      pass.context.sequenceMeans(hidden, pass.batch.sequences, into: pooled)
    }
    guard isNormalized else {
      return HeadRecord(logits: pooled, features: pooled) { dlogits, pass in spread(dlogits, pass) }
    }
    let vectors = pass.arena.matrix(pooled.rows, channels)
    let lengths = pass.arena.matrix(pooled.rows, 1)
    pass.context.normalizeRows(pooled, into: vectors, lengths: lengths)
    return HeadRecord(logits: vectors, features: pooled) { dlogits, pass in
      let dpooled = pass.arena.matrix(dlogits.rows, channels)
      pass.context.normalizeRowsBackward(dlogits, vectors, lengths: lengths, into: dpooled)
      return spread(dpooled, pass)
    }
  }

  /// d(loss)/d(pooled), `[B, C]`, as d(loss)/d(hidden), `[R, C]`.
  private func spread(_ dpooled: Matrix, _ pass: BackwardPass) -> Matrix {
    let isMean = pooling == .mean
    let dhidden = pass.arena.matrix(isMean ? pass.batch.tokens : dpooled.rows, channels)
    guard isMean else {
      dhidden.assign(from: dpooled)
      return dhidden
    }
    pass.context.sequenceMeansBackward(dpooled, pass.batch.sequences, into: dhidden)
    return dhidden
  }
}
