import Compute
import TestSupport
import Testing

/// Products with weights that a backend may keep packed, in every precision that there is here.
@Suite struct PackedProductTests {
  static let precisions: [Precision] =
    ComputeContext.obstacleToBF16 == nil ? [.fp32, .bf16] : [.fp32]
  static let shapes = [(1, 16, 16), (17, 48, 26), (64, 26, 33), (131, 65, 90), (200, 312, 96)]

  /// A matrix and the operand that products read, with what it holds.
  private func operand(
    _ rows: Int, _ columns: Int, _ seed: UInt64, on context: ComputeContext
  ) -> (Operand, Reference) {
    let matrix = Matrix(rows, columns, seed)
    let operand = Arena().operand(rows, columns, context.precision)
    context.copy(matrix, into: operand)
    return (operand, Reference(rows: rows, columns: columns, operand.values()))
  }

  /// What a product reads of a weight: the nearest bf16 numbers, by Double arithmetic.
  private func rounded(_ matrix: Matrix, _ precision: Precision) -> Reference {
    precision == .fp32 ? matrix.reference : matrix.reference.map(nearestBF16)
  }

  @Test(arguments: precisions, shapes)
  func `forward, both gradients and a second step with other weights`(
    precision: Precision, shape: (rows: Int, inputs: Int, outputs: Int)
  ) {
    let context = ComputeContext(threads: 2, precision: precision)
    let (x, xs) = operand(shape.rows, shape.inputs, 1, on: context)
    let (dy, dys) = operand(shape.rows, shape.outputs, 2, on: context)
    // A third of a wider matrix, as the queries' gradients are.
    let (wide, wides) = operand(shape.rows, 3 * shape.outputs, 10, on: context)
    let weight = Weight(Matrix(shape.outputs, shape.inputs, 3), copies: PackedCopies())
    let bias = Matrix(1, shape.outputs, 4)
    for step in 0..<2 {
      if step == 1 {
        weight.matrix.assign(Matrix(shape.outputs, shape.inputs, 5).values())
      }
      let w = rounded(weight.matrix, precision)
      let y = Matrix(shape.rows, shape.outputs, 6)
      context.linear(x, weight, bias: bias, into: y)
      expectClose(y.values(), xs.linear(weight: w, bias: bias.reference.values))

      let dx = Matrix(shape.rows, shape.inputs, 7)
      let before = dx.reference
      context.inputGradient(dy, weight, into: dx, accumulating: true)
      expectClose(dx.values(), before.plus(dys.times(w)))
      context.inputGradient(dy, weight, into: dx)
      expectClose(dx.values(), dys.times(w))

      let part = wide.columns(shape.outputs..<2 * shape.outputs)
      let parts = wides.block(rows: 0..<shape.rows, columns: shape.outputs..<2 * shape.outputs)
      let dw = Matrix(shape.outputs, shape.inputs, 8)
      let db = Matrix(1, shape.outputs, 9)
      let (dwBefore, dbBefore) = (dw.reference, db.reference)
      context.weightGradient(part, x, into: dw, bias: db)
      expectClose(dw.values(), dwBefore.plus(parts.transposed.times(xs)))
      let ones = Reference(rows: 1, columns: shape.rows) { _, _ in 1 }
      expectClose(db.values(), dbBefore.plus(ones.times(parts)))
    }
  }

  private func expectClose(
    _ actual: [Float], _ expected: Reference, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let comparison = Comparison(actual, expected.values, within: .forward)
    #expect(comparison.isClose, "\(comparison)", sourceLocation: sourceLocation)
  }
}

/// The bf16 number nearest to a float, ties to even, by its definition: 8 significant bits.
func nearestBF16(_ value: Double) -> Double {
  guard value != 0, value.isFinite else { return value }
  let unit = value.binade.magnitude * 0x1p-7
  return (value / unit).rounded(.toNearestOrEven) * unit
}
