import Compute
import Foundation
import TestSupport
import Testing

@Suite struct OptimizerTests {
  let context = ComputeContext(threads: 2)

  /// Two steps of the reference's BertAdam by hand: p = 1, clipped gradient 1, decay 0.01.
  @Test func `BertAdam takes the published steps`() {
    let p = Matrix(rows: 1, columns: 1, values: [1])
    let g = Matrix(rows: 1, columns: 1, values: [10])
    let m = Matrix(rows: 1, columns: 1)
    let v = Matrix(rows: 1, columns: 1)
    let step = AdamStep(
      .bertAdam, learningRate: 5e-5, weightDecay: 0.01, step: 1, gradientScale: 0.1)
    context.update(
      parameters: p, gradients: g, firstMoment: m, secondMoment: v, step)
    #expect(abs(Double(p[0, 0]) - 0.999841391116834) < 1e-7)
    context.update(
      parameters: p, gradients: g, firstMoment: m, secondMoment: v, step)
    #expect(abs(Double(p[0, 0]) - 0.9996284163640086) < 1e-7)
  }

  @Test(arguments: [1, 17, 20_000])
  func `AdamW follows its definition over several steps`(count: Int) {
    let p = Matrix(1, count, 1)
    let m = Matrix(rows: 1, columns: count)
    let v = Matrix(rows: 1, columns: count)
    var (pr, mr, vr) = (p.reference.values, m.reference.values, v.reference.values)
    for step in 1...3 {
      let g = Matrix(1, count, UInt64(10 + step))
      context.update(
        parameters: p, gradients: g, firstMoment: m, secondMoment: v,
        AdamStep(.adamW, learningRate: 1e-2, weightDecay: 0.1, step: step, gradientScale: 0.5))
      for (i, gradient) in g.reference.values.map({ $0 / 2 }).enumerated() {
        pr[i] -= 1e-2 * 0.1 * pr[i]
        mr[i] = 0.9 * mr[i] + 0.1 * gradient
        vr[i] = 0.999 * vr[i] + 0.001 * gradient * gradient
        let first = mr[i] / (1 - pow(0.9, Double(step)))
        let second = vr[i] / (1 - pow(0.999, Double(step)))
        pr[i] -= 1e-2 * first / (second.squareRoot() + 1e-8)
      }
    }
    for (actual, expected) in [(p, pr), (m, mr), (v, vr)] {
      let comparison = Comparison(
        actual.values(), expected, within: Tolerance(absolute: 1e-7, relative: 1e-5))
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  /// `torch.optim.AdamW([p], lr=0.01, weight_decay=0.1)`, float64, gradients 0.3 and -0.2 on p = 1.
  @Test func `AdamW takes PyTorch's steps`() {
    let p = Matrix(rows: 1, columns: 1, values: [1])
    let m = Matrix(rows: 1, columns: 1)
    let v = Matrix(rows: 1, columns: 1)
    for (step, (gradient, expected)) in [
      (Float(0.3), 0.9890000003333334), (-0.2, 0.9865657950925264),
    ].enumerated() {
      let g = Matrix(rows: 1, columns: 1, values: [gradient])
      context.update(
        parameters: p, gradients: g, firstMoment: m, secondMoment: v,
        AdamStep(.adamW, learningRate: 0.01, weightDecay: 0.1, step: step + 1))
      #expect(abs(Double(p[0, 0]) - expected) < 1e-7)
    }
  }

  /// Steps without gradients taken at once, by rows that are differently far behind; the second row's
  /// moments are zero.
  @Test(arguments: [AdamStep.Rule.adamW, .bertAdam], [1, 16, 37])
  func `missed steps give the bits of steps with gradients of zero`(
    rule: AdamStep.Rule, columns: Int
  ) {
    let steps = (1...9).map { step in
      AdamStep(rule, learningRate: 1e-2 / Double(step), weightDecay: 0.1, step: step)
    }
    let taken = [0, 4, 9, 8]
    var expected: [[Float]] = []
    var found: [[Float]] = []
    for isLate in [false, true] {
      let p = Matrix(4, columns, 1)
      let m = Matrix(4, columns, 2)
      let v = Matrix(4, columns, 3)
      v.assign(v.values().map { $0 * $0 })
      for moment in [m, v] { moment.rows(1..<2).fill(0) }
      let zero = Matrix(rows: 4, columns: columns)
      if isLate {
        context.takeMissed(
          steps, parameters: p, firstMoment: m, secondMoment: v, rows: [3, 1, 0, 2],
          taken: [taken[3], taken[1], taken[0], taken[2]])
        found = [p, m, v].map { $0.values() }
      } else {
        for (place, step) in steps.enumerated() {
          context.update(
            parameters: p, gradients: zero, firstMoment: m, secondMoment: v, step,
            rows: (0..<4).filter { taken[$0] <= place }.map { Int32($0) })
        }
        expected = [p, m, v].map { $0.values() }
      }
    }
    #expect(found == expected)
  }
}
