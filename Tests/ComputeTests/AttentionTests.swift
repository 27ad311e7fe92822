import Compute
import RandomStreams
import TestSupport
import Testing

@Suite struct AttentionTests {
  let context = ComputeContext(threads: 2)
  let sequences = SequenceOffsets(lengths: [5, 33, 1, 17, 64, 16])
  let stream = RandomStream(seed: 3, purpose: "dropout")

  private var dropout: AttentionDropout {
    AttentionDropout(
      probability: 0.2, stream: stream, site: 6,
      places: (0..<sequences.count).map { UInt64(100 + $0) })
  }

  /// Attention of one sequence and head, in double precision.
  private struct Head {
    var scores: Reference
    var probabilities: Reference
    var context: Reference

    init(_ q: Reference, _ k: Reference, _ v: Reference, factors: Reference?) {
      let scale = 1 / Double(q.columns).squareRoot()
      scores = q.times(k.transposed).map { $0 * scale }
      probabilities = scores.softmax
      var dropped = probabilities
      if let factors {
        dropped.values = zip(dropped.values, factors.values).map { $0 * $1 }
      }
      context = dropped.times(v)
    }
  }

  private func factors(_ sequence: Int, _ head: Int, _ dropout: AttentionDropout?) -> Reference? {
    guard let dropout else { return nil }
    let length = sequences.length(of: sequence)
    let threshold = UInt32(Double(dropout.probability) * 0x1p32)
    return Reference(rows: length, columns: length) { q, k in
      let index = (head * length + q) * length + k
      let block = stream.block(
        place: dropout.places[sequence], site: dropout.site, index: UInt32(index / 4))
      return block[index % 4] < threshold ? 0 : 1 / (1 - Double(dropout.probability))
    }
  }

  /// q, k and v of a sequence and head.
  private func parts(_ qkv: Reference, _ sequence: Int, _ head: Int, _ width: Int) -> [Reference] {
    let rows = sequences.starts[sequence]..<sequences.starts[sequence + 1]
    return (0..<3).map { part in
      let first = part * qkv.columns / 3 + head * width
      return qkv.block(rows: rows, columns: first..<first + width)
    }
  }

