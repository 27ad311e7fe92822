/// Rows of differing lengths, laid end to end.
public struct Ragged<Element: Sendable & Equatable>: Sendable, Equatable {
  /// All rows, one after the other.
  public private(set) var values: [Element] = []
  /// Start of each row in `values`, and the end of the last: one more than there are rows.
  public private(set) var offsets = [0]

  /// No rows.
  public init() {}

  /// Wraps flat arrays.
  ///
  /// - Parameters:
  ///   - values: all rows, one after the other.
  ///   - offsets: ascending, from 0 to `values.count`; one more than there are rows.
  public init(values: [Element], offsets: [Int]) {
    precondition(offsets.first == 0 && offsets.last == values.count, "offsets do not span the rows")
    precondition(zip(offsets, offsets.dropFirst()).allSatisfy { $0 <= $1 }, "offsets that fall")
    self.values = values
    self.offsets = offsets
  }

  /// How many rows there are.
  public var count: Int { offsets.count - 1 }

  /// The row with this number.
  public subscript(row: Int) -> ArraySlice<Element> { values[offsets[row]..<offsets[row + 1]] }

  /// Adds a row at the end.
  public mutating func append(_ row: some Collection<Element>) {
    values += row
    offsets.append(values.count)
  }
}
