internal import CKernels

/// Functions of one number, taken of every element of a matrix or at the end of a product.
public enum PointwiseFunction: Sendable {
  /// x Phi(x), with the exact normal distribution (Hendrycks and Gimpel 2016).
  case gelu
  /// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, which comes near it (ibidem).
  case geluTanh
  /// x / (1 + exp(-x)).
  case silu
  /// max(x, 0).
  case relu
}

extension PointwiseFunction {
  typealias Forward = (
    Int, UnsafePointer<Float>?, UnsafePointer<Float>?, ck_target, ck_target
  ) -> Void
  typealias Backward = (Int, UnsafePointer<Float>?, ck_source, ck_target) -> Void

  func forward(_ precision: Precision) -> Forward {
    switch (self, precision) {
    case (.gelu, .fp32): { unsafe ck_gelu($0, $1, $2, $3, $4) }
    case (.gelu, .bf16): { unsafe ck_gelu_bf16($0, $1, $2, $3.halves, $4.halves) }
    case (.geluTanh, _): { unsafe ck_gelu_tanh($0, $1, $2, $3, $4) }
    case (.silu, _): { unsafe ck_silu($0, $1, $2, $3, $4) }
    case (.relu, _): { unsafe ck_relu($0, $1, $2, $3, $4) }
    }
  }

  func backward(_ precision: Precision) -> Backward {
    switch (self, precision) {
    case (.gelu, .fp32): { unsafe ck_gelu_backward($0, $1, $2, $3) }
    case (.gelu, .bf16): { unsafe ck_gelu_backward_bf16($0, $1, $2.halves, $3.halves) }
    case (.geluTanh, _): { unsafe ck_gelu_tanh_backward($0, $1, $2, $3) }
    case (.silu, _): { unsafe ck_silu_backward($0, $1, $2, $3) }
    case (.relu, _): { unsafe ck_relu_backward($0, $1, $2, $3) }
    }
  }
}

extension ComputeContext {
  /// y = f(x); `y` may be `x`.
  public func apply(_ function: PointwiseFunction, to x: Matrix, into y: Matrix) {
    let kernel = unsafe function.forward(.fp32)
    forEachRun([x, y]) { row, column, count in
      unsafe kernel(count, x.row(row) + column, nil, .nowhere, Operand.fp32(y).target(row, column))
    }
  }

  /// dx = dy f'(x); `dx` may be `dy`.
  public func applyBackward(
    _ function: PointwiseFunction, _ dy: Matrix, at x: Matrix, into dx: Matrix
  ) {
    let kernel = unsafe function.backward(.fp32)
    forEachRun([dy, x, dx]) { row, column, count in
      unsafe kernel(
        count, dy.row(row) + column, Operand.fp32(x).source(row, column),
        Operand.fp32(dx).target(row, column))
    }
  }
}
