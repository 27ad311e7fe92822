internal import CKernels

extension ComputeContext {
  /// Scaled dot-product attention on packed sequences.
  ///
  /// For every head S = q k^T / sqrt(head width), P = softmax(S), context = dropout(P) v
  /// (Vaswani et al. 2017, equation 1).
  ///
  /// The score block of sequence s and head h starts at float `heads * squared[s] + h * length^2`,
  /// rows are queries, columns keys.
  ///
  /// - Parameters:
  ///   - qkv: `[N, 3C]`: queries, keys, values.
  ///   - sequences: N rows in all.
  ///   - heads: how many heads share the C channels.
  ///   - dropout: of the probabilities, or nil.
  ///   - scores: `[1, heads * sum length^2]`: receives S; nil if not wanted.
  ///   - probabilities: same size: P before dropout, kept for the backward pass.
  ///   - context: `[N, C]`, overwritten.
  public func attentionForward(
    qkv: Matrix, sequences: SequenceOffsets, heads: Int, dropout: AttentionDropout?,
    scores: Matrix?, probabilities: Matrix, into context: Operand
  ) {
    let layout = AttentionLayout(qkv: qkv, sequences: sequences, heads: heads, dropout: dropout)
    precondition(
      context.rows == qkv.rows && context.columns == layout.channels, "attention context shape")
    layout.check(probabilities)
    if let scores { layout.check(scores) }
    noteAttention(sequences, heads: heads, width: layout.width, productsOfHead: 2)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      var factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      unsafe factors = memory
      let (block, stride) = unsafe layout.block(of: context, place, memory: memory)
      unsafe ck_attention_forward(
        &head, scores.map { unsafe $0.base + place.block }, probabilities.base + place.block,
        block, stride, factors)
      unsafe layout.round(block, into: context, place)
    }
  }

  /// The gradient of `attentionForward` with respect to queries, keys and values.
  ///
  /// dP = dcontext v^T * mask; dS = P (dP - rowsum(dP P)) + scoreGradients;
  /// dq = dS k / sqrt(head width), dk = dS^T q / sqrt(head width), dv = dropout(P)^T dcontext.
  ///
  /// - Parameters:
  ///   - dcontext: `[N, C]`.
  ///   - qkv: `[N, 3C]`, of the forward pass.
  ///   - probabilities: of the forward pass.
  ///   - scoreGradients: the gradient of a loss with respect to S, or nil.
  ///   - sequences: as in the forward pass.
  ///   - heads: as in the forward pass.
  ///   - dropout: as in the forward pass.
  ///   - dqkv: `[N, 3C]`, overwritten.
  public func attentionBackward(
    _ dcontext: Matrix, qkv: Matrix, probabilities: Matrix, scoreGradients: Matrix?,
    sequences: SequenceOffsets, heads: Int, dropout: AttentionDropout?, into dqkv: Operand
  ) {
    let layout = AttentionLayout(qkv: qkv, sequences: sequences, heads: heads, dropout: dropout)
    precondition(
      dcontext.hasShape(rows: qkv.rows, columns: layout.channels) && dqkv.hasShape(of: qkv),
      "attention gradient shapes")
    layout.check(probabilities)
    if let scoreGradients { layout.check(scoreGradients) }
    noteAttention(sequences, heads: heads, width: layout.width, productsOfHead: 4)
    reserveScratch(layout.scratch)
    parallel(layout.tiles) { tile, thread in
      let place = layout.place(of: tile)
      let factors = unsafe scratch(of: thread)
      let memory = unsafe layout.writeFactors(place, to: factors)
      var head = unsafe layout.head(place, factors: dropout == nil ? nil : factors)
      let (dq, stride) = unsafe layout.block(of: dqkv, place, part: 0, memory: memory)
      let (dk, _) = unsafe layout.block(of: dqkv, place, part: 1, memory: memory)
      let (dv, _) = unsafe layout.block(of: dqkv, place, part: 2, memory: memory)
      unsafe ck_attention_backward(
        &head, dcontext.row(place.row) + place.column, dcontext.stride,
        probabilities.base + place.block, scoreGradients.map { unsafe $0.base + place.block },
        dq, dk, dv, stride, memory)
      unsafe layout.round(dq, into: dqkv, place, part: 0)
      unsafe layout.round(dk, into: dqkv, place, part: 1)
      unsafe layout.round(dv, into: dqkv, place, part: 2)
    }
  }
}

