import Compute

/// The pointwise function of a feed-forward block (`hidden_act`), by the names of transformers, which
/// has several for some.
enum Activation: String, Sendable, CaseIterable {
  case gelu
  case geluPython = "gelu_python"
  case geluNew = "gelu_new"
  case geluFast = "gelu_fast"
  case geluAccurate = "gelu_accurate"
  case geluTorchTanh = "gelu_pytorch_tanh"
  case geluPythonTanh = "gelu_python_tanh"
  case relu
  case silu
  case swish

  /// What is computed, also at the end of a product.
  var function: PointwiseFunction {
    switch self {
    case .gelu, .geluPython: .gelu
    case .geluNew, .geluFast, .geluAccurate, .geluTorchTanh, .geluPythonTanh: .geluTanh
    case .relu: .relu
    case .silu, .swish: .silu
    }
  }
}
