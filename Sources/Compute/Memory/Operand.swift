internal import CKernels

/// What a product reads: activations or their gradients, in the precision of the pass.
///
/// In fp32 an operand is the matrix itself; in bf16 it is written, rounded, by the kernel that
/// makes the numbers, so that no pass over memory is spent on conversion.
public enum Operand {
  /// Numbers as they are.
  case fp32(Matrix)
  /// Numbers rounded to bf16.
  case bf16(BF16Matrix)

  /// The number of rows.
  public var rows: Int {
    switch self {
    case .fp32(let matrix): matrix.rows
    case .bf16(let matrix): matrix.rows
    }
  }

  /// The number of columns.
  public var columns: Int {
    switch self {
    case .fp32(let matrix): matrix.columns
    case .bf16(let matrix): matrix.columns
    }
  }

  /// The type of its numbers.
  public var precision: Precision {
    switch self {
    case .fp32: .fp32
    case .bf16: .bf16
    }
  }

  /// The view of some of the columns.
  public func columns(_ range: Range<Int>) -> Operand {
    switch self {
    case .fp32(let matrix): .fp32(matrix.columns(range))
    case .bf16(let matrix): .bf16(matrix.columns(range))
    }
  }

  /// The view of the first rows.
  public func prefix(_ rows: Int) -> Operand {
    switch self {
    case .fp32(let matrix): .fp32(matrix.rows(0..<rows))
    case .bf16(let matrix): .bf16(matrix.prefix(rows))
    }
  }

  /// The elements as floats, row after row.
  public func values() -> [Float] {
    switch self {
    case .fp32(let matrix): matrix.values()
    case .bf16(let matrix): matrix.values()
    }
  }

  var stride: Int {
    switch self {
    case .fp32(let matrix): matrix.stride
    case .bf16(let matrix): matrix.stride
    }
  }

  /// Whether the elements follow one another without gaps.
  var isContiguous: Bool { stride == columns || rows <= 1 }

  /// An element's place in memory.
  func address(_ row: Int, _ column: Int) -> UnsafeRawPointer {
    switch self {
    case .fp32(let matrix): unsafe UnsafeRawPointer(matrix.row(row) + column)
    case .bf16(let matrix): unsafe UnsafeRawPointer(matrix.row(row) + column)
    }
  }

  /// Where a kernel writes a row, from a column on.
  func target(_ row: Int, _ column: Int = 0) -> ck_target {
    switch self {
    case .fp32(let matrix): unsafe ck_target(floats: matrix.row(row) + column, halves: nil)
    case .bf16(let matrix): unsafe ck_target(floats: nil, halves: matrix.row(row) + column)
    }
  }

  /// Where a kernel reads a row, from a column on.
  func source(_ row: Int, _ column: Int = 0) -> ck_source {
    switch self {
    case .fp32(let matrix): unsafe ck_source(floats: matrix.row(row) + column, halves: nil)
    case .bf16(let matrix): unsafe ck_source(floats: nil, halves: matrix.row(row) + column)
    }
  }

  func hasShape(of matrix: Matrix) -> Bool {
    rows == matrix.rows && columns == matrix.columns
  }
}

extension ck_target {
  /// Writes nothing.
  static var nowhere: ck_target { unsafe ck_target(floats: nil, halves: nil) }

  /// Makes the first elements zero.
  func clear(_ count: Int) {
    if let floats = unsafe floats { unsafe floats.update(repeating: 0, count: count) }
    if let halves = unsafe halves { unsafe halves.update(repeating: 0, count: count) }
  }

  /// A matrix's row, and beside it the operand's where that is another memory.
  init(_ matrix: Matrix, _ operand: Operand?, row: Int) {
    unsafe self.init(floats: matrix.row(row), halves: nil)
    if case .bf16(let halves)? = operand { unsafe self.halves = halves.row(row) }
  }
}

extension Arena {
  /// An operand, its contents undefined.
  public func operand(_ rows: Int, _ columns: Int, _ precision: Precision) -> Operand {
    switch precision {
    case .fp32: return .fp32(matrix(rows, columns))
    case .bf16:
      let memory = matrix(1, BF16Matrix.floats(rows, columns))
      return .bf16(
        BF16Matrix(
          buffer: memory.buffer, offset: 2 * memory.offset, rows: rows, columns: columns,
          stride: columns))
    }
  }
}

extension ComputeContext {
  /// Rounds a matrix into an operand; nothing happens where the operand is the matrix itself.
  public func copy(_ x: Matrix, into y: Operand) {
    precondition(y.hasShape(of: x), "an operand of another shape")
    switch y {
    case .fp32(let matrix):
      if matrix.buffer === x.buffer && matrix.offset == x.offset { return }
      matrix.assign(from: x)
    case .bf16(let halves):
      parallel(x.rows, by: rowsPerTile(x.columns)) { rows in
        unsafe ck_rows_to_bf16(
          rows.count, x.columns, x.row(rows.lowerBound), x.stride, halves.row(rows.lowerBound),
          halves.stride)
      }
    }
  }

  /// y += x; where `y` is of bf16 each sum is rounded once more.
  public func add(_ x: Matrix, into y: Operand) {
    precondition(y.hasShape(of: x), "an operand of another shape")
    switch y {
    case .fp32(let matrix): add(x, into: matrix)
    case .bf16(let halves):
      reserveScratch(x.columns)
      parallel(x.rows) { row, thread in
        let sum = unsafe scratch(of: thread)
        unsafe ck_from_bf16(x.columns, halves.row(row), sum)
        unsafe ck_add(x.columns, 1, x.row(row), sum)
        unsafe ck_to_bf16(x.columns, sum, halves.row(row))
      }
    }
  }
}
