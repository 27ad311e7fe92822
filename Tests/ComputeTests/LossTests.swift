import Compute
import Foundation
import TestSupport
import Testing

@Suite struct LossTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: awkwardSizes, [false, true])
  func `the squared difference and its gradient are those of the definition`(
    columns: Int, strided: Bool
  ) {
    let a = Matrix(9, columns, 1, strided: strided)
    let b = Matrix(9, columns, 2, strided: strided)
    let da = Matrix(9, columns, 3, strided: strided)
    let before = da.reference
    let differences = zip(a.reference.values, b.reference.values).map { $0 - $1 }
    let expected = differences.reduce(0) { $0 + $1 * $1 }
    let sum = context.squaredDifference(a, b, gradientScale: 0.25, addingGradientInto: da)
    #expect(abs(sum - expected) <= 1e-6 * expected)
    let comparison = Comparison(
      da.values(), zip(before.values, differences).map { $0 + $1 / 4 }, within: .forward)
    #expect(comparison.isClose, "\(comparison)")
    #expect(context.squaredDifference(a, b, gradientScale: 1, addingGradientInto: nil) == sum)
  }

  private func softCrossEntropy(_ z: Reference, _ t: Reference, _ temperature: Double) -> Double {
    let p = t.map { $0 / temperature }.softmax
    let q = z.map { $0 / temperature }.softmax
    return -zip(p.values, q.values).reduce(0) { $0 + $1.0 * log($1.1) }
  }

  /// The toy of the reference implementation: its mean over two classes is 0.5634640055.
  @Test func `the soft cross-entropy of the published toy`() {
    let z = Matrix(rows: 1, columns: 2, values: [2, 0])
    let t = Matrix(rows: 1, columns: 2, values: [1, 1])
    let dz = Matrix(rows: 1, columns: 2)
    let loss = context.softCrossEntropy(
      student: z, teacher: t, temperature: 1, gradientScale: 1, addingGradientInto: dz)
    #expect(abs(loss / 2 - 0.5634640055) < 1e-7)
  }

  @Test(arguments: [1, 2, 3, 17, 65, 3000], [Float(1), 2.5])
  func `the soft cross-entropy and its gradient are those of the definition`(
    classes: Int, temperature: Float
  ) {
    let rows = 5
    let z = Matrix(rows, classes, 1, scale: 4, strided: true)
    let t = Matrix(rows, classes, 2, scale: 4, strided: true)
    let dz = Matrix(rows, classes, 3, strided: true)
    let before = dz.reference
    let loss = context.softCrossEntropy(
      student: z, teacher: t, temperature: temperature, gradientScale: 0.5, addingGradientInto: dz)
    let expected = softCrossEntropy(z.reference, t.reference, Double(temperature))
    #expect(abs(loss - expected) <= 1e-6 * max(1, expected))
    let p = t.reference.map { $0 / Double(temperature) }.softmax
    let q = z.reference.map { $0 / Double(temperature) }.softmax
    let gradient = zip(q.values, p.values).map { 0.5 * ($0 - $1) / Double(temperature) }
    let comparison = Comparison(
      dz.values(), zip(before.values, gradient).map { $0 + $1 },
      within: Tolerance(absolute: 1e-6, relative: 1e-6))
    #expect(comparison.isClose, "\(comparison)")
    if classes <= 65 {
      let numeric = centralDifferences(at: z.reference.values) {
        softCrossEntropy(
          Reference(rows: rows, columns: classes, values: $0), t.reference, Double(temperature)) / 2
      }
      #expect(relativeDistance(gradient, numeric, floor: 1e-6) < 1e-4)
    }
  }

  @Test(arguments: [1, 2, 3, 17, 65, 3000])
  func `the cross-entropy and its gradient are those of the definition`(classes: Int) {
    let rows = 7
    let z = Matrix(rows, classes, 1, scale: 5, strided: true)
    let dz = Matrix(rows, classes, 2, strided: true)
    let before = dz.reference
    let labels = (0..<rows).map { $0 == 2 ? ignoredLabel : Int32($0 * 31 % classes) }
    let loss = context.crossEntropy(z, labels: labels, gradientScale: 2, addingGradientInto: dz)
    let q = z.reference.softmax
    var expected = 0.0
    var gradient = before
    for r in 0..<rows where labels[r] != ignoredLabel {
      expected -= log(q[r, Int(labels[r])])
      for c in 0..<classes { gradient[r, c] += 2 * (q[r, c] - (c == Int(labels[r]) ? 1 : 0)) }
    }
    #expect(abs(loss - expected) <= 1e-6 * max(1, expected))
    let comparison = Comparison(
      dz.values(), gradient.values, within: Tolerance(absolute: 2e-6, relative: 1e-6))
    #expect(comparison.isClose, "\(comparison)")
    #expect(
      context.crossEntropy(z, labels: labels, gradientScale: 1, addingGradientInto: nil) == loss)
  }

  @Test(arguments: [1, 2, 3, 17, 65, 3000])
  func `the binary cross-entropy and its gradient are those of the definition`(labels: Int) {
    let rows = 7
    let z = Matrix(rows, labels, 1, scale: 5, strided: true)
    let dz = Matrix(rows, labels, 2, strided: true)
    let before = dz.reference
    let applying = (0..<rows).map { row -> [Int32]? in
      row == 2 ? nil : (0..<Int32(labels)).filter { ($0 + Int32(row)) % 3 == 0 }
    }
    let loss = context.binaryCrossEntropy(
      z, labels: applying, gradientScale: 0.5, addingGradientInto: dz)
    let p = Reference(rows: rows, columns: labels) { row, label in
      applying[row]?.contains(Int32(label)) == true ? 1 : 0
    }
    let known = Reference(rows: rows, columns: labels) { row, _ in applying[row] == nil ? 0 : 1 }
    expect(loss, dz, before, z.reference, p, known: known, factor: 0.5, temperature: 1)
  }

  @Test(arguments: [1, 2, 3, 17, 65, 3000], [Float(1), 2.5])
  func `the soft binary cross-entropy and its gradient are those of the definition`(
    labels: Int, temperature: Float
  ) {
    let z = Matrix(5, labels, 1, scale: 4, strided: true)
    let t = Matrix(5, labels, 2, scale: 4, strided: true)
    let dz = Matrix(5, labels, 3, strided: true)
    let before = dz.reference
    let loss = context.softBinaryCrossEntropy(
      student: z, teacher: t, temperature: temperature, gradientScale: 0.5, addingGradientInto: dz)
    let p = t.reference.map { 1 / (1 + exp(-$0 / Double(temperature))) }
    expect(
      loss, dz, before, z.reference, p, known: t.reference.map { _ in 1 }, factor: 0.5,
      temperature: Double(temperature))
  }

  /// Holds a loss and the gradient that it added to `before` to the definition.
  private func expect(
    _ loss: Double, _ dz: Matrix, _ before: Reference, _ z: Reference, _ p: Reference,
    known: Reference, factor: Double, temperature: Double
  ) {
    let q = z.map { 1 / (1 + exp(-$0 / temperature)) }
    var expected = 0.0
    var gradient = before
    for index in q.values.indices where known.values[index] == 1 {
      let (right, said) = (p.values[index], q.values[index])
      expected -= right * log(said) + (1 - right) * log(1 - said)
      gradient.values[index] += factor * (said - right) / temperature
    }
    #expect(abs(loss - expected) <= 1e-6 * max(1, expected))
    let comparison = Comparison(
      dz.values(), gradient.values, within: Tolerance(absolute: 1e-6, relative: 1e-6))
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test func `far apart logits of labels give a finite loss`() {
    let z = Matrix(rows: 1, columns: 2, values: [-500, 500])
    let t = Matrix(rows: 1, columns: 2, values: [500, 500])
    let dz = Matrix(rows: 1, columns: 2)
    let soft = context.softBinaryCrossEntropy(
      student: z, teacher: t, temperature: 1, gradientScale: 1, addingGradientInto: dz)
    #expect(soft == 500 && dz.values() == [-1, 0])
    let hard = context.binaryCrossEntropy(
      z, labels: [[0]], gradientScale: 1, addingGradientInto: dz)
    #expect(hard == 1000 && dz.values() == [-2, 1])
  }

  @Test func `far apart logits give a finite loss`() {
    let z = Matrix(rows: 1, columns: 3, values: [-500, 500, 0])
    let t = Matrix(rows: 1, columns: 3, values: [500, -500, 0])
    let dz = Matrix(rows: 1, columns: 3)
    #expect(
      context.softCrossEntropy(
        student: z, teacher: t, temperature: 1, gradientScale: 1, addingGradientInto: dz) == 1000)
    #expect(dz.values() == [-1, 1, 0])
  }

  @Test func `losses have the same bits at any number of threads`() {
    let z = Matrix(300, 500, 1)
    let t = Matrix(300, 500, 2)
    let results = [1, 2, 4].map { threads -> [UInt64] in
      let context = ComputeContext(threads: threads)
      let dz = Matrix(rows: 300, columns: 500)
      let sums = [
        context.squaredDifference(z, t, gradientScale: 1, addingGradientInto: dz),
        context.softCrossEntropy(
          student: z, teacher: t, temperature: 1, gradientScale: 1, addingGradientInto: dz),
        context.crossEntropy(
          z, labels: .init(repeating: 3, count: 300), gradientScale: 1, addingGradientInto: dz),
        context.binaryCrossEntropy(
          z, labels: .init(repeating: [3, 4], count: 300), gradientScale: 1, addingGradientInto: dz),
        context.softBinaryCrossEntropy(
          student: z, teacher: t, temperature: 1, gradientScale: 1, addingGradientInto: dz),
        context.sumOfSquares(dz),
      ]
      return sums.map(\.bitPattern)
    }
    #expect(Set(results).count == 1)
  }
}
