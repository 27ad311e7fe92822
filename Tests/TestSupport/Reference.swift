import Foundation

/// A matrix in double precision with the plainest possible arithmetic: what kernels are held to.
public struct Reference: Sendable, Equatable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The elements, row after row.
  public var values: [Double]

  /// A matrix of given elements.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(values.count == rows * columns, "\(values.count) for \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A matrix of given single-precision elements.
  public init(rows: Int, columns: Int, _ values: [Float]) {
    self.init(rows: rows, columns: columns, values: values.map(Double.init))
  }

  /// A matrix whose elements are computed.
  public init(rows: Int, columns: Int, _ element: (Int, Int) -> Double) {
    self.init(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { element($0 / columns, $0 % columns) })
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  /// One row.
  public func row(_ index: Int) -> [Double] {
    Array(values[index * columns..<(index + 1) * columns])
  }

  /// Some rows and columns.
  public func block(rows r: Range<Int>, columns c: Range<Int>) -> Reference {
    Reference(rows: r.count, columns: c.count) { self[r.lowerBound + $0, c.lowerBound + $1] }
  }

  /// The transpose.
  public var transposed: Reference { Reference(rows: columns, columns: rows) { self[$1, $0] } }

  /// The matrix product.
  public func times(_ other: Reference) -> Reference {
    precondition(columns == other.rows, "\(columns) columns times \(other.rows) rows")
    return Reference(rows: rows, columns: other.columns) { i, j in
      (0..<columns).reduce(0) { $0 + self[i, $1] * other[$1, j] }
    }
  }

  /// The sum of two matrices.
  public func plus(_ other: Reference) -> Reference {
    Reference(rows: rows, columns: columns, values: zip(values, other.values).map { $0 + $1 })
  }

  /// The sum with a row vector.
  public func plus(row: [Double]) -> Reference {
    Reference(rows: rows, columns: columns) { self[$0, $1] + row[$1] }
  }

  /// Every element changed alike.
  public func map(_ change: (Double) -> Double) -> Reference {
    Reference(rows: rows, columns: columns, values: values.map(change))
  }

  /// x W^T + b.
  public func linear(weight: Reference, bias: [Double]) -> Reference {
    times(weight.transposed).plus(row: bias)
  }

  /// The softmax of every row.
  public var softmax: Reference {
    var result = self
    for r in 0..<rows {
      let largest = row(r).max() ?? 0
      let sum = row(r).reduce(0) { $0 + exp($1 - largest) }
      for c in 0..<columns { result[r, c] = exp(self[r, c] - largest) / sum }
    }
    return result
  }

  /// GELU with the error function.
  public var gelu: Reference { map { $0 * 0.5 * erfc(-$0 / 2.0.squareRoot()) } }

  /// The layer norm of every row, biased variance, epsilon inside the root.
  public func layerNorm(weight: [Double], bias: [Double], epsilon: Double) -> Reference {
    var result = self
    for r in 0..<rows {
      let mean = row(r).reduce(0, +) / Double(columns)
      let variance = row(r).reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
      for c in 0..<columns {
        result[r, c] = (self[r, c] - mean) / (variance + epsilon).squareRoot() * weight[c] + bias[c]
      }
    }
    return result
  }

  /// The columns of each row's `count` largest elements, by a full sort: equal ones as they stand.
  public func topEntries(_ count: Int) -> [[Int]] {
    (0..<rows).map { r in
      let order = (0..<columns).sorted {
        self[r, $0] != self[r, $1] ? self[r, $0] > self[r, $1] : $0 < $1
      }
      return Array(order.prefix(count))
    }
  }
}

/// The gradient of `function` at `point` by central differences.
public func centralDifferences(
  at point: [Double], step: Double = 1e-5, _ function: ([Double]) -> Double
) -> [Double] {
  point.indices.map { index in
    var moved = point
    moved[index] = point[index] + step
    let above = function(moved)
    moved[index] = point[index] - step
    return (above - function(moved)) / (2 * step)
  }
}
