import Compute
import TestSupport
import Testing

/// A text's result must not depend on the texts beside it, nor a cached teacher on the batch it ran in.
@Suite struct RowIndependenceTests {
  /// Inputs and outputs: widths of real models and of tests, edges of panels, few outputs.
  static let layers =
    [(312, 312), (312, 1200), (1200, 312), (384, 1536), (1536, 384), (768, 768), (768, 3072)]
    + [(3072, 768), (384, 30522), (768, 2), (26, 33), (65, 90), (64, 64), (96, 200), (1, 17)]
    + (2...17).map { (312, $0) } + (2...17).map { ($0, 312) }
  static let counts = [1, 2, 3, 5, 7, 8, 15, 16, 17, 25, 31, 33, 40, 47, 48, 49, 63, 64, 65, 70]
  static let precisions: [Precision] =
    ComputeContext.obstacleToBF16 == nil ? [.fp32, .bf16] : [.fp32]

  /// Rows `first..<first + count` of 500, alone in a product of their own.
  private func rows(_ count: Int, from first: Int, of x: Matrix) -> Matrix {
    Matrix(
      rows: count, columns: x.columns,
      values: Array(x.rows(first..<first + count).values()))
  }

  @Test(arguments: precisions, layers)
  func `a row has the same bits in any product and at any place`(
    precision: Precision, layer: (inputs: Int, outputs: Int)
  ) {
    let context = ComputeContext(threads: 2, precision: precision)
    let arena = Arena()
    let weight = Weight(Matrix(layer.outputs, layer.inputs, 1), copies: PackedCopies())
    let bias = Matrix(1, layer.outputs, 2)
    func forward(_ x: Matrix) -> [[UInt32]] {
      let y = Matrix(rows: x.rows, columns: layer.outputs)
      context.linear(operand(x), weight, bias: bias, into: y)
      return bits(y)
    }
    func inputGradient(_ dy: Matrix) -> [[UInt32]] {
      let dx = Matrix(rows: dy.rows, columns: layer.inputs)
      dx.fill(0.25)
      context.inputGradient(operand(dy), weight, into: dx, accumulating: true)
      return bits(dx)
    }
    func operand(_ x: Matrix) -> Operand {
      arena.reset()
      let operand = arena.operand(x.rows, x.columns, precision)
      context.copy(x, into: operand)
      return operand
    }
    func bits(_ matrix: Matrix) -> [[UInt32]] {
      (0..<matrix.rows).map { matrix.rows($0..<$0 + 1).values().map(\.bitPattern) }
    }
    for (width, product) in [(layer.inputs, forward), (layer.outputs, inputGradient)] {
      // Few rows where they are long: it is their number in a product that counts.
      let total = max(layer.inputs, layer.outputs) > 4000 ? 90 : 500
      let x = Matrix(total, width, 3)
      let all = product(x)
      for (index, count) in Self.counts.enumerated() {
        let first = index * 37 % (total - count)
        #expect(
          product(rows(count, from: first, of: x)) == Array(all[first..<first + count]),
          "\(count) rows from \(first)")
      }
    }
  }
}
