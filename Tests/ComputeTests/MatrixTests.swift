import Testing

@testable import Compute

struct MatrixTests {
  @Test func `views see the elements they name`() {
    let matrix = Matrix(rows: 3, columns: 4, values: (0..<12).map(Float.init))
    #expect(matrix.rows(1..<3).columns(1..<3).values() == [5, 6, 9, 10])
    #expect(matrix.reshaped(rows: 2, columns: 6)[1, 0] == 6)
    matrix.rows(1..<2)[0, 3] = -1
    #expect(matrix[1, 3] == -1)
    matrix.columns(0..<1).fill(9)
    #expect(matrix.values() == [9, 1, 2, 3, 9, 5, 6, -1, 9, 9, 10, 11])
    matrix.columns(2..<4).assign(from: matrix.columns(0..<2))
    #expect(matrix.values() == [9, 1, 9, 1, 9, 5, 9, 5, 9, 9, 9, 9])
  }

  @Test func `elements are lent in place`() {
    let matrix = Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4])
    let count = matrix.rows(1..<2).withElements { elements in
      elements[0] = 30
      return elements.count
    }
    #expect(count == 2)
    #expect(matrix.values() == [1, 2, 30, 4])
  }
}

struct ArenaTests {
  @Test func `after the first round nothing is allocated`() {
    let arena = Arena()
    func round() -> [Matrix] {
      arena.reset()
      return [1000, 1_500_000, 17].map { arena.matrix(1, $0) }
    }
    _ = round()
    _ = round()
    let mark = arena.highWaterMark
    let capacity = arena.capacity
    let first = round().map { ObjectIdentifier($0.buffer) }
    #expect(round().map { ObjectIdentifier($0.buffer) } == first)
    #expect(arena.highWaterMark == mark)
    #expect(arena.capacity == capacity)
  }

  @Test func `pieces do not overlap and start on cache lines`() {
    let arena = Arena()
    let pieces = (1...40).map { arena.matrix(1, $0) }
    for (index, piece) in pieces.enumerated() { piece.fill(Float(index)) }
    for (index, piece) in pieces.enumerated() {
      #expect(piece.values().allSatisfy { $0 == Float(index) })
      #expect(piece.offset % 16 == 0)
    }
  }

  @Test func `reserved room is used before anything is allocated`() {
    let arena = Arena()
    arena.reserve(5_000_000)
    let capacity = arena.capacity
    _ = arena.matrix(1000, 5000)
    #expect(arena.capacity == capacity)
  }
}

struct SequenceOffsetsTests {
  @Test func `rows and score blocks follow one another`() {
    let offsets = SequenceOffsets(lengths: [3, 1, 4])
    #expect(offsets.starts == [0, 3, 4, 8])
    #expect(offsets.squared == [0, 9, 10, 26])
    #expect(offsets.tokens == 8)
    #expect(offsets.longest == 4)
    #expect(offsets.lengths == [3, 1, 4])
    #expect(offsets.byLength == [2, 0, 1])
    #expect(SequenceOffsets(lengths: []).longest == 0)
  }
}
