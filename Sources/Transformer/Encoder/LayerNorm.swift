import Compute

/// `y = g (s - mean(s)) / sqrt(var(s) + epsilon) + b` over the channels of each row, where
/// `s = dropout(x) + residual`; the variance is biased and epsilon stands inside the root.
struct LayerNorm: Sendable {
  let weight: Parameter  // [C]
  let bias: Parameter  // [C]
  let epsilon: Float

  /// What backward needs.
  struct Record {
    let sum: Matrix  // [N, C]; forward's `x` may be this matrix
    let mean: Matrix  // [1, N]
    let inverseDeviation: Matrix  // [1, N]

    init(rows: Int, columns: Int, in arena: Arena) {
      sum = arena.matrix(rows, columns)
      mean = arena.matrix(1, rows)
      inverseDeviation = arena.matrix(1, rows)
    }
  }

  init(_ name: String, channels: Int, epsilon: Double, in layout: inout ParameterLayout) {
    weight = layout.declare(
      "\(name).weight", shape: [channels], decays: false, initialization: .ones)
    bias = layout.declare("\(name).bias", shape: [channels], decays: false, initialization: .zeros)
    self.epsilon = Float(epsilon)
  }

  var parameters: [Parameter] { [weight, bias] }

  /// `x`, `residual`, `y`: `[N, C]`; `y` is overwritten, and so is `operand`, the same for products.
  func forward(
    _ x: Matrix, residual: Matrix? = nil, dropout: Dropout? = nil, into y: Matrix,
    operand: Operand? = nil, _ record: Record, _ pass: ForwardPass
  ) {
    pass.context.residualLayerNorm(
      x, residual: residual, dropout: dropout, weight: pass.weights[weight],
      bias: pass.weights[bias], epsilon: epsilon, sum: record.sum, mean: record.mean,
      inverseDeviation: record.inverseDeviation, into: y, operand: operand)
  }

  /// `dsum`: `[N, C]`, overwritten: the gradient of `residual`; `dx`: `[N, C]`, overwritten: the
  /// gradient of `x`, behind its dropout mask.
  func backward(
    _ dy: Matrix, into dsum: Matrix, dropout: Dropout? = nil, dx: Operand? = nil,
    _ record: Record, _ pass: BackwardPass
  ) {
    pass.context.layerNormBackward(
      dy, sum: record.sum, mean: record.mean, inverseDeviation: record.inverseDeviation,
      weight: pass.weights[weight], into: dsum, weightGradient: pass.gradients[weight],
      biasGradient: pass.gradients[bias], dropout: dropout, dx: dx)
  }
}
