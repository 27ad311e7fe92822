import Compute
import RandomStreams
import TestSupport
import Testing

/// Attention with bf16 products against the fp32 kernels, which `AttentionTests` hold to the
/// definition, on numbers that bf16 has: scores are then equal but for the order of fp32 sums, and
/// what else differs is the rounding of weights and gradients, at most 2^-8 of each.
@Suite(.enabled(if: ComputeContext.obstacleToBF16 == nil))
struct BF16AttentionTests {
  let context = ComputeContext(threads: 2)
  let sequences = SequenceOffsets(lengths: [5, 33, 1, 17, 64, 16, 2, 47])
  let heads = 3

  private var dropout: AttentionDropout {
    AttentionDropout(
      probability: 0.2, stream: RandomStream(seed: 3, purpose: "dropout"), site: 6,
      places: (0..<sequences.count).map { UInt64(100 + $0) })
  }

  /// What attention gives, in either precision.
  private struct Results {
    let probabilities: Operand
    let context: Operand
    let dqueries: Operand
    let dkeysValues: Operand

    /// All of NaN, which nobody may read.
    init(_ queries: Matrix, _ keysValues: Matrix, blocks: Int, _ precision: Precision) {
      let arena = Arena()
      func undefined(_ rows: Int, _ columns: Int) -> Operand {
        let filled = Matrix(rows: rows, columns: columns)
        filled.fill(.nan)
        let operand = arena.operand(rows, columns, precision)
        ComputeContext(threads: 1).copy(filled, into: operand)
        return operand
      }
      probabilities = undefined(1, blocks)
      context = undefined(queries.rows, queries.columns)
      dqueries = undefined(queries.rows, queries.columns)
      dkeysValues = undefined(keysValues.rows, keysValues.columns)
    }
  }

  private func run(
    _ precision: Precision, _ queries: Matrix, _ keysValues: Matrix, _ dcontext: Matrix,
    attending: QueryRows? = nil, dropout: AttentionDropout?, scores: Matrix? = nil,
    scoreGradients: Matrix? = nil, on context: ComputeContext? = nil
  ) -> Results {
    let context = context ?? self.context
    let results = Results(
      queries, keysValues, blocks: heads * (attending?.scoreCount ?? sequences.squaredTotal),
      precision)
    context.attentionForward(
      queries: queries, keysValues: keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout, scores: scores, probabilities: results.probabilities,
      into: results.context)
    context.attentionBackward(
      dcontext, queries: queries, keysValues: keysValues, probabilities: results.probabilities,
      scoreGradients: scoreGradients, sequences: sequences, attending: attending, heads: heads,
      dropout: dropout, into: results.dqueries, results.dkeysValues)
    return results
  }

  /// Arbitrary numbers that bf16 has, between gaps of NaN.
  private func exact(_ rows: Int, _ columns: Int, _ seed: UInt64, scale: Double = 1) -> Matrix {
    let matrix = Matrix(rows, columns, seed, scale: scale, strided: true)
    let rounded = Arena().operand(rows, columns, .bf16)
    context.copy(matrix, into: rounded)
    matrix.assign(rounded.values())
    return matrix
  }

  private func block(_ matrix: Operand, _ rows: Range<Int>, _ columns: Range<Int>) -> [Double] {
    Reference(rows: matrix.rows, columns: matrix.columns, matrix.values())
      .block(rows: rows, columns: columns).values
  }

  @Test(
    arguments: [1, 2, 3, 16, 26, 31, 32, 40, 64, 65],
    [(false, false), (false, true), (true, false), (true, true)])
  func `results are those of the fp32 kernels, rounded`(width: Int, with: (Bool, Bool)) {
    let (drops, taps) = with
    let channels = heads * width
    let qkv = exact(sequences.tokens, 3 * channels, 1, scale: 2)
    let dcontext = exact(sequences.tokens, channels, 2)
    let dscores = Matrix(1, heads * sequences.squaredTotal, 3, scale: 0.1)
    let (scores, expectedScores) = (dscores.copy, dscores.copy)
    let dropout = drops ? dropout : nil
    let actual = run(
      .bf16, qkv.queries, qkv.keysValues, dcontext, dropout: dropout, scores: scores,
      scoreGradients: taps ? dscores : nil)
    let expected = run(
      .fp32, qkv.queries, qkv.keysValues, dcontext, dropout: dropout, scores: expectedScores,
      scoreGradients: taps ? dscores : nil)
    let comparison = Comparison(
      scores.reference.values, expectedScores.reference.values, within: .forward)
    #expect(comparison.isClose, "scores: \(comparison)")
    for sequence in 0..<sequences.count {
      let rows = sequences.starts[sequence]..<sequences.starts[sequence + 1]
      for head in 0..<heads {
        let own = head * width..<(head + 1) * width
        let area = rows.count * rows.count
        let first = heads * sequences.squared[sequence] + head * area
        let values = own.lowerBound + channels..<own.upperBound + channels
        for (part, a, b, rows, columns) in [
          ("P", actual.probabilities, expected.probabilities, 0..<1, first..<first + area),
          ("context", actual.context, expected.context, rows, own),
          ("dq", actual.dqueries, expected.dqueries, rows, own),
          ("dk", actual.dkeysValues, expected.dkeysValues, rows, own),
          ("dv", actual.dkeysValues, expected.dkeysValues, rows, values),
        ] {
          // Gradients of nearly equal probabilities are small differences: the floor.
          let floor = part == "dq" || part == "dk" ? 0.1 * Double(rows.count * width) : 1e-30
          let distance = relativeDistance(
            block(a, rows, columns), block(b, rows, columns), floor: floor)
          #expect(distance < 0.012, "\(part) of sequence \(sequence), head \(head): \(distance)")
        }
      }
    }
  }

