internal import COpenBLAS

/// fp32 products by OpenBLAS: gradients of weights, and products that belong to no layer.
final class OpenBLASBackend: ProductBackend {
  init() {
    // The pool is the only parallelism: OpenBLAS's own would change the bits of a product.
    openblas_set_num_threads(1)
  }

  let library = ProductLibrary.openBLAS

  /// Such as `OpenBLAS 0.3.21 (Zen)`.
  static var libraryName: String {
    let configuration = unsafe openblas_get_config().map { unsafe String(cString: $0) } ?? ""
    // The configuration starts with name and version: "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...".
    let name = configuration.split(separator: " ").prefix(2).joined(separator: " ")
    return "\(name) (\(coreName))"
  }

  /// The processor core whose kernels it uses, such as `Zen`.
  static var coreName: String {
    unsafe openblas_get_corename().map { unsafe String(cString: $0) } ?? "unknown core"
  }

  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>, thread: Int
  ) {
    var shape = shape
    if let bias = unsafe bias {
      for row in 0..<shape.rows {
        unsafe (c + row * shape.resultStride).update(from: bias, count: shape.columns)
      }
      shape.isAccumulating = true
    }
    unsafe multiply(shape, scale: 1, a, b, into: c)
  }

  /// c = scale * a b, plus c if accumulating.
  func multiply(
    _ shape: ProductShape, scale: Float, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    into c: UnsafeMutablePointer<Float>
  ) {
    precondition(shape.precision == .fp32 && !shape.isPacked, "OpenBLAS multiplies fp32 rows")
    OpenBLASRoom.release()
    let left = unsafe a.assumingMemoryBound(to: Float.self)
    let right = unsafe b.assumingMemoryBound(to: Float.self)
    unsafe cblas_sgemm(
      CblasRowMajor, shape.transposesLeft ? CblasTrans : CblasNoTrans,
      shape.transposesRight ? CblasTrans : CblasNoTrans, Int32(shape.rows), Int32(shape.columns),
      Int32(shape.depth), scale, left, Int32(max(1, shape.leftStride)), right,
      Int32(max(1, shape.rightStride)), shape.isAccumulating ? 1 : 0, c,
      Int32(max(1, shape.resultStride)))
  }
}
