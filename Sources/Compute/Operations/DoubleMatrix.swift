internal import COpenBLAS

/// A matrix in double precision, row-major, for what is computed once and not in every step.
///
/// Its products and its decomposition are those of OpenBLAS and LAPACK on one thread: the same numbers give
/// the same bits.
public struct DoubleMatrix: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The elements, row after row.
  public var values: [Double]

  /// A matrix of given elements.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(
      rows > 0 && columns > 0 && values.count == rows * columns,
      "\(values.count) elements are no \(rows) x \(columns) matrix")
    (self.rows, self.columns, self.values) = (rows, columns, values)
  }

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: [Double](repeating: 0, count: rows * columns))
  }

  /// The elements of a matrix of floats.
  public init(_ matrix: Matrix) {
    self.init(rows: matrix.rows, columns: matrix.columns, values: matrix.values().map(Double.init))
  }

  /// A matrix with `diagonal` on its diagonal and zeros elsewhere.
  public init(diagonal: [Double]) {
    self.init(rows: diagonal.count, columns: diagonal.count)
    for (index, value) in diagonal.enumerated() { self[index, index] = value }
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      rows: range.count, columns: columns,
      values: Array(values[range.lowerBound * columns..<range.upperBound * columns]))
  }

  /// Some of the columns.
  public func columns(_ range: Range<Int>) -> DoubleMatrix {
    transposed.rows(range).transposed
  }

  /// Rows become columns.
  public var transposed: DoubleMatrix {
    var result = DoubleMatrix(rows: columns, columns: rows)
    for row in 0..<rows {
      for column in 0..<columns { result[column, row] = self[row, column] }
    }
    return result
  }

  /// Every element times a factor.
  public func scaled(by factor: Double) -> DoubleMatrix {
    DoubleMatrix(rows: rows, columns: columns, values: values.map { factor * $0 })
  }

  /// The product of two matrices.
  public static func * (left: DoubleMatrix, right: DoubleMatrix) -> DoubleMatrix {
    precondition(
      left.columns == right.rows,
      "\(left.rows) x \(left.columns) times \(right.rows) x \(right.columns)")
    SingleThread.begin()
    var result = DoubleMatrix(rows: left.rows, columns: right.columns)
    unsafe cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(left.rows), Int32(right.columns),
      Int32(left.columns), 1, left.values, Int32(left.columns), right.values,
      Int32(right.columns), 0, &result.values, Int32(right.columns))
    return result
  }

  /// The eigenvalues of a symmetric matrix, ascending, and its eigenvectors, a row each, of length 1; only the
  /// lower triangle is read.
  ///
  /// - Returns: Both; `nil` where the numbers are so far apart that the library finds none.
  public func symmetricEigen() -> (values: [Double], vectors: DoubleMatrix)? {
    precondition(rows == columns, "a \(rows) x \(columns) matrix is not symmetric")
    SingleThread.begin()
    var (found, vectors) = ([Double](repeating: 0, count: rows), values)
    guard Self.decompose(&vectors, &found), found.allSatisfy(\.isFinite) else { return nil }
    return (found, DoubleMatrix(rows: rows, columns: rows, values: vectors))
  }

  /// Eigenvalues, ascending, and in the place of a symmetric matrix its eigenvectors, a row each.
  private static func decompose(_ matrix: inout [Double], _ values: inout [Double]) -> Bool {
    // A lower triangle by rows is an upper one by columns, as LAPACK has it.
    var (job, half): (CChar, CChar) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "U")))
    var (order, stride) = (Int32(values.count), Int32(values.count))
    var (workCount, integerCount): (Int32, Int32) = (-1, -1)
    var (work, integers): ([Double], [Int32]) = ([0], [0])
    var fault: Int32 = 0
    unsafe dsyevd_(
      &job, &half, &order, &matrix, &stride, &values, &work, &workCount, &integers, &integerCount,
      &fault)
    guard fault == 0 else { return false }
    (workCount, integerCount) = (Int32(work[0]), integers[0])
    work = [Double](repeating: 0, count: Int(workCount))
    integers = [Int32](repeating: 0, count: Int(integerCount))
    unsafe dsyevd_(
      &job, &half, &order, &matrix, &stride, &values, &work, &workCount, &integers, &integerCount,
      &fault)
    return fault == 0
  }
}

/// Keeps the library to one thread.
enum SingleThread {
  /// The pool is the only parallelism, see `OpenBLASBackend`.
  static func begin() {
    openblas_set_num_threads(1)
    OpenBLASRoom.release()
  }
}
