/// Where each sequence of a packed batch begins: among the rows, and among the score blocks.
///
/// A sequence may have rows that are not attended to, padding, after those that are: its keys. All its
/// rows attend.
public struct SequenceOffsets: Sendable {
  /// First row of each sequence, and at the end the number of rows.
  public let starts: [Int]
  /// Prefix sums of the sizes of score blocks, rows x keys, beginning with 0: without padding, of the
  /// squared lengths.
  public let squared: [Int]
  /// The sequences, longest first: the order in which attention takes them up.
  let byLength: [Int]
  /// Keys of each sequence; nil where all rows are keys.
  private let keyCounts: [Int]?

  /// Lays sequences of the given lengths one after the other.
  ///
  /// - Parameters:
  ///   - lengths: rows of each sequence.
  ///   - keys: how many of them, the first ones, are attended to; all where nil.
  public init(lengths: [Int], keys: [Int]? = nil) {
    precondition(keys.map { $0.count == lengths.count } ?? true, "keys of other sequences")
    var starts = [0]
    var squared = [0]
    for (sequence, length) in lengths.enumerated() {
      let keys = keys?[sequence] ?? length
      precondition(keys > 0 && keys <= length, "a sequence of length \(length), \(keys) keys")
      starts.append((starts.last ?? 0) + length)
      squared.append((squared.last ?? 0) + length * keys)
    }
    self.starts = starts
    self.squared = squared
    keyCounts = keys
    byLength = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  }

  /// The number of sequences.
  public var count: Int { starts.count - 1 }
  /// The number of rows of all sequences.
  public var tokens: Int { starts[count] }
  /// The size of one head's score blocks: without padding the sum of the squared lengths.
  public var squaredTotal: Int { squared[count] }
  /// The length of the longest sequence; 0 if there is none.
  public var longest: Int { byLength.first.map { length(of: $0) } ?? 0 }
  /// The length of every sequence.
  public var lengths: [Int] { (0..<count).map { length(of: $0) } }

  /// Whether there is padding.
  public var isPadded: Bool { keyCounts != nil }
  /// How many of a sequence's rows are attended to: its first ones.
  public func keys(of sequence: Int) -> Int { keyCounts?[sequence] ?? length(of: sequence) }
  /// The size of a head's score block of one sequence.
  func area(of sequence: Int) -> Int { squared[sequence + 1] - squared[sequence] }

  /// The rows of one sequence.
  func rows(of sequence: Int) -> Range<Int> { starts[sequence]..<starts[sequence + 1] }

  /// The sequence of one of the rows.
  func sequence(of row: Int) -> Int {
    var candidates = 0..<count
    while candidates.count > 1 {
      let middle = candidates.lowerBound + candidates.count / 2
      candidates =
        starts[middle] <= row
        ? middle..<candidates.upperBound : candidates.lowerBound..<middle
    }
    return candidates.lowerBound
  }

  /// The length of one sequence.
  public func length(of sequence: Int) -> Int { starts[sequence + 1] - starts[sequence] }
}
