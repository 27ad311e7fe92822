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

  /// `x`: `[N, in]`; `y`: `[N, out]`, overwritten.
  func forward(_ x: Matrix, into y: Matrix, _ pass: ForwardPass) {
    pass.context.linear(x, weight: pass.weights[weight], bias: pass.weights[bias], into: y)
  }

  /// `dy`: `[N, out]`; `dx`: `[N, in]`, overwritten, or added to when `accumulating`.
  func backward(
    _ dy: Matrix, x: Matrix, into dx: Matrix, accumulating: Bool = false, _ pass: BackwardPass
  ) {
    pass.context.linearBackward(
      dy, x: x, weight: pass.weights[weight], intoInput: dx, accumulatingInput: accumulating,
      weightGradient: pass.gradients[weight], biasGradient: pass.gradients[bias])
  }
}
