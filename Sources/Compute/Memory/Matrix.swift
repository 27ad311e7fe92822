/// A view of a ``Buffer``: `rows` x `columns` floats, row-major, `stride` floats from row to row.
///
/// A vector of n elements is 1 x n. Copying a matrix copies the view, never the elements.
public struct Matrix {
  /// The memory.
  public let buffer: Buffer
  /// The first element's place in the buffer.
  public let offset: Int
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The distance between rows, in floats.
  public let stride: Int

  /// A view of part of a buffer.
  ///
  /// - Precondition: the view lies within the buffer and its rows do not overlap.
  public init(buffer: Buffer, offset: Int, rows: Int, columns: Int, stride: Int) {
    precondition(
      rows >= 0 && columns >= 0 && offset >= 0 && (stride >= columns || rows <= 1),
      "not a matrix: \(rows) x \(columns), stride \(stride), offset \(offset)")
    let end = rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns
    precondition(end <= buffer.count, "a matrix ends at float \(end) of \(buffer.count)")
    self.buffer = buffer
    self.offset = offset
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// A matrix of zeros in memory of its own.
  public init(rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "not a matrix: \(rows) x \(columns)")
    self.init(
      buffer: Buffer(count: rows * columns), offset: 0, rows: rows, columns: columns,
      stride: columns)
  }

  /// A matrix of given elements, row after row, in memory of its own.
  public init(rows: Int, columns: Int, values: [Float]) {
    self.init(rows: rows, columns: columns)
    assign(values)
  }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// Whether the elements follow one another without gaps.
  public var isContiguous: Bool { stride == columns || rows <= 1 }

  /// The view of some of the rows.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(
      buffer: buffer, offset: offset + range.lowerBound * stride, rows: range.count,
      columns: columns, stride: stride)
  }

  /// The view of some of the columns.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns, "columns \(range) of \(columns)")
    return Matrix(
      buffer: buffer, offset: offset + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  /// The same elements in another shape.
  ///
  /// - Precondition: the matrix is contiguous and the count stays.
  public func reshaped(rows newRows: Int, columns newColumns: Int) -> Matrix {
    precondition(
      isContiguous && newRows * newColumns == count,
      "\(rows) x \(columns) cannot become \(newRows) x \(newColumns)")
    return Matrix(
      buffer: buffer, offset: offset, rows: newRows, columns: newColumns, stride: newColumns)
  }
}

// MARK: - Elements

extension Matrix {
  /// The first element.
  var base: UnsafeMutablePointer<Float> { unsafe buffer.base + offset }

  /// The first element of a row.
  func row(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe base + index * stride }

  /// One element.
  public subscript(row: Int, column: Int) -> Float {
    get {
      checkPlace(row, column)
      return unsafe base[row * stride + column]
    }
    nonmutating set {
      checkPlace(row, column)
      unsafe base[row * stride + column] = newValue
      buffer.version &+= 1
    }
  }

  private func checkPlace(_ row: Int, _ column: Int) {
    precondition(
      row >= 0 && row < rows && column >= 0 && column < columns,
      "element (\(row), \(column)) of \(rows) x \(columns)")
  }

  /// The elements, row after row.
  public func values() -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: count) { target, initialized in
      if let start = target.baseAddress {
        for r in 0..<rows {
          unsafe (start + r * columns).initialize(from: row(r), count: columns)
        }
      }
      initialized = count
    }
  }

  /// Sets the elements, row after row.
  ///
  /// - Precondition: there are as many values as elements.
  public func assign(_ values: [Float]) {
    precondition(values.count == count, "\(values.count) values for \(rows) x \(columns)")
    buffer.version &+= 1
    unsafe values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      for r in 0..<rows { unsafe row(r).update(from: start + r * columns, count: columns) }
    }
  }

  /// Copies the elements of a matrix of the same shape.
  public func assign(from source: Matrix) {
    precondition(hasShape(of: source), "copying between matrices of different shapes")
    buffer.version &+= 1
    for r in 0..<rows { unsafe row(r).update(from: source.row(r), count: columns) }
  }

  /// Sets every element to `value`.
  public func fill(_ value: Float) {
    buffer.version &+= 1
    for r in 0..<rows { unsafe row(r).update(repeating: value, count: columns) }
  }

  /// Lends the elements, in place.
  ///
  /// - Precondition: the matrix is contiguous.
  public func withElements<R>(_ body: (inout MutableSpan<Float>) throws -> R) rethrows -> R {
    precondition(isContiguous, "the elements of a strided matrix are not one span")
    buffer.version &+= 1
    let elements = unsafe UnsafeMutableBufferPointer(start: base, count: count)
    var span = unsafe elements.mutableSpan
    return try body(&span)
  }

  /// Lends the elements, in place, to be read.
  ///
  /// - Precondition: the matrix is contiguous.
  public func withElementsToRead<R>(_ body: (Span<Float>) throws -> R) rethrows -> R {
    precondition(isContiguous, "the elements of a strided matrix are not one span")
    let elements = unsafe UnsafeBufferPointer(start: base, count: count)
    return try body(unsafe elements.span)
  }

  func hasShape(rows: Int, columns: Int) -> Bool { self.rows == rows && self.columns == columns }

  /// Whether rows and columns are those of `other`.
  func hasShape(of other: Matrix) -> Bool { rows == other.rows && columns == other.columns }
}