  @Test func `rows that attend alone get the bits they get among all`() {
    let channels = heads * 26
    let rows: [Int32] = [120, 135, 121, 4, 0, 5, 37, 20, 39, 45, 140]
    let attending = QueryRows(rows, of: sequences)
    let qkv = exact(sequences.tokens, 3 * channels, 1, scale: 2)
    let queries = Matrix(rows: rows.count, columns: channels)
    context.gatherRows(qkv.queries, rows: rows, into: queries)
    let dselected = exact(rows.count, channels, 2)
    let dcontext = Matrix(rows: sequences.tokens, columns: channels)
    context.scatterAdd(dselected, rows: rows, into: dcontext)
    let some = run(
      .bf16, queries, qkv.keysValues, dselected, attending: attending, dropout: dropout)
    let all = run(.bf16, qkv.queries, qkv.keysValues, dcontext, dropout: dropout)
    for (actual, expected) in [(some.context, all.context), (some.dqueries, all.dqueries)] {
      let gathered = Matrix(rows: rows.count, columns: channels)
      let whole = Matrix(
        rows: sequences.tokens, columns: channels, values: expected.values())
      context.gatherRows(whole, rows: rows, into: gathered)
      #expect(actual.values() == gathered.values())
    }
    // The sums over queries run in another order.
    let distance = relativeDistance(
      some.dkeysValues.values().map(Double.init), all.dkeysValues.values().map(Double.init))
    #expect(distance < 0.004)
  }

  @Test func `the context does not depend on what is kept beside it`() {
    let channels = heads * 32
    let qkv = exact(sequences.tokens, 3 * channels, 1)
    let arena = Arena()
    let results = [false, true].map { keeps in
      let result = arena.operand(sequences.tokens, channels, .bf16)
      let blocks = heads * sequences.squaredTotal
      context.attentionForward(
        queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: heads,
        dropout: nil, scores: keeps ? arena.matrix(1, blocks) : nil,
        probabilities: keeps ? arena.operand(1, blocks, .bf16) : nil, into: result)
      return result.values()
    }
    #expect(results[0] == results[1])
  }

  @Test func `huge scores do not overflow, and what they outweigh counts for nothing`() {
    let one = SequenceOffsets(lengths: [3])
    let qkv = Matrix(rows: 3, columns: 3)
    qkv.assign([100, 100, 1, -100, -100, 2, 50, 100, 3])
    let arena = Arena()
    let (probabilities, result) = (arena.operand(1, 9, .bf16), arena.operand(3, 1, .bf16))
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: one, heads: 1, dropout: nil,
      scores: nil, probabilities: probabilities, into: result)
    #expect(result.values() == [2, 2, 2])
    #expect(
      zip(probabilities.values(), [0.5, 0, 0.5, 0, 1, 0, 0.5, 0, 0.5]).allSatisfy {
        abs($0 - $1) < 1e-30
      })
  }

  @Test func `attention in bf16 has the same bits at any number of threads`() {
    let qkv = Matrix(sequences.tokens, 3 * heads * 26, 1)
    let dcontext = Matrix(sequences.tokens, heads * 26, 2)
    #expect(
      isSameAtAnyThreadCount { context in
        let results = run(
          .bf16, qkv.queries, qkv.keysValues, dcontext, dropout: dropout, on: context)
        return [results.probabilities, results.context, results.dqueries, results.dkeysValues]
          .flatMap { $0.values() }
      })
  }
}
