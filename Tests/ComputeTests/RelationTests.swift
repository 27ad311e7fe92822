import Compute
import Foundation
import TestSupport
import Testing

@Suite struct RelationTests {
  let context = ComputeContext(threads: 2)
  let sequences = SequenceOffsets(lengths: [5, 33, 1, 17, 16])

  private func divergence(_ student: Reference, _ teacher: Reference) -> Double {
    let (q, p) = (student.softmax, teacher.softmax)
    return zip(p.values, q.values).reduce(0) { $0 + $1.0 * (log($1.0) - log($1.1)) }
  }

  private func relations(_ rows: Reference) -> Reference {
    let scale = 1 / Double(rows.columns).squareRoot()
    return rows.times(rows.transposed).map { $0 * scale }
  }

  private func rows(_ sequence: Int) -> Range<Int> {
    sequences.starts[sequence]..<sequences.starts[sequence + 1]
  }

  @Test(arguments: [1, 3, 16, 26, 32], [2, 64])
  func `relations diverge, and their gradients are, as defined`(own: Int, other: Int) {
    let heads = 3
    let student = Matrix(sequences.tokens, heads * own, 1, scale: 1.5, strided: true)
    let teacher = Matrix(sequences.tokens, heads * other, 2, scale: 1.5, strided: true)
    let gradient = Matrix(sequences.tokens, heads * own, 3, strided: true)
    let before = gradient.reference
    let sum = context.relationDivergence(
      student, teacher, sequences: sequences, heads: heads, gradientScale: 0.5,
      addingGradientInto: gradient)
    var expected = 0.0
    for sequence in 0..<sequences.count {
      for head in 0..<heads {
        let columns = head * own..<(head + 1) * own
        let s = student.reference.block(rows: rows(sequence), columns: columns)
        let t = relations(
          teacher.reference.block(
            rows: rows(sequence), columns: head * other..<(head + 1) * other))
        expected += divergence(relations(s), t)
        // A row is in its own scores and in those of the others.
        let apart = Reference(
          rows: s.rows, columns: s.rows,
          values: zip(relations(s).softmax.values, t.softmax.values).map { $0 - $1 })
        let known = apart.plus(apart.transposed).times(s).map {
          0.5 * $0 / Double(own).squareRoot()
        }.values
        let actual = zip(
          gradient.reference.block(rows: rows(sequence), columns: columns).values,
          before.block(rows: rows(sequence), columns: columns).values
        ).map { $0 - $1 }
        let error = zip(actual, known).map { abs($0 - $1) }.max() ?? 0
        let size = known.map(abs).max() ?? 0
        #expect(
          error <= 1e-5 * size + 1e-6, "sequence \(sequence), head \(head): \(error), \(size)")
      }
    }
    #expect(abs(sum - expected) <= 1e-5 * expected)
  }

  @Test func `what is equal does not diverge`() {
    let rows = Matrix(sequences.tokens, 24, 1)
    let gradient = Matrix(rows: sequences.tokens, columns: 24)
    let sum = context.relationDivergence(
      rows, rows, sequences: sequences, heads: 2, gradientScale: 1, addingGradientInto: gradient)
    #expect(sum == 0)
    #expect(gradient.values().allSatisfy { $0 == 0 })
  }

  @Test func `huge numbers do not overflow`() {
    let one = SequenceOffsets(lengths: [3])
    let student = Matrix(rows: 3, columns: 1, values: [300, -300, 1])
    let teacher = Matrix(rows: 3, columns: 1, values: [1, 2, 3])
    let gradient = Matrix(rows: 3, columns: 1)
    let sum = context.relationDivergence(
      student, teacher, sequences: one, heads: 1, gradientScale: 1, addingGradientInto: gradient)
    #expect(sum.isFinite && gradient.values().allSatisfy(\.isFinite))
  }

  @Test(arguments: [1, 4])
  func `what is attended to diverges, and its gradient is, as defined`(heads: Int) {
    let size = heads * sequences.squaredTotal
    let student = Matrix(1, size, 1, scale: 3)
    let teacher = Matrix(1, size, 2, scale: 3)
    let gradient = Matrix(1, size, 3)
    let before = gradient.values()
    let sum = context.attentionDivergence(
      student, teacher, sequences: sequences, heads: heads, gradientScale: 0.25,
      addingGradientInto: gradient)
    var (expected, place) = (0.0, 0)
    for length in sequences.lengths {
      for _ in 0..<heads * length {
        let columns = place..<place + length
        let (s, t) = (student.columns(columns).reference, teacher.columns(columns).reference)
        expected += divergence(s, t)
        let known = zip(s.softmax.values, t.softmax.values).map { 0.25 * ($0 - $1) }
        let actual = gradient.columns(columns).values()
        let comparison = Comparison(
          actual, zip(before[columns], known).map { Double($0) + $1 }, within: .forward)
        #expect(comparison.isClose, "\(comparison)")
        place += length
      }
    }
    #expect(abs(sum - expected) <= 1e-6 * expected)
  }

  @Test func `divergences have the same bits at any number of threads`() {
    let student = Matrix(sequences.tokens, 52, 1)
    let teacher = Matrix(sequences.tokens, 64, 2)
    let scores = [4, 5].map { Matrix(1, 2 * sequences.squaredTotal, $0) }
    #expect(
      isSameAtAnyThreadCount { context in
        let gradient = Matrix(rows: sequences.tokens, columns: 52)
        let dscores = Matrix(rows: 1, columns: 2 * sequences.squaredTotal)
        let sums = [
          context.relationDivergence(
            student, teacher, sequences: sequences, heads: 4, gradientScale: 1,
            addingGradientInto: gradient),
          context.attentionDivergence(
            scores[0], scores[1], sequences: sequences, heads: 2, gradientScale: 1,
            addingGradientInto: dscores),
        ]
        return gradient.values() + dscores.values() + sums.map { Float($0) }
      })
  }
}
