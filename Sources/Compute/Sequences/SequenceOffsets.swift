/// Where each sequence of a packed batch begins: among the rows, and among the score blocks.
public struct SequenceOffsets: Sendable {
  /// First row of each sequence, and at the end the number of rows.
  public let starts: [Int]
  /// Prefix sums of the squared lengths, beginning with 0.
  public let squared: [Int]
  /// The sequences, longest first: the order in which attention takes them up.
  let byLength: [Int]

  /// Lays sequences of the given lengths one after the other.
  public init(lengths: [Int]) {
    var starts = [0]
    var squared = [0]
    for length in lengths {
      precondition(length > 0, "a sequence of length \(length)")
      starts.append((starts.last ?? 0) + length)
      squared.append((squared.last ?? 0) + length * length)
    }
    self.starts = starts
    self.squared = squared
    byLength = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  }

  /// The number of sequences.
  public var count: Int { starts.count - 1 }
  /// The number of rows of all sequences.
  public var tokens: Int { starts[count] }
  /// The sum of the squared lengths: the size of one head's score blocks.
  public var squaredTotal: Int { squared[count] }
  /// The length of the longest sequence; 0 if there is none.
  public var longest: Int { byLength.first.map { length(of: $0) } ?? 0 }
  /// The length of every sequence.
  public var lengths: [Int] { (0..<count).map { length(of: $0) } }

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
