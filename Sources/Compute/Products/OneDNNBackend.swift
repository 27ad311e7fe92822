#if canImport(COneDNN)
internal import COneDNN

/// Products by oneDNN: bf16, and fp32 where it is faster than OpenBLAS.
///
/// A product is compiled for its shape, within a millisecond, and kept by the thread that uses
/// it. What varies from batch to batch, the rows of a product or the reduction of a weight
/// gradient, is therefore cut into pieces of few different sizes.
final class OneDNNBackend: PackingBackend {
  private let threads: [OneDNNThread]

  /// Nil where the library would start threads of its own.
  init?(threads: Int) {
    guard Self.isUsable else { return nil }
    self.threads = (0..<threads).map { _ in OneDNNThread() }
  }

  /// The engine that everything belongs to; nil if the library wants threads of its own.
  ///
  /// Made once; any thread may use it.
  nonisolated(unsafe) fileprivate static let engine = unsafe dn_start()
  /// Whether the library can be used.
  static var isUsable: Bool { unsafe engine != nil }

  let library = ProductLibrary.oneDNN

  /// Such as `oneDNN 2.6.3`.
  static var libraryName: String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    _ = unsafe dn_version(&major, &minor, &patch)
    return "oneDNN \(major).\(minor).\(patch)"
  }

  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>, thread: Int
  ) {
    let own = threads[thread]
    var part = shape
    if shape.isPacked {
      // With gaps between the rows of a it would fall back to plain loops.
      precondition(
        shape.leftStride == shape.depth || shape.rows <= 1, "a packed product of strided rows")
      part.leftStride = shape.depth
      if Self.roundsByHeight(shape) {
        return unsafe multiplyByEqualHeights(part, a, b, bias: bias, into: c, on: own)
      }
      // Rows: what makes a multiple of 16, then the rest.
      let whole = shape.rows / 16 * 16
      part.rows = whole
      if whole > 0 { unsafe own.multiply(part, a, b, bias: bias, into: c) }
      part.rows = shape.rows - whole
      guard part.rows > 0 else { return }
      unsafe own.multiply(
        part, a + whole * shape.leftStride * shape.elementSize, b, bias: bias,
        into: c + whole * shape.resultStride)
    } else {
      precondition(
        shape.transposesLeft && !shape.transposesRight && !shape.hasBias, "not a weight gradient")
      // The reduction of a weight gradient, summed piece by piece in a fixed order.
      var done = 0
      while done < shape.depth {
        let left = shape.depth - done
        part.depth = left >= Self.reduction ? Self.reduction : left < 16 ? left : left / 16 * 16
        part.isAccumulating = shape.isAccumulating || done > 0
        unsafe own.multiply(
          part, a + done * shape.leftStride * shape.elementSize,
          b + done * shape.rightStride * shape.elementSize, bias: nil, into: c)
        done += part.depth
      }
    }
  }

  /// Whether the library would round a row by how many there are: AMX does where the reduction is long
  /// or short, or the columns are few (found with oneDNN 2.6.3; `RowIndependenceTests` tries it).
  private static func roundsByHeight(_ shape: ProductShape) -> Bool {
    ComputeContext.hasAMX && shape.precision == .bf16
      && (!(256...2048).contains(shape.depth) || shape.columns < 256)
  }

  /// The rows of every product where their number would show.
  private static let equalHeight = 64

  /// A packed product by products of the same number of rows, the last ones filled up.
  private func multiplyByEqualHeights(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>, on own: OneDNNThread
  ) {
    var part = shape
    part.rows = Self.equalHeight
    for first in stride(from: 0, to: shape.rows, by: part.rows) {
      let rows = min(part.rows, shape.rows - first)
      let from = unsafe a + first * shape.leftStride * shape.elementSize
      let to = unsafe c + first * shape.resultStride
      if rows == part.rows {
        unsafe own.multiply(part, from, b, bias: bias, into: to)
      } else {
        unsafe own.multiplyFilledUp(part, rows: rows, from, b, bias: bias, into: to)
      }
    }
  }

  /// The longest piece of a reduction: what a thread copies of both operands stays in its cache.
  private static let reduction = 512

  func packedSize(depth: Int, columns: Int, precision: Precision) -> Int {
    let shape = Self.packedShape(depth: depth, columns: columns, precision: precision)
    return threads[0].packedSize(shape)
  }

  func pack(
    _ shape: ProductShape, _ b: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>,
    thread: Int
  ) {
    var wanted = unsafe Self.packedShape(
      depth: shape.depth, columns: shape.columns, precision: shape.precision
    ).described
    dn_use_one_thread()
    let status = unsafe dn_pack(
      &wanted, threads[thread].stream, b, Int64(shape.transposesRight ? 1 : shape.rightStride),
      Int64(shape.transposesRight ? shape.rightStride : 1), packed)
    precondition(status == 0, "oneDNN could not pack \(shape): status \(status)")
  }

  /// The order of a packed operand depends on its own shape alone, so any number of rows will do.
  private static func packedShape(
    depth: Int, columns: Int, precision: Precision
  ) -> ProductShape {
    ProductShape(
      rows: 64, depth: depth, columns: columns, leftStride: depth, rightStride: columns,
      resultStride: columns, precision: precision, isPacked: true)
  }
}