  @Test(arguments: [1, 3, 16, 26, 32, 64], [false, true])
  func `scores, probabilities and context are those of the definition`(width: Int, drops: Bool) {
    let heads = 3
    let dropout = drops ? dropout : nil
    let qkv = Matrix(sequences.tokens, 3 * heads * width, 1, scale: 2, strided: true)
    let scores = Matrix(rows: 1, columns: heads * sequences.squaredTotal)
    let probabilities = Matrix(rows: 1, columns: heads * sequences.squaredTotal)
    let result = Matrix(sequences.tokens, heads * width, 2, strided: true)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: heads,
      dropout: dropout, scores: scores,
      probabilities: .fp32(probabilities), into: .fp32(result))
    for sequence in 0..<sequences.count {
      for head in 0..<heads {
        let length = sequences.length(of: sequence)
        let p = parts(qkv.reference, sequence, head, width)
        let expected = Head(p[0], p[1], p[2], factors: factors(sequence, head, dropout))
        let block = heads * sequences.squared[sequence] + head * length * length
        let range = block..<block + length * length
        let rows = sequences.starts[sequence]..<sequences.starts[sequence + 1]
        let outputs = result.reference.block(rows: rows, columns: head * width..<(head + 1) * width)
        for (actual, reference) in [
          (scores.columns(range).reference.values, expected.scores.values),
          (probabilities.columns(range).reference.values, expected.probabilities.values),
          (outputs.values, expected.context.values),
        ] {
          let comparison = Comparison(actual, reference, within: .forward)
          #expect(comparison.isClose, "sequence \(sequence), head \(head): \(comparison)")
        }
      }
    }
  }

  @Test func `the context does not depend on whether scores are asked for`() {
    let qkv = Matrix(sequences.tokens, 3 * 52, 1)
    let probabilities = Matrix(rows: 1, columns: 2 * sequences.squaredTotal)
    let results = [true, false].map { tapped in
      let result = Matrix(rows: sequences.tokens, columns: 52)
      context.attentionForward(
        queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: 2,
        dropout: nil,
        scores: tapped ? probabilities.copy : nil, probabilities: .fp32(probabilities),
        into: .fp32(result)
      )
      return result.values()
    }
    #expect(results[0] == results[1])
  }

  @Test func `huge scores do not overflow`() {
    let one = SequenceOffsets(lengths: [3])
    let qkv = Matrix(rows: 3, columns: 3)
    qkv.assign([100, 100, 1, -100, -100, 2, 50, 100, 3])
    let probabilities = Matrix(rows: 1, columns: 9)
    let result = Matrix(rows: 3, columns: 1)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: one, heads: 1, dropout: nil,
      scores: nil, probabilities: .fp32(probabilities),
      into: .fp32(result))
    #expect(result.values() == [2, 2, 2])
  }

  @Test(arguments: [3, 26], [(false, false), (false, true), (true, false), (true, true)])
  func `the gradients are those of central differences`(width: Int, with: (Bool, Bool)) {
    let (drops, taps) = with
    let heads = 2
    let dropout = drops ? dropout : nil
    let qkv = Matrix(sequences.tokens, 3 * heads * width, 1, scale: 1.5, strided: true)
    let probabilities = Matrix(rows: 1, columns: heads * sequences.squaredTotal)
    let result = Matrix(rows: sequences.tokens, columns: heads * width)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: heads,
      dropout: dropout, scores: nil,
      probabilities: .fp32(probabilities), into: .fp32(result))
    let dcontext = Matrix(sequences.tokens, heads * width, 2, strided: true)
    let dscores = Matrix(1, heads * sequences.squaredTotal, 3)
    let dqkv = Matrix(sequences.tokens, 3 * heads * width, 4, strided: true)
    context.attentionBackward(
      dcontext, queries: qkv.queries, keysValues: qkv.keysValues,
      probabilities: .fp32(probabilities),
      scoreGradients: taps ? dscores : nil,
      sequences: sequences, heads: heads, dropout: dropout, into: .fp32(dqkv.queries),
      .fp32(dqkv.keysValues))

    for sequence in [0, 2, 3] {
      for head in 0..<heads {
        let length = sequences.length(of: sequence)
        let p = parts(qkv.reference, sequence, head, width)
        let rows = sequences.starts[sequence]..<sequences.starts[sequence + 1]
        let d = dcontext.reference.block(rows: rows, columns: head * width..<(head + 1) * width)
        let block = heads * sequences.squared[sequence] + head * length * length
        let tap = dscores.columns(block..<block + length * length).reference
        let factors = factors(sequence, head, dropout)
        let size = length * width
        let expected = centralDifferences(at: p.flatMap(\.values)) { values in
          let moved = (0..<3).map {
            Reference(
              rows: length, columns: width, values: Array(values[$0 * size..<($0 + 1) * size]))
          }
          let result = Head(moved[0], moved[1], moved[2], factors: factors)
          var loss = zip(result.context.values, d.values).reduce(0) { $0 + $1.0 * $1.1 }
          if taps { loss += zip(result.scores.values, tap.values).reduce(0) { $0 + $1.0 * $1.1 } }
          return loss
        }
        let actual = parts(dqkv.reference, sequence, head, width).flatMap(\.values)
        #expect(
          relativeDistance(actual, expected) < 1e-5, "sequence \(sequence), head \(head)")
      }
    }
  }

  @Test(arguments: [false, true])
  func `rows that attend alone get what they get among all`(drops: Bool) {
    let (heads, channels) = (2, 52)
    let dropout = drops ? dropout : nil
    // None of sequences 2 and 4, several of others, in no order.
    let rows: [Int32] = [120, 135, 121, 4, 0, 5, 37, 20, 39, 45]
    let attending = QueryRows(rows, of: sequences)
    #expect(attending.count == rows.count && !attending.splitsSequences)
    #expect(attending.scoreCount == 3 * 16 + 2 * 5 + 3 * 33 + 2 * 17)
    let qkv = Matrix(sequences.tokens, 3 * channels, 1, scale: 1.5, strided: true)
    let dselected = Matrix(rows.count, channels, 2, strided: true)
    let queries = Matrix(rows: rows.count, columns: channels)
    context.gatherRows(qkv.queries, rows: rows, into: queries)
    let dcontext = Matrix(rows: sequences.tokens, columns: channels)
    context.scatterAdd(dselected, rows: rows, into: dcontext)

    let probabilities = Matrix(rows: 1, columns: heads * attending.scoreCount)
    let selected = Matrix(rows.count, channels, 3, strided: true)
    let dqueries = Matrix(rows.count, channels, 4, strided: true)
    let dkeysValues = Matrix(sequences.tokens, 2 * channels, 5, strided: true)
    context.attentionForward(
      queries: queries, keysValues: qkv.keysValues, sequences: sequences, attending: attending,
      heads: heads, dropout: dropout, scores: nil, probabilities: .fp32(probabilities),
      into: .fp32(selected))
    context.attentionBackward(
      dselected, queries: queries, keysValues: qkv.keysValues, probabilities: .fp32(probabilities),
      scoreGradients: nil, sequences: sequences, attending: attending, heads: heads,
      dropout: dropout, into: .fp32(dqueries), .fp32(dkeysValues))

    let allProbabilities = Matrix(rows: 1, columns: heads * sequences.squaredTotal)
    let whole = Matrix(rows: sequences.tokens, columns: channels)
    let dqkv = Matrix(rows: sequences.tokens, columns: 3 * channels)
    context.attentionForward(
      queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: heads,
      dropout: dropout, scores: nil, probabilities: .fp32(allProbabilities), into: .fp32(whole))
    context.attentionBackward(
      dcontext, queries: qkv.queries, keysValues: qkv.keysValues,
      probabilities: .fp32(allProbabilities), scoreGradients: nil, sequences: sequences,
      heads: heads,
      dropout: dropout, into: .fp32(dqkv.queries), .fp32(dqkv.keysValues))
    let (expected, dexpected) = (
      Matrix(rows: rows.count, columns: channels), Matrix(rows: rows.count, columns: channels)
    )
    context.gatherRows(whole, rows: rows, into: expected)
    context.gatherRows(dqkv.queries, rows: rows, into: dexpected)
    #expect(selected.values() == expected.values())
    #expect(dqueries.values() == dexpected.values())
    // The sums over queries run in another order.
    let (dkv, dkvExpected) = (dkeysValues.reference.values, dqkv.keysValues.reference.values)
    #expect(relativeDistance(dkv, dkvExpected) < 1e-6)
  }

  @Test func `a sequence's rows that do not follow one another are told`() {
    #expect(QueryRows([0, 6, 1], of: sequences).splitsSequences)
    #expect(!QueryRows([6, 0, 1], of: sequences).splitsSequences)
  }

  @Test func `attention has the same bits at any number of threads`() {
    let qkv = Matrix(sequences.tokens, 3 * 52, 1)
    let dcontext = Matrix(sequences.tokens, 52, 2)
    #expect(
      isSameAtAnyThreadCount { context in
        let probabilities = Matrix(rows: 1, columns: 2 * sequences.squaredTotal)
        let result = Matrix(rows: sequences.tokens, columns: 52)
        let dqkv = Matrix(rows: sequences.tokens, columns: 3 * 52)
        context.attentionForward(
          queries: qkv.queries, keysValues: qkv.keysValues, sequences: sequences, heads: 2,
          dropout: dropout, scores: nil,
          probabilities: .fp32(probabilities), into: .fp32(result))
        context.attentionBackward(
          dcontext, queries: qkv.queries, keysValues: qkv.keysValues,
          probabilities: .fp32(probabilities),
          scoreGradients: nil,
          sequences: sequences, heads: 2, dropout: dropout, into: .fp32(dqkv.queries),
          .fp32(dqkv.keysValues))
        return probabilities.values() + result.values() + dqkv.values()
      })
  }

  @Test func `scores are summed over heads and spread again`() {
    let heads = 3
    let scores = Matrix(1, heads * sequences.squaredTotal, 1)
    let mean = Matrix(1, sequences.squaredTotal, 2)
    context.aggregateHeads(
      scores, sequences: sequences, heads: heads, scale: 1 / Float(heads), into: mean)
    let spread = Matrix(1, heads * sequences.squaredTotal, 3)
    let before = spread.copy
    context.spreadHeads(mean, sequences: sequences, heads: heads, scale: 2, addingInto: spread)
    for sequence in 0..<sequences.count {
      let area = sequences.length(of: sequence) * sequences.length(of: sequence)
      let first = sequences.squared[sequence]
      for place in 0..<area {
        var sum: Float = 0
        for head in 0..<heads { sum += scores[0, heads * first + head * area + place] }
        #expect(abs(mean[0, first + place] - sum / Float(heads)) < 1e-6)
        for head in 0..<heads {
          let index = heads * first + head * area + place
          #expect(abs(spread[0, index] - before[0, index] - 2 * mean[0, first + place]) < 1e-6)
        }
      }
    }
  }
}
