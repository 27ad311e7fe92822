import Compute
import TestSupport
import Testing

@Suite struct ProductTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: awkwardSizes, awkwardSizes)
  func `a product is the sum of products, transposed or not`(rows: Int, columns: Int) {
    for depth in [1, 17, 65] {
      for (transposingA, transposingB) in [
        (false, false), (true, false), (false, true), (true, true),
      ] {
        let a = Matrix(transposingA ? depth : rows, transposingA ? rows : depth, 1, strided: true)
        let b = Matrix(
          transposingB ? columns : depth, transposingB ? depth : columns, 2, strided: true)
        let c = Matrix(rows, columns, 3, strided: true)
        let before = c.reference
        let product = (transposingA ? a.reference.transposed : a.reference)
          .times(transposingB ? b.reference.transposed : b.reference)
        context.multiply(
          a, b, into: c, transposingA: transposingA, transposingB: transposingB, scale: 0.5)
        let replaced = Comparison(
          c.values(), product.values.map { $0 / 2 }, within: .forward)
        #expect(replaced.isClose, "\(replaced)")
        c.assign(before.values.map(Float.init))
        context.multiply(
          a, b, into: c, transposingA: transposingA, transposingB: transposingB, scale: 0.5,
          accumulating: true)
        let added = Comparison(
          c.values(), zip(product.values, before.values).map { $0 / 2 + $1 }, within: .forward)
        #expect(added.isClose, "\(added)")
      }
    }
  }

  @Test(arguments: awkwardSizes, [1, 2, 3, 16, 17, 65, 700])
  func `a linear layer adds its bias to x times the weights`(rows: Int, outputs: Int) {
    for depth in [1, 26, 65] {
      let x = Matrix(rows, depth, 1, strided: true)
      let weight = Matrix(outputs, depth, 2)
      let bias = Matrix(1, outputs, 3)
      let y = Matrix(rows, outputs, 4, strided: true)
      context.linear(.fp32(x), Weight(weight), bias: bias, into: y)
      let expected = x.reference.linear(weight: weight.reference, bias: bias.reference.values)
      let comparison = Comparison(y.values(), expected.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
      context.linear(.fp32(x), Weight(weight), bias: nil, into: y)
      let plain = x.reference.times(weight.reference.transposed)
      let unbiased = Comparison(y.values(), plain.values, within: .forward)
      #expect(unbiased.isClose, "\(unbiased)")
    }
  }

  @Test(arguments: [(1, 1, 1), (17, 3, 65), (130, 65, 26), (200, 300, 2)])
  func `the gradients of a linear layer are products with dy`(rows: Int, inputs: Int, outputs: Int)
  {
    let x = Matrix(rows, inputs, 1, strided: true)
    let weight = Matrix(outputs, inputs, 2)
    let dy = Matrix(rows, outputs, 3, strided: true)
    let dx = Matrix(rows, inputs, 4)
    let dw = Matrix(outputs, inputs, 5)
    let db = Matrix(1, outputs, 6)
    let (dxBefore, dwBefore, dbBefore) = (dx.reference, dw.reference, db.reference)
    context.inputGradient(.fp32(dy), Weight(weight), into: dx, accumulating: true)
    context.weightGradient(.fp32(dy), .fp32(x), into: dw, bias: db)
    let ones = Reference(rows: 1, columns: rows) { _, _ in 1 }
    let expected = [
      (dx, dxBefore.plus(dy.reference.times(weight.reference))),
      (dw, dwBefore.plus(dy.reference.transposed.times(x.reference))),
      (db, dbBefore.plus(ones.times(dy.reference))),
    ]
    for (actual, reference) in expected {
      let comparison = Comparison(actual.values(), reference.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
    }
    context.inputGradient(.fp32(dy), Weight(weight), into: dx)
    let overwritten = Comparison(
      dx.values(), dy.reference.times(weight.reference).values, within: .forward)
    #expect(overwritten.isClose, "\(overwritten)")
  }

  @Test(arguments: [(1, 700, 30), (25, 312, 90), (300, 200, 100), (1100, 65, 17)])
  func `products have the same bits at any number of threads`(rows: Int, columns: Int, depth: Int) {
    let x = Matrix(rows, depth, 1)
    let weight = Matrix(columns, depth, 2)
    let dy = Matrix(rows, columns, 3)
    #expect(
      isSameAtAnyThreadCount { context in
        let y = Matrix(rows: rows, columns: columns)
        let dx = Matrix(rows: rows, columns: depth)
        let dw = Matrix(rows: columns, columns: depth)
        let db = Matrix(rows: 1, columns: columns)
        context.linear(.fp32(x), Weight(weight), bias: db, into: y)
        context.inputGradient(.fp32(dy), Weight(weight), into: dx)
        context.weightGradient(.fp32(dy), .fp32(x), into: dw, bias: db)
        return y.values() + dx.values() + dw.values() + db.values()
      })
  }
}
