internal import CKernels

/// A view of a ``Buffer`` as `rows` x `columns` bf16 numbers, row-major, two to a float.
///
/// It is written by the kernel that makes an operand and read by products, by nothing else.
public struct BF16Matrix {
  /// The memory.
  public let buffer: Buffer
  /// The first element's place in the buffer, in bf16 numbers.
  let offset: Int
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The distance between rows, in bf16 numbers.
  let stride: Int

  /// A matrix of zeros in memory of its own.
  public init(rows: Int, columns: Int) {
    self.init(
      buffer: Buffer(count: Self.floats(rows, columns)), offset: 0, rows: rows, columns: columns,
      stride: columns)
  }

  init(buffer: Buffer, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(
      rows >= 0 && columns >= 0 && offset >= 0 && (stride >= columns || rows <= 1),
      "not a bf16 matrix: \(rows) x \(columns), stride \(stride), offset \(offset)")
    let end = rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns
    precondition(end <= 2 * buffer.count, "a matrix ends at half \(end) of \(2 * buffer.count)")
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The floats of memory that hold a matrix.
  static func floats(_ rows: Int, _ columns: Int) -> Int { (rows * columns + 1) / 2 }

  /// The first element of a row.
  func row(_ index: Int) -> UnsafeMutablePointer<UInt16> {
    unsafe UnsafeMutableRawPointer(buffer.base).assumingMemoryBound(to: UInt16.self)
      + (offset + index * stride)
  }

  /// The view of the first rows.
  func prefix(_ count: Int) -> BF16Matrix {
    precondition(count >= 0 && count <= rows, "\(count) rows of \(rows)")
    return BF16Matrix(
      buffer: buffer, offset: offset, rows: count, columns: columns, stride: stride)
  }

  /// The view of some of the columns.
  func columns(_ range: Range<Int>) -> BF16Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return BF16Matrix(
      buffer: buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  /// The elements as floats, row after row.
  public func values() -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: rows * columns) { target, initialized in
      if let start = target.baseAddress {
        for index in 0..<rows { unsafe ck_from_bf16(columns, row(index), start + index * columns) }
      }
      initialized = rows * columns
    }
  }
}
