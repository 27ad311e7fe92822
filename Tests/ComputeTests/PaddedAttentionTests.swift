import Compute
import TestSupport
import Testing

/// Sequences with padding: its rows attend to the keys, nobody attends to it.
@Suite struct PaddedAttentionTests {
  let context = ComputeContext(threads: 2)
  let padded = SequenceOffsets(lengths: [20, 20, 20], keys: [5, 20, 17])

  @Test func `all rows attend to the keys alone`() {
    let (heads, width) = (2, 16)
    let qkv = Matrix(padded.tokens, 3 * heads * width, 1)
    let scores = Matrix(rows: 1, columns: heads * padded.squaredTotal)
    let result = Matrix(rows: padded.tokens, columns: heads * width)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: padded, heads: heads,
      dropout: nil, scores: scores, probabilities: nil, into: .fp32(result))
    #expect(padded.squaredTotal == 20 * (5 + 20 + 17))
    for sequence in 0..<padded.count {
      let keys = padded.keys(of: sequence)
      let start = padded.starts[sequence]
      for head in 0..<heads {
        let part = { (number: Int, rows: Int) in
          let first = number * heads * width + head * width
          return qkv.reference.block(
            rows: start..<start + rows, columns: first..<first + width)
        }
        let expected = part(0, 20).times(part(1, keys).transposed).map { $0 / 4 }
        let block = heads * padded.squared[sequence] + head * 20 * keys
        let ours = scores.columns(block..<block + 20 * keys).reference.values
        #expect(Comparison(ours, expected.values, within: .forward).isClose)
        let context = expected.softmax.times(part(2, keys))
        let outputs = result.reference.block(
          rows: start..<start + 20, columns: head * width..<(head + 1) * width)
        #expect(Comparison(outputs.values, context.values, within: .forward).isClose)
      }
    }
  }

  @Test(arguments: [Precision.fp32, .bf16])
  func `keys and values of padding get no gradient, whatever was there`(precision: Precision) {
    guard precision == .fp32 || ComputeContext.obstacleToBF16 == nil else { return }
    let context = ComputeContext(threads: 2, precision: precision)
    let arena = Arena()
    let qkv = Matrix(padded.tokens, 96, 1)
    let operand = { (rows: Int, columns: Int) in arena.operand(rows, columns, precision) }
    let probabilities = operand(1, 2 * padded.squaredTotal)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: padded, heads: 2, dropout: nil,
      scores: nil, probabilities: probabilities, into: operand(padded.tokens, 32))
    let (dqueries, dkeysValues) = (operand(padded.tokens, 32), operand(padded.tokens, 64))
    context.copy(Matrix(padded.tokens, 64, 5), into: dkeysValues)
    if case .fp32(let matrix) = dkeysValues { matrix.assign(from: Matrix(padded.tokens, 64, 5)) }
    context.attentionBackward(
      Matrix(padded.tokens, 32, 3), queries: qkv.queries, keysValues: qkv.keysValues,
      probabilities: probabilities, scoreGradients: nil, sequences: padded, heads: 2,
      dropout: nil, into: dqueries, dkeysValues)
    let values = dkeysValues.values()
    for sequence in 0..<padded.count {
      for row in 0..<20 {
        let start = (padded.starts[sequence] + row) * 64
        let isZero = values[start..<start + 64].allSatisfy { $0 == 0 }
        #expect(isZero == (row >= padded.keys(of: sequence)), "\(sequence), row \(row)")
      }
    }
  }
}
