import Compute

/// The pointwise function of a feed-forward block (`hidden_act`).
enum Activation: String, Sendable, CaseIterable {
  /// `x * (1 + erf(x / sqrt 2)) / 2`, exactly.
  case gelu
  /// `max(x, 0)`.
  case relu

  /// The function at the end of a product.
  var function: PointwiseFunction {
    switch self {
    case .gelu: .gelu
    case .relu: .relu
    }
  }

  /// `y = f(x)`; `y` may be `x`.
  func forward(_ x: Matrix, into y: Matrix, on context: ComputeContext) {
    switch self {
    case .gelu: context.gelu(x, into: y)
    case .relu: context.relu(x, into: y)
    }
  }

  /// `dx = f'(x) dy`; `dx` may be `dy`.
  func backward(_ dy: Matrix, x: Matrix, into dx: Matrix, on context: ComputeContext) {
    switch self {
    case .gelu: context.geluBackward(dy, x, into: dx)
    case .relu: context.reluBackward(dy, x, into: dx)
    }
  }
}
