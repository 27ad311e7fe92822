/// A weight matrix `[out, in]` of a layer, with the copies of it that products prefer.
public struct Weight {
  /// The numbers themselves.
  public let matrix: Matrix
  let copies: PackedCopies?

  /// A weight whose copies are kept in `copies`; without them every product makes its own.
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
    let library: ProductLibrary
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
    let stale = copies.copies.filter(\.value.isStale).map { ($0.value, packer($0.key.library)) }
    parallel(stale.count) { index, thread in
      let (copy, packer) = stale[index]
      if let packer { copy.make(by: packer, thread: thread) }
    }
  }

  /// Who packs for a library; nil for one that reads weights as they lie, or is not there.
  private func packer(_ library: ProductLibrary) -> (any PackingBackend)? {
    switch library {
    case .own: own
    case .openBLAS: nil
    case .oneDNN: oneDNN
    }
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
    // With gaps between the rows oneDNN would fall back to plain loops.
    var library = backend(
      for: purpose, rows: x.rows, depth: depth, columns: columns, precision: precision
    ).library
    if library == .oneDNN && !x.isContiguous { library = .own }
    guard let packer = packer(library) else {
      return unsafe RightOperand(
        backend: openBLAS, base: UnsafeRawPointer(matrix.base), stride: matrix.stride,
        isTransposed: isTransposed, isPacked: false, owner: matrix.buffer)
    }
    let packs = weight.copies ?? PackedCopies()
    let key = PackedCopies.Key(
      offset: matrix.offset, rows: matrix.rows, columns: matrix.columns,
      isTransposed: isTransposed, precision: precision, library: library)
    let copy =
      packs.copies[key]
      ?? PackedCopies.Copy(
        ProductShape(
          rows: 1, depth: depth, columns: columns, leftStride: depth, rightStride: matrix.stride,
          transposesRight: isTransposed, resultStride: columns, precision: precision,
          isPacked: true), matrix,
        floats: packer.packedSize(depth: depth, columns: columns, precision: precision))
    packs.copies[key] = copy
    if copy.isStale { copy.make(by: packer, thread: 0) }
    return unsafe RightOperand(
      backend: packer, base: UnsafeRawPointer(copy.memory.base), stride: columns,
      isTransposed: false, isPacked: true, owner: copy.memory)
  }
}
