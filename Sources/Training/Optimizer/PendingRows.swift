import Compute

/// The steps that rows of a table have still to take.
///
/// A step reaches few rows of a table. The others change by their moments and their decay alone, which
/// can wait until they are looked at: taken then one after the other, the steps give the same bits and
/// read the memory once.
struct PendingRows {
  /// The most steps that a row is behind.
  static let limit = 16

  /// The last steps, oldest first; no row is behind by more.
  private(set) var steps: [AdamStep] = []
  /// How many steps there were.
  private var count = 0
  /// How many of them a row has taken.
  private var taken: [Int]

  /// A table of so many rows, none of them behind.
  init(rows: Int) { taken = [Int](repeating: 0, count: rows) }

  /// Adds a step, which these rows have taken; they were not behind.
  mutating func add(_ step: AdamStep, takenBy rows: [Int32]) {
    steps.append(step)
    if steps.count > Self.limit { steps.removeFirst() }
    count += 1
    for row in rows { taken[Int(row)] = count }
  }

  /// The rows to bring up to date after a step: every row's turn comes once in `limit` steps, so
  /// that all steps have the same work.
  var due: Range<Int> {
    let turn = count % Self.limit
    return turn * taken.count / Self.limit..<(turn + 1) * taken.count / Self.limit
  }

  /// Those of the rows that are behind, with how many of `steps` each has taken; now they count as
  /// brought up to date.
  mutating func takeBehind(_ rows: some Sequence<Int>) -> (rows: [Int32], taken: [Int]) {
    var behind: (rows: [Int32], taken: [Int]) = ([], [])
    for row in rows where taken[row] < count {
      behind.rows.append(Int32(row))
      behind.taken.append(steps.count - (count - taken[row]))
      taken[row] = count
    }
    return behind
  }

  /// All rows.
  var all: Range<Int> { taken.indices }
}