/// What one pool thread owns: its compiled products and their scratch memory.
@safe private final class OneDNNThread {
  let stream = unsafe dn_stream(OneDNNBackend.engine)
  private var products: [ProductShape: CompiledProduct] = [:]
  private var scratch = Buffer(count: 0)
  private var filledUp = Buffer(count: 0)

  func multiply(
    _ shape: ProductShape, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>
  ) {
    dn_use_one_thread()
    let product = product(shape)
    if scratch.count < product.scratch { scratch = Buffer(count: product.scratch) }
    let status = unsafe dn_execute(product.handle, stream, a, b, bias, c, scratch.base)
    precondition(status == 0, "oneDNN could not multiply \(shape): status \(status)")
  }

  /// The first rows of a product, the others made up.
  func multiplyFilledUp(
    _ shape: ProductShape, rows: Int, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer,
    bias: UnsafePointer<Float>?, into c: UnsafeMutablePointer<Float>
  ) {
    let bytes = shape.rows * shape.depth * shape.elementSize
    let left = (bytes + 63) / 64 * 16
    if filledUp.count < left + shape.rows * shape.columns {
      filledUp = Buffer(count: left + shape.rows * shape.columns)
    }
    let given = rows * shape.depth * shape.elementSize
    let from = unsafe UnsafeMutableRawPointer(filledUp.base)
    let to = unsafe filledUp.base + left
    unsafe from.copyMemory(from: a, byteCount: given)
    unsafe (from + given).initializeMemory(as: UInt8.self, repeating: 0, count: bytes - given)
    var whole = shape
    whole.resultStride = shape.columns
    for row in 0..<rows where shape.isAccumulating {
      unsafe (to + row * shape.columns).update(
        from: c + row * shape.resultStride, count: shape.columns)
    }
    unsafe multiply(whole, from, b, bias: bias, into: to)
    for row in 0..<rows {
      unsafe (c + row * shape.resultStride).update(
        from: to + row * shape.columns, count: shape.columns)
    }
  }

  /// The floats that hold the right operand of a packed product.
  func packedSize(_ shape: ProductShape) -> Int {
    dn_use_one_thread()
    return unsafe (product(shape).handle.pointee.packed_bytes + 3) / 4
  }

  private func product(_ shape: ProductShape) -> CompiledProduct {
    if let known = products[shape] { return known }
    let made = CompiledProduct(shape)
    products[shape] = made
    return made
  }
}

/// A product that oneDNN compiled for one shape.
@safe private final class CompiledProduct {
  let handle: UnsafeMutablePointer<dn_product>

  /// - Precondition: the library has the memory for it.
  init(_ shape: ProductShape) {
    var description = unsafe shape.described
    var made: UnsafeMutablePointer<dn_product>?
    let status = unsafe dn_create(&description, &made)
    guard let made = unsafe made else {
      preconditionFailure("oneDNN could not prepare \(shape): status \(status)")
    }
    unsafe handle = made
  }

  deinit { unsafe dn_destroy(handle) }

  /// The floats of scratch memory it needs.
  var scratch: Int { unsafe (handle.pointee.scratch_bytes + 3) / 4 }
}

extension ProductShape {
  /// Bytes of an element of a or b.
  fileprivate var elementSize: Int { precision == .bf16 ? 2 : 4 }

  fileprivate var described: dn_shape {
    unsafe dn_shape(
      engine: OneDNNBackend.engine, rows: Int64(rows), depth: Int64(depth), columns: Int64(columns),
      a_row: Int64(transposesLeft ? 1 : leftStride),
      a_column: Int64(transposesLeft ? leftStride : 1),
      b_row: Int64(transposesRight ? 1 : rightStride),
      b_column: Int64(transposesRight ? rightStride : 1), c_row: Int64(resultStride),
      is_bf16: precision == .bf16, is_packed: isPacked, is_accumulating: isAccumulating,
      has_bias: hasBias)
  }
}
#endif
