/// Which rows of packed sequences attend, when not all do: R of the N rows.
///
/// Every one of them attends to all keys of its sequence; keys and values stay those of all N rows.
public struct QueryRows: Sendable {
  /// Rows of one sequence that follow one another among the R.
  struct Group: Sendable {
    let sequence: Int
    /// The first of them among the R.
    let start: Int
    let count: Int
    /// Floats of one head's score blocks that lie before this group's.
    let block: Int
  }

  /// In the order of the rows, and after them an empty group for every sequence without any.
  let groups: [Group]
  /// Of each of the R rows, its place within its sequence.
  let positions: [Int]
  /// Whether a sequence has more than one group, which backward does not allow.
  public let splitsSequences: Bool
  /// The size of one head's score blocks: the sum over the R rows of their sequences' keys.
  public let scoreCount: Int

  /// The number of rows, R.
  public var count: Int { positions.count }

  /// `rows` counts through all sequences, `[R]`; those of a sequence should follow one another.
  public init(_ rows: [Int32], of sequences: SequenceOffsets) {
    var groups: [Group] = []
    var positions: [Int] = []
    var scoreCount = 0
    var groupsOfSequence = [Int](repeating: 0, count: sequences.count)
    var next = 0
    while next < rows.count {
      let row = Int(rows[next])
      precondition(row >= 0 && row < sequences.tokens, "query row \(row) of \(sequences.tokens)")
      let sequence = sequences.sequence(of: row)
      let tokens = sequences.rows(of: sequence)
      let end = rows[next...].firstIndex { !tokens.contains(Int($0)) } ?? rows.count
      groups.append(
        Group(sequence: sequence, start: next, count: end - next, block: scoreCount))
      groupsOfSequence[sequence] += 1
      positions += rows[next..<end].map { Int($0) - tokens.lowerBound }
      scoreCount += (end - next) * sequences.keys(of: sequence)
      next = end
    }
    for sequence in groupsOfSequence.indices where groupsOfSequence[sequence] == 0 {
      groups.append(Group(sequence: sequence, start: next, count: 0, block: scoreCount))
    }
    self.groups = groups
    self.positions = positions
    self.scoreCount = scoreCount
    splitsSequences = groupsOfSequence.contains { $0 > 1 }
  }
}
