import CKernels
import Compute
import Foundation
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  let context = ComputeContext(threads: 2)

  /// Every 1/64 from -12 to 12, and numbers around zero and far out.
  static let points: [Float] =
    (-768...768).map { Float($0) / 64 } + [
      1e-30, -1e-30, 1e-8, -1e-5, 3e-3, 30, -30, 80, -80, 1e4, -1e4,
    ]

  @Test func `exp is within 1.5e-7 of itself, 0 far below and infinite far above`() {
    let arguments = (-8700...8800).map { Float($0) / 100 }
    var results = [Float](repeating: 0, count: arguments.count)
    unsafe ck_exp(arguments.count, arguments, &results)
    for (x, y) in zip(arguments, results) {
      let expected = exp(Double(x))
      #expect(abs(Double(y) - expected) <= 1.5e-7 * expected, "exp(\(x)) = \(y)")
    }
    let special: [Float] = [-.infinity, -1e30, -90, 0, 90, .infinity, .nan]
    var answers = [Float](repeating: 0, count: special.count)
    unsafe ck_exp(special.count, special, &answers)
    #expect(answers[0..<6] == [0, 0, 0, 1, .infinity, .infinity])
    #expect(answers[6].isNaN)
  }

  @Test func `GELU and its derivative are within 1e-6 of the error function's`() {
    let x = Matrix(rows: 1, columns: Self.points.count, values: Self.points)
    let y = Matrix(rows: 1, columns: x.columns)
    context.apply(.gelu, to: x, into: y)
    for (point, value) in zip(Self.points.map(Double.init), y.values()) {
      let expected = point * 0.5 * erfc(-point / 2.0.squareRoot())
      #expect(
        abs(Double(value) - expected) <= 5e-7 + 2e-7 * abs(expected), "gelu(\(point)) = \(value)")
    }
    let ones = Matrix(rows: 1, columns: x.columns)
    ones.fill(1)
    context.applyBackward(.gelu, ones, at: x, into: y)
    for (point, value) in zip(Self.points.map(Double.init), y.values()) {
      let expected =
        0.5 * erfc(-point / 2.0.squareRoot()) + point * exp(-point * point / 2)
        / (2 * Double.pi).squareRoot()
      #expect(abs(Double(value) - expected) <= 1e-6, "gelu'(\(point)) = \(value)")
    }
  }

  @Test func `GELU by tanh and SiLU are within 5e-7, their derivatives within 5e-7`() {
    func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }
    let factor = (8 / Double.pi).squareRoot()
    func check(
      _ name: String, _ values: [Float], within relative: Double, _ formula: (Double) -> Double
    ) {
      for (point, value) in zip(Self.points.map(Double.init), values) {
        let expected = formula(point)
        #expect(
          abs(Double(value) - expected) <= 5e-7 + relative * abs(expected),
          "\(name)(\(point)) = \(value), not \(expected)")
      }
    }
    let x = Matrix(rows: 1, columns: Self.points.count, values: Self.points)
    let (y, ones) = (Matrix(rows: 1, columns: x.columns), Matrix(rows: 1, columns: x.columns))
    ones.fill(1)
    context.apply(.geluTanh, to: x, into: y)
    check("gelu_new", y.values(), within: 2e-7) { x in
      0.5 * x * (1 + tanh(factor / 2 * (x + 0.044715 * x * x * x)))
    }
    context.applyBackward(.geluTanh, ones, at: x, into: y)
    check("gelu_new'", y.values(), within: 0) { x in
      let z = factor * (x + 0.044715 * x * x * x)
      return logistic(z)
        + x * logistic(z) * logistic(-z) * factor * (1 + 3 * 0.044715 * x * x)
    }
    context.apply(.silu, to: x, into: y)
    check("silu", y.values(), within: 2e-7) { $0 * logistic($0) }
    context.applyBackward(.silu, ones, at: x, into: y)
    check("silu'", y.values(), within: 0) {
      logistic($0) + $0 * logistic($0) * logistic(-$0)
    }
  }

  @Test func `what is far out is as it is or 0, its slope 1 or 0, and a NaN is not hidden`() {
    let far: [Float] = [1e15, -1e15, 3e38, -3e38, .nan]
    let x = Matrix(rows: 1, columns: far.count, values: far)
    let (y, ones) = (Matrix(rows: 1, columns: far.count), Matrix(rows: 1, columns: far.count))
    ones.fill(1)
    func check(_ made: [Float], _ expected: [Float], _ name: String) {
      #expect(made.dropLast() == expected[...] && made[4].isNaN, "\(name): \(made)")
    }
    context.apply(.geluTanh, to: x, into: y)
    check(y.values(), [1e15, 0, 3e38, 0], "gelu_new")
    context.applyBackward(.geluTanh, ones, at: x, into: y)
    check(y.values(), [1, 0, 1, 0], "gelu_new'")
    context.apply(.silu, to: x, into: y)
    check(y.values(), [1e15, 0, 3e38, 0], "silu")
    context.applyBackward(.silu, ones, at: x, into: y)
    check(y.values(), [1, 0, 1, 0], "silu'")
  }

  @Test func `tanh is within 3e-7 of itself`() {
    let x = Matrix(rows: 1, columns: Self.points.count, values: Self.points)
    let y = Matrix(rows: 1, columns: x.columns)
    context.tanh(x, into: y)
    for (point, value) in zip(Self.points, y.values()) {
      let expected = tanh(Double(point))
      #expect(abs(Double(value) - expected) <= 3e-7 * abs(expected), "tanh(\(point)) = \(value)")
    }
  }

  @Test(arguments: awkwardSizes, [false, true])
  func `whatever the shape, every element is treated alike`(columns: Int, strided: Bool) {
    let x = Matrix(7, columns, 1, scale: 3, strided: strided)
    let dy = Matrix(7, columns, 2, strided: strided)
    let y = Matrix(7, columns, 3, strided: strided)
    let (a, d) = (x.reference, dy.reference)
    func check(_ expected: [Double], _ what: String) {
      let comparison = Comparison(
        y.values(), expected, within: Tolerance(absolute: 1e-6, relative: 1e-6))
      #expect(comparison.isClose, "\(what): \(comparison)")
    }
    context.apply(.gelu, to: x, into: y)
    check(a.gelu.values, "gelu")
    context.apply(.geluTanh, to: x, into: y)
    check(
      a.map { $0 / (1 + exp(-1.5957691216 * ($0 + 0.044715 * $0 * $0 * $0))) }.values, "by tanh")
    context.apply(.silu, to: x, into: y)
    check(a.map { $0 / (1 + exp(-$0)) }.values, "silu")
    context.applyBackward(.silu, dy, at: x, into: y)
    check(
      zip(d.values, a.values).map { $0 * (1 + $1 / (1 + exp($1))) / (1 + exp(-$1)) },
      "silu backward")
    context.apply(.relu, to: x, into: y)
    check(a.map { max(0, $0) }.values, "relu")
    context.applyBackward(.relu, dy, at: x, into: y)
    check(zip(d.values, a.values).map { $1 > 0 ? $0 : 0 }, "relu backward")
    context.tanh(x, into: y)
    check(a.map { tanh($0) }.values, "tanh")
    context.tanhBackward(dy, x, into: y)
    check(zip(d.values, a.values).map { $0 * (1 - $1 * $1) }, "tanh backward")
    context.applyBackward(.gelu, dy, at: x, into: y)
    let slope = centralSlopes(of: a.values)
    check(zip(d.values, slope).map { $0 * $1 }, "gelu backward")
    y.assign(from: dy)
    context.add(x, into: y, scale: -0.5)
    check(zip(d.values, a.values).map { $0 - $1 / 2 }, "add")
    context.scale(y, by: 2)
    check(zip(d.values, a.values).map { 2 * $0 - $1 }, "scale")
    y.assign(from: x)
    context.apply(.gelu, to: y, into: y)
    check(a.gelu.values, "gelu in place")
  }

  private func centralSlopes(of points: [Double]) -> [Double] {
    func gelu(_ x: Double) -> Double { x * 0.5 * erfc(-x / 2.0.squareRoot()) }
    return points.map { (gelu($0 + 1e-5) - gelu($0 - 1e-5)) / 2e-5 }
  }

  @Test(arguments: [1, 17, 16_384, 50_001])
  func `sums of squares and counts of bad numbers cover every element`(count: Int) {
    let x = Matrix(1, count, 1)
    let expected = x.reference.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(context.sumOfSquares(x) - expected) <= 1e-12 * expected)
    #expect(context.hasNonFinite(x) == 0)
    x[0, 0] = .nan
    #expect(context.hasNonFinite(x) == 1)
    x[0, count - 1] = -.infinity
    #expect(context.hasNonFinite(x) == (count == 1 ? 1 : 2))
    let strided = Matrix(9, 17, 2, strided: true)
    let squares = strided.reference.values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(context.sumOfSquares(strided) - squares) <= 1e-12 * squares)
  }

  @Test func `a sum of squares has the same bits at any number of threads`() {
    let x = Matrix(1, 100_003, 1)
    let sums = [1, 2, 4].map { ComputeContext(threads: $0).sumOfSquares(x).bitPattern }
    #expect(Set(sums).count == 1)
  }
}
