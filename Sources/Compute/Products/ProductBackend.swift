/// The shape of one product c = op(a) op(b), c += op(a) op(b) or c = op(a) op(b) + bias, as a library
/// sees it.
struct ProductShape: Hashable {
  var rows: Int
  var depth: Int
  var columns: Int
  /// a is `[rows, depth]`, or `[depth, rows]` if transposed; its rows are `leftStride` apart.
  var leftStride: Int
  var transposesLeft = false
  /// b is `[depth, columns]`, or `[columns, depth]` if transposed.
  var rightStride: Int
  var transposesRight = false
  var resultStride: Int
  /// Of a and b; c is fp32.
  var precision: Precision
  /// Whether b is in the order that the library prefers.
  var isPacked = false
  var isAccumulating = false
  /// Whether a row is added to every row of c.
  var hasBias = false
}

/// A library that multiplies matrices on the calling thread alone.
protocol ProductBackend: AnyObject {
  /// Which library it is.
  var library: ProductLibrary { get }

  /// Computes one product of a tile; `thread` is the pool thread that asks.
  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>, thread: Int)
}

/// A library that multiplies faster by a right operand in an order of its own.
protocol PackingBackend: ProductBackend {
  /// The floats of memory that hold b, `[depth, columns]`, in that order.
  func packedSize(depth: Int, columns: Int, precision: Precision) -> Int

  /// Brings b, fp32 and plain as `shape` says, into that order and precision.
  func pack(
    _ shape: ProductShape, _ b: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>,
    thread: Int)
}

/// The libraries that products may be computed by.
public enum ProductLibrary: String, Sendable, CaseIterable {
  /// Our own kernel; gradients of weights are OpenBLAS's where it is chosen.
  case own = "distill"
  /// OpenBLAS.
  case openBLAS = "OpenBLAS"
  /// oneDNN.
  case oneDNN = "oneDNN"

  /// Whether it computes these products of a layer.
  public func computes(_ operation: ProductRecord.Operation) -> Bool {
    self != .own || operation != .weightGradient
  }

  /// In which numbers it multiplies here; none if it is not there.
  public var precisions: [Precision] {
    switch self {
    case .own, .openBLAS: return [.fp32]
    case .oneDNN:
      #if canImport(COneDNN)
      guard OneDNNBackend.isUsable else { return [] }
      return ComputeContext.obstacleToBF16 == nil ? [.fp32, .bf16] : [.fp32]
      #else
      return []
      #endif
    }
  }
}

/// What a product is for; libraries differ in what they are good at.
enum ProductPurpose {
  /// y = x W^T.
  case forward
  /// dx = dy W.
  case inputGradient
  /// dW = dy^T x.
  case weightGradient
}