/// How attention is cut: one tile per sequence and head, the longest sequences first.
private struct AttentionLayout {
  /// One head of one sequence: where its rows, channels and score block start.
  struct Place {
    let sequence: Int
    let head: Int
    let length: Int
    let row: Int
    let column: Int
    let block: Int
  }

  let qkv: Matrix
  let sequences: SequenceOffsets
  let heads: Int
  let channels: Int
  let width: Int
  let dropout: AttentionDropout?
  let rule: DropoutRule?
  let scale: Float

  init(qkv: Matrix, sequences: SequenceOffsets, heads: Int, dropout: AttentionDropout?) {
    precondition(
      heads > 0 && qkv.columns % (3 * heads) == 0, "\(qkv.columns) columns for \(heads) heads")
    precondition(sequences.tokens == qkv.rows, "\(sequences.tokens) tokens in \(qkv.rows) rows")
    precondition(
      dropout.map { $0.places.count == sequences.count } ?? true,
      "dropout places for \(sequences.count) sequences")
    self.qkv = qkv
    self.sequences = sequences
    self.heads = heads
    self.dropout = dropout
    channels = qkv.columns / 3
    width = channels / heads
    rule = dropout?.rule
    scale = 1 / Float(width).squareRoot()
  }

  var tiles: Int { sequences.count * heads }

  /// Floats each thread needs: the dropout factors, the kernel's own, three blocks of results.
  var scratch: Int {
    factorCount(sequences.longest) + ck_attention_scratch(sequences.longest, width)
      + 3 * sequences.longest * width
  }

  /// Where the kernel writes one of the head's `[length, width]` results: into an fp32 operand
  /// itself, else into memory of the thread, from which it is then rounded.
  func block(
    of result: Operand, _ place: Place, part: Int = 0, memory: UnsafeMutablePointer<Float>
  ) -> (base: UnsafeMutablePointer<Float>, stride: Int) {
    switch result {
    case .fp32(let matrix):
      return unsafe (matrix.row(place.row) + part * channels + place.column, matrix.stride)
    case .bf16:
      let results = unsafe memory + ck_attention_scratch(place.length, width)
      return unsafe (results + part * place.length * width, width)
    }
  }

  /// Rounds a block that `block(of:_:part:memory:)` placed in a thread's memory.
  func round(
    _ block: UnsafeMutablePointer<Float>, into result: Operand, _ place: Place, part: Int = 0
  ) {
    guard case .bf16(let halves) = result else { return }
    for row in 0..<place.length {
      unsafe ck_to_bf16(
        width, block + row * width, halves.row(place.row + row) + part * channels + place.column)
    }
  }

  /// Room for a block of dropout factors, rounded up to a cache line.
  func factorCount(_ length: Int) -> Int {
    dropout == nil ? 0 : (length * length + 15) / 16 * 16
  }

  func check(_ blocks: Matrix) {
    precondition(
      blocks.isContiguous && blocks.count == heads * sequences.squaredTotal,
      "\(blocks.count) floats for the score blocks of \(heads) heads")
  }

  func place(of tile: Int) -> Place {
    let sequence = sequences.byLength[tile / heads]
    let head = tile % heads
    let length = sequences.length(of: sequence)
    return Place(
      sequence: sequence, head: head, length: length, row: sequences.starts[sequence],
      column: head * width, block: heads * sequences.squared[sequence] + head * length * length)
  }

  /// Writes the dropout factors of a block, if there are any; what follows them is free.
  func writeFactors(
    _ place: Place, to factors: UnsafeMutablePointer<Float>
  ) -> UnsafeMutablePointer<Float> {
    if let rule, let dropout {
      let count = place.length * place.length
      unsafe rule.writeFactors(
        place: dropout.places[place.sequence], firstWord: place.head * count, count: count,
        to: factors)
    }
    return unsafe factors + factorCount(place.length)
  }

  func head(_ place: Place, factors: UnsafeMutablePointer<Float>?) -> ck_head {
    let query = unsafe qkv.row(place.row) + place.column
    return unsafe ck_head(
      length: place.length, width: width, q: query, k: query + channels, v: query + 2 * channels,
      qkv_ld: qkv.stride, scale: scale, factors: factors)
  }
}
