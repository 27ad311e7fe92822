import Compute

/// `y = x W^T + b`.
struct Linear: Sendable {
  let weight: Parameter  // [out, in]
  let bias: Parameter  // [out]

  init(_ name: String, inputs: Int, outputs: Int, in layout: inout ParameterLayout) {
    weight = layout.declare(
      "\(name).weight", shape: [outputs, inputs], decays: true, initialization: .normal)
    bias = layout.declare(
      "\(name).bias", shape: [outputs], decays: false, initialization: .zeros)
  }

  var parameters: [Parameter] { [weight, bias] }

  /// `x`: `[N, in]`; `y`: `[N, out]`, overwritten.
  func forward(_ x: Operand, into y: Matrix, _ pass: ForwardPass) {
    pass.context.linear(x, pass.weights.weight(weight), bias: pass.weights[bias], into: y)
  }

  /// `y = f(x W^T + b)`, `[N, out]`; `sum` receives what f is applied to.
  func forward(
    _ x: Operand, then activation: Activation, keeping sum: Operand?, into y: Operand,
    _ pass: ForwardPass
  ) {
    pass.context.linear(
      x, pass.weights.weight(weight), bias: pass.weights[bias], then: activation.function,
      keeping: sum, into: y)
  }

  /// `dy`: `[N, out]`; `dx`: `[N, in]`, overwritten, or added to when `accumulating`.
  func backward(
    _ dy: Operand, x: Operand, into dx: Matrix, accumulating: Bool = false, _ pass: BackwardPass
  ) {
    pass.context.inputGradient(
      dy, pass.weights.weight(weight), into: dx, accumulating: accumulating)
    pass.context.weightGradient(
      dy, x, into: pass.gradients[weight], bias: pass.gradients[bias])
  }

  /// The same where `x = f(sum)`; `dx`: `[N, in]`, d(loss)/d(sum), overwritten.
  func backward(
    _ dy: Operand, x: Operand, through activation: Activation, of sum: Operand, into dx: Operand,
    _ pass: BackwardPass
  ) {
    pass.context.inputGradient(
      dy, pass.weights.weight(weight), through: activation.function, of: sum, into: dx)
    pass.context.weightGradient(
      dy, x, into: pass.gradients[weight], bias: pass.gradients[bias])
  }
}
