import Compute
import Foundation
import TestSupport
import Testing

@Suite struct PlaceLossTests {
  let context = ComputeContext(threads: 2)
  static let lengths = [5, 1, 17, 64, 2, 65, 3]

  /// One column of one sequence at a time, as a row.
  private func columns(_ z: Reference, _ sequences: SequenceOffsets) -> [Reference] {
    (0..<sequences.count).flatMap { sequence in
      (0..<z.columns).map { column in
        z.block(
          rows: sequences.starts[sequence]..<sequences.starts[sequence + 1],
          columns: column..<column + 1
        ).transposed
      }
    }
  }

  /// What `gradients`, one for each column of each sequence, are in the shape of the logits.
  private func joined(
    _ gradients: [[Double]], _ sequences: SequenceOffsets, columns: Int
  ) -> Reference {
    Reference(rows: sequences.tokens, columns: columns) { row, column in
      let sequence = (sequences.starts.firstIndex { $0 > row } ?? 1) - 1
      return gradients[sequence * columns + column][row - sequences.starts[sequence]]
    }
  }

  @Test(arguments: [1, 2, 3])
  func `the cross-entropy of places and its gradient are those of the definition`(
    columns: Int
  ) {
    let sequences = SequenceOffsets(lengths: Self.lengths)
    let z = Matrix(sequences.tokens, columns, 1, scale: 5, strided: true)
    let dz = Matrix(sequences.tokens, columns, 2, strided: true)
    let before = dz.reference
    let places = (0..<sequences.count * columns).map { item in
      item == 4 ? ignoredLabel : Int32(item * 31 % Self.lengths[item / columns])
    }
    let loss = context.placeCrossEntropy(
      z, of: sequences, places: places, gradientScale: 0.5, addingGradientInto: dz)
    var expected = 0.0
    let gradients = zip(self.columns(z.reference, sequences), places).map { row, place in
      let q = row.softmax.values
      guard place != ignoredLabel else { return q.map { _ in 0.0 } }
      expected -= log(q[Int(place)])
      return q.indices.map { 0.5 * (q[$0] - ($0 == Int(place) ? 1 : 0)) }
    }
    #expect(abs(loss - expected) <= 1e-6 * max(1, expected))
    let comparison = Comparison(
      dz.values(), before.plus(joined(gradients, sequences, columns: columns)).values,
      within: Tolerance(absolute: 2e-6, relative: 1e-6))
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test(arguments: [Float(1), 2.5])
  func `the soft cross-entropy of places and its gradient are those of the definition`(
    temperature: Float
  ) {
    let sequences = SequenceOffsets(lengths: Self.lengths)
    let z = Matrix(sequences.tokens, 2, 1, scale: 4, strided: true)
    let t = Matrix(sequences.tokens, 2, 2, scale: 4, strided: true)
    let dz = Matrix(sequences.tokens, 2, 3, strided: true)
    let before = dz.reference
    let loss = context.softPlaceCrossEntropy(
      student: z, teacher: t, of: sequences, temperature: temperature, gradientScale: 2,
      addingGradientInto: dz)
    let known = columns(t.reference.map { $0 / Double(temperature) }, sequences).map(\.softmax)
    func value(_ values: [Double]) -> Double {
      let z = Reference(rows: sequences.tokens, columns: 2, values: values)
      return zip(columns(z.map { $0 / Double(temperature) }, sequences), known).reduce(0) {
        sum, pair in
        sum - zip(pair.1.values, pair.0.softmax.values).reduce(0) { $0 + $1.0 * log($1.1) }
      }
    }
    let expected = value(z.reference.values)
    #expect(abs(loss - expected) <= 1e-6 * max(1, expected))
    let gradients = zip(columns(z.reference.map { $0 / Double(temperature) }, sequences), known)
      .map { own, known in
        zip(own.softmax.values, known.values).map { 2 * ($0 - $1) / Double(temperature) }
      }
    let gradient = joined(gradients, sequences, columns: 2)
    let comparison = Comparison(
      dz.values(), before.plus(gradient).values, within: Tolerance(absolute: 2e-6, relative: 1e-6))
    #expect(comparison.isClose, "\(comparison)")
    let numeric = centralDifferences(at: z.reference.values) { 2 * value($0) }
    #expect(relativeDistance(gradient.values, numeric, floor: 1e-6) < 1e-4)
  }

  @Test func `losses of places have the same bits at any number of threads`() {
    let lengths: [Int] = (0..<40).map { number in 1 + number * 37 % 91 }
    let sequences = SequenceOffsets(lengths: lengths)
    let z = Matrix(sequences.tokens, 2, 1)
    let t = Matrix(sequences.tokens, 2, 2)
    let places: [Int32] = (0..<80).map { item in Int32(item % lengths[item / 2]) }
    #expect(
      isSameAtAnyThreadCount { context in
        let dz = Matrix(rows: sequences.tokens, columns: 2)
        let sums = [
          context.placeCrossEntropy(
            z, of: sequences, places: places, gradientScale: 1, addingGradientInto: dz),
          context.softPlaceCrossEntropy(
            student: z, teacher: t, of: sequences, temperature: 2, gradientScale: 1,
            addingGradientInto: dz),
        ]
        let bits: [Float] = sums.map { Float($0) }
        return dz.values() + bits
      })
  }
}
