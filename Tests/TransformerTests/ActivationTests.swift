import Compute
import Foundation
import TestSupport
import Testing

@testable import Transformer

/// The functions of `hidden_act`, wherever a model applies them.
@Suite struct ActivationTests {
  private let context = ComputeContext(threads: 2)
  private let points = (-120...120).map { Float($0) / 10 }

  private static func value(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .gelu, .geluPython: x * 0.5 * erfc(-x / 2.0.squareRoot())
    case .geluNew, .geluFast, .geluAccurate, .geluTorchTanh, .geluPythonTanh:
      0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .relu: max(0, x)
    case .silu, .swish: x / (1 + exp(-x))
    }
  }

  private static func slope(_ activation: Activation, _ x: Double) -> Double {
    if activation == .relu { return x > 0 ? 1 : 0 }
    return (value(activation, x + 1e-5) - value(activation, x - 1e-5)) / 2e-5
  }

  /// `x` as a product makes it: one channel each, a weight of 1.
  private var unit: (weight: Weight, bias: Matrix) {
    (Weight(Matrix(rows: 1, columns: 1, values: [1])), Matrix(rows: 1, columns: 1, values: [0]))
  }

  @Test(arguments: Activation.allCases)
  func `alone and at the end of a product it is transformers' function`(activation: Activation) {
    let x = Matrix(rows: points.count, columns: 1, values: points)
    let (alone, fused) = (Matrix(rows: x.rows, columns: 1), Matrix(rows: x.rows, columns: 1))
    let sum = Matrix(rows: x.rows, columns: 1)
    context.apply(activation.function, to: x, into: alone)
    context.linear(
      .fp32(x), unit.weight, bias: unit.bias, then: activation.function, keeping: .fp32(sum),
      into: .fp32(fused))
    #expect(sum.values() == points)
    #expect(fused.values() == alone.values())
    for (point, value) in zip(points.map(Double.init), alone.values()) {
      let expected = Self.value(activation, point)
      #expect(
        abs(Double(value) - expected) <= 5e-7 + 2e-7 * abs(expected),
        "\(activation.rawValue)(\(point)) = \(value)")
    }
  }

  @Test(arguments: Activation.allCases)
  func `backward, alone and after a product, it is its derivative`(activation: Activation) {
    let x = Matrix(rows: points.count, columns: 1, values: points)
    let dy = Matrix(rows: x.rows, columns: 1)
    dy.fill(2)
    let (alone, fused) = (Matrix(rows: x.rows, columns: 1), Matrix(rows: x.rows, columns: 1))
    context.applyBackward(activation.function, dy, at: x, into: alone)
    context.inputGradient(
      .fp32(dy), unit.weight, through: activation.function, of: .fp32(x), into: .fp32(fused))
    #expect(fused.values() == alone.values())
    for (point, value) in zip(points.map(Double.init), alone.values()) {
      let expected = 2 * Self.slope(activation, point)
      #expect(
        abs(Double(value) - expected) <= 2e-6, "\(activation.rawValue)'(\(point)) = \(value) / 2")
    }
  }

  @Test(arguments: Activation.allCases)
  func `a model of each name is made`(activation: Activation) throws {
    let configuration = ModelConfiguration(
      vocabularySize: 11, hiddenSize: 8, layerCount: 1, headCount: 2, intermediateSize: 12,
      maximumPositions: 6, hiddenActivation: activation.rawValue)
    #expect(throws: Never.self) { try BertModel(configuration, head: .maskedLanguage) }
  }
}
