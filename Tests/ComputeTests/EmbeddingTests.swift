import Compute
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: awkwardSizes + [312])
  func `rows are gathered from three tables and added`(columns: Int) {
    let word = Matrix(50, columns, 1)
    let position = Matrix(20, columns, 2)
    let type = Matrix(2, columns, 3)
    let rows = 77
    let ids = (0..<rows).map { Int32($0 * 13 % 50) }
    let positions = (0..<rows).map { Int32($0 % 20) }
    let types = (0..<rows).map { Int32($0 / 11 % 2) }
    let y = Matrix(rows, columns, 4, strided: true)
    context.gatherEmbeddings(
      word: word, position: position, type: type, ids: ids, positions: positions, types: types,
      into: y)
    for r in 0..<rows {
      for c in 0..<columns {
        let expected =
          word[Int(ids[r]), c] + position[Int(positions[r]), c] + type[Int(types[r]), c]
        #expect(abs(y[r, c] - expected) < 1e-6)
      }
    }
    let gathered = Matrix(rows, columns, 5, strided: true)
    context.gatherRows(word, rows: ids, into: gathered)
    #expect(gathered[rows - 1, columns - 1] == word[Int(ids[rows - 1]), columns - 1])
  }

  @Test(arguments: awkwardSizes + [312])
  func `gradients are added to the rows they came from`(columns: Int) {
    let rows = 90
    let ids = (0..<rows).map { Int32($0 * $0 % 7) }
    let dy = Matrix(rows, columns, 1, strided: true)
    let table = Matrix(9, columns, 2)
    var expected = table.reference
    for r in 0..<rows {
      for c in 0..<columns { expected[Int(ids[r]), c] += Double(dy[r, c]) }
    }
    context.scatterAdd(dy, rows: ids, into: table)
    let comparison = Comparison(table.values(), expected.values, within: .forward)
    #expect(comparison.isClose, "\(comparison)")
  }

  @Test func `scattered sums have the same bits at any number of threads`() {
    let dy = Matrix(900, 312, 1)
    let ids = (0..<900).map { Int32($0 * $0 % 7) }
    #expect(
      isSameAtAnyThreadCount { context in
        let table = Matrix(rows: 9, columns: 312)
        context.scatterAdd(dy, rows: ids, into: table)
        return table.values()
      })
  }
}
