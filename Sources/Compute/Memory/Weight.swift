/// A weight matrix `[out, in]` of a layer, with the copies of it that products prefer.
public struct Weight {
  /// The numbers themselves.
  public let matrix: Matrix
  let copies: PackedCopies?

  /// A weight whose copies are kept in `copies`; without them products read the matrix as it lies.
  public init(_ matrix: Matrix, copies: PackedCopies? = nil) {
    self.matrix = matrix
    self.copies = copies
  }
}

/// Copies of weights in the order and the precision in which a backend reads them fastest.
///
/// A copy is made when a product first asks for it, and made again once the memory that it copies
/// has changed: a teacher's weights are packed once, a student's once per step.
public final class PackedCopies {
  fileprivate struct Key: Hashable {
    let offset: Int
    let rows: Int
    let columns: Int
    let isTransposed: Bool
    let precision: Precision
  }

  /// One copy, and the version of the weights it was made of.
  fileprivate final class Copy {
    let shape: ProductShape
    let matrix: Matrix
    let memory: Buffer
    var version: UInt64?

    init(_ shape: ProductShape, _ matrix: Matrix, floats: Int) {
      self.shape = shape
      self.matrix = matrix
      memory = Buffer(count: floats)
    }

    var isStale: Bool { version != matrix.buffer.version }

    func make(by backend: any PackingBackend, thread: Int) {
      unsafe backend.pack(shape, matrix.base, into: memory.base, thread: thread)
      version = matrix.buffer.version
    }
  }

  fileprivate var copies: [Key: Copy] = [:]

  /// No copies yet.
  public init() {}

  /// The floats of memory that the copies take.
  public var count: Int { copies.values.reduce(0) { $0 + $1.memory.count } }
}

/// The right operand of a product and who computes it.
@safe struct RightOperand {
  let backend: any ProductBackend
  let base: UnsafeRawPointer
  let stride: Int
  let isTransposed: Bool
  let isPacked: Bool
  /// The memory behind `base`.
  let owner: Buffer
}

extension ComputeContext {
  /// Makes copies anew whose weights have changed since, all threads at work.
  ///
  /// Products would make them one by one.
  public func refresh(_ copies: PackedCopies) {
    guard let oneDNN else { return }
    let stale = copies.copies.values.filter(\.isStale)
    parallel(stale.count) { index, thread in stale[index].make(by: oneDNN, thread: thread) }
  }

  /// op(W) as the right operand of a product: W^T for the forward pass, W for the input's gradient.
  func rightOperand(
    _ weight: Weight, for purpose: ProductPurpose, of x: Operand
  ) -> RightOperand {
    let precision = x.precision
    let matrix = weight.matrix
    let isTransposed = purpose == .forward
    let depth = isTransposed ? matrix.columns : matrix.rows
    let columns = isTransposed ? matrix.rows : matrix.columns
    precondition(precision == .fp32 || x.isContiguous, "a bf16 product of strided rows")
    let backend =
      x.isContiguous
      ? backend(
        for: purpose, rows: x.rows, depth: depth, columns: columns, precision: precision)
      : openBLAS
    let packs = weight.copies ?? (precision == .bf16 ? PackedCopies() : nil)
    guard backend !== openBLAS, let oneDNN, let packs else {
      return unsafe RightOperand(
        backend: openBLAS, base: UnsafeRawPointer(matrix.base), stride: matrix.stride,
        isTransposed: isTransposed, isPacked: false, owner: matrix.buffer)
    }
    let key = PackedCopies.Key(
      offset: matrix.offset, rows: matrix.rows, columns: matrix.columns,
      isTransposed: isTransposed, precision: precision)
    let copy =
      packs.copies[key]
      ?? PackedCopies.Copy(
        ProductShape(
          rows: 1, depth: depth, columns: columns, leftStride: depth, rightStride: matrix.stride,
          transposesRight: isTransposed, resultStride: columns, precision: precision,
          isPacked: true), matrix,
        floats: oneDNN.packedSize(depth: depth, columns: columns, precision: precision))
    packs.copies[key] = copy
    if copy.isStale { copy.make(by: oneDNN, thread: 0) }
    return unsafe RightOperand(
      backend: oneDNN, base: UnsafeRawPointer(copy.memory.base), stride: columns,
      isTransposed: false, isPacked: true, owner: copy.memory)
  }
}
