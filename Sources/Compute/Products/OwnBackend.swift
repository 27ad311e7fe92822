internal import CKernels

/// fp32 products of layers by our own kernel, with packed weights.
///
/// A row's result does not depend on which other rows are in its product, nor on where they are:
/// that is why it is here. OpenBLAS's kernels for AVX2 (0.3.21: Haswell, Zen) round the rows of one
/// tile differently, whatever its height, and oneDNN's do so too; on AVX-512 oneDNN keeps it.
final class OwnBackend: PackingBackend {
  let library = ProductLibrary.own

  func packedSize(depth: Int, columns: Int, precision: Precision) -> Int {
    ck_panels_size(depth, columns)
  }

  func pack(
    _ shape: ProductShape, _ b: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>,
    thread: Int
  ) {
    if shape.transposesRight {
      unsafe ck_pack_transposed_panels(shape.depth, shape.columns, b, shape.rightStride, packed)
    } else {
      unsafe ck_pack_panels(shape.depth, shape.columns, b, shape.rightStride, packed)
    }
  }

  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>, thread: Int
  ) {
    precondition(shape.precision == .fp32 && shape.isPacked, "our kernel multiplies packed fp32")
    var product = unsafe ck_panel_product(
      rows: shape.rows, columns: shape.columns, depth: shape.depth,
      a: a.assumingMemoryBound(to: Float.self), a_ld: shape.leftStride,
      panels: b.assumingMemoryBound(to: Float.self), bias: bias,
      accumulates: shape.isAccumulating, c: c, c_ld: shape.resultStride)
    unsafe ck_multiply_panels(&product)
  }
}
