import Compute
import RandomStreams
import TestSupport
import Testing

@Suite struct LayerNormTests {
  let context = ComputeContext(threads: 2)
  let epsilon = 1e-5

  private struct Case {
    let x, residual, weight, bias, sum, mean, inverse, y: Matrix

    init(rows: Int, columns: Int, strided: Bool) {
      x = Matrix(rows, columns, 1, scale: 2, strided: strided)
      residual = Matrix(rows, columns, 2, strided: strided)
      weight = Matrix(1, columns, 3)
      bias = Matrix(1, columns, 4)
      sum = Matrix(rows, columns, 5, strided: strided)
      mean = Matrix(rows: 1, columns: rows)
      inverse = Matrix(rows: 1, columns: rows)
      y = Matrix(rows, columns, 6, strided: strided)
    }

    func forward(_ context: ComputeContext, residual: Matrix?, dropout: Dropout? = nil) {
      context.residualLayerNorm(
        x, residual: residual, dropout: dropout, weight: weight, bias: bias, epsilon: 1e-5,
        sum: sum, mean: mean, inverseDeviation: inverse, into: y)
    }
  }

  @Test(arguments: awkwardSizes, [2, 16, 17, 26, 312])
  func `the norm of the residual sum is that of the definition`(rows: Int, columns: Int) {
    for strided in [false, true] {
      let case0 = Case(rows: rows, columns: columns, strided: strided)
      case0.forward(context, residual: case0.residual)
      let sum = case0.x.reference.plus(case0.residual.reference)
      let expected = sum.layerNorm(
        weight: case0.weight.reference.values, bias: case0.bias.reference.values, epsilon: epsilon)
      let comparison = Comparison(case0.y.values(), expected.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
      let sums = Comparison(case0.sum.values(), sum.values, within: .forward)
      #expect(sums.isClose, "\(sums)")
      case0.forward(context, residual: nil)
      let plain = case0.x.reference.layerNorm(
        weight: case0.weight.reference.values, bias: case0.bias.reference.values, epsilon: epsilon)
      let alone = Comparison(case0.y.values(), plain.values, within: .forward)
      #expect(alone.isClose, "\(alone)")
    }
  }

  @Test func `a row far from zero keeps its variance`() {
    let case0 = Case(rows: 1, columns: 64, strided: false)
    case0.x.assign((0..<64).map { 1000 + Float($0) / 64 })
    case0.forward(context, residual: nil)
    let expected = case0.x.reference.layerNorm(
      weight: case0.weight.reference.values, bias: case0.bias.reference.values, epsilon: epsilon)
    let comparison = Comparison(
      case0.y.values(), expected.values, within: Tolerance(absolute: 1e-3, relative: 1e-3))
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test(arguments: [(1, 3), (3, 17), (5, 26), (130, 16)])
  func `the gradients are those of central differences`(rows: Int, columns: Int) {
    let case0 = Case(rows: rows, columns: columns, strided: true)
    case0.forward(context, residual: nil)
    let dy = Matrix(rows, columns, 7, strided: true)
    let dsum = Matrix(rows, columns, 8, strided: true)
    let dweight = Matrix(1, columns, 9)
    let dbias = Matrix(1, columns, 10)
    let (weightBefore, biasBefore) = (dweight.reference, dbias.reference)
    context.layerNormBackward(
      dy, sum: case0.sum, mean: case0.mean, inverseDeviation: case0.inverse, weight: case0.weight,
      into: dsum, weightGradient: dweight, biasGradient: dbias)

    let (x, weight, bias) = (case0.x.reference, case0.weight.reference, case0.bias.reference)
    func loss(_ x: Reference, _ weight: [Double], _ bias: [Double], _ rows: Range<Int>) -> Double {
      let y = x.layerNorm(weight: weight, bias: bias, epsilon: epsilon)
      return zip(y.values, dy.reference.block(rows: rows, columns: 0..<columns).values)
        .reduce(0) { $0 + $1.0 * $1.1 }
    }
    for row in 0..<min(rows, 5) {
      let expected = centralDifferences(at: x.row(row)) { moved in
        loss(
          Reference(rows: 1, columns: columns, values: moved), weight.values, bias.values,
          row..<row + 1)
      }
      let actual = dsum.reference.row(row)
      #expect(relativeDistance(actual, expected, floor: 1e-6) < 1e-4)
    }
    let weights = centralDifferences(at: weight.values) { loss(x, $0, bias.values, 0..<rows) }
    let biases = centralDifferences(at: bias.values) { loss(x, weight.values, $0, 0..<rows) }
    let weightGradient = zip(dweight.reference.values, weightBefore.values).map { $0 - $1 }
    let biasGradient = zip(dbias.reference.values, biasBefore.values).map { $0 - $1 }
    #expect(relativeDistance(weightGradient, weights) < 1e-5)
    #expect(relativeDistance(biasGradient, biases) < 1e-5)

    let inPlace = dy.copy
    context.layerNormBackward(
      inPlace, sum: case0.sum, mean: case0.mean, inverseDeviation: case0.inverse,
      weight: case0.weight, into: inPlace, weightGradient: dweight, biasGradient: dbias)
    #expect(inPlace.values() == dsum.values())
  }

  @Test func `dropout inside the norm is dropout before the norm`() {
    let rows = 40
    let columns = 26
    let dropout = Dropout(
      probability: 0.3, stream: RandomStream(seed: 1, purpose: "dropout"), site: 2,
      rows: RowAddresses(
        places: (0..<rows).map { UInt64($0 / 7) }, positions: (0..<rows).map { UInt32($0 % 7) }))
    let fused = Case(rows: rows, columns: columns, strided: false)
    fused.forward(context, residual: fused.residual, dropout: dropout)
    let apart = Case(rows: rows, columns: columns, strided: false)
    context.applyDropout(apart.x, dropout, into: apart.x)
    apart.forward(context, residual: apart.residual)
    let comparison = Comparison(fused.y.values(), apart.y.reference.values, within: .forward)
    #expect(comparison.isClose, "\(comparison)")
    #expect(fused.x.values() != apart.x.values())
  }

  @Test func `layer norm has the same bits at any number of threads`() {
    #expect(
      isSameAtAnyThreadCount { context in
        let case0 = Case(rows: 700, columns: 312, strided: false)
        case0.forward(context, residual: case0.residual)
        let dy = Matrix(700, 312, 7)
        let dweight = Matrix(rows: 1, columns: 312)
        let dbias = Matrix(rows: 1, columns: 312)
        context.layerNormBackward(
          dy, sum: case0.sum, mean: case0.mean, inverseDeviation: case0.inverse,
          weight: case0.weight, into: dy, weightGradient: dweight, biasGradient: dbias)
        return case0.y.values() + dy.values() + dweight.values() + dbias.values()
      })
  }
}
