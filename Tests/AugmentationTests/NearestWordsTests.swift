import Compute
import RandomStreams
import Testing

@testable import Augmentation

@Suite struct NearestWordsTests {
  /// Normal vectors of unit length; some rows repeat earlier ones, so there are exact ties.
  static func table(_ rows: Int, _ dimension: Int) -> [[Float]] {
    var draws = RandomStream(seed: 3, purpose: "vectors").sequence()
    var table: [[Float]] = []
    for row in 0..<rows {
      let fresh = unitVector((0..<dimension).map { _ in Float(draws.normal()) }) ?? []
      table.append(row % 7 == 6 ? table[row / 2] : fresh)
    }
    return table
  }

  /// Cosines in Double, a full sort, the asking row left out.
  static func naive(_ table: [[Float]], _ query: [Float], excluding: Int?, count: Int) -> [Int] {
    func norm(_ x: [Float]) -> Double {
      x.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let cosines = table.map { row in
      zip(row, query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / norm(row) / norm(query)
    }
    let order = table.indices.filter { $0 != excluding }.sorted {
      cosines[$0] != cosines[$1] ? cosines[$0] > cosines[$1] : $0 < $1
    }
    return Array(order.prefix(count))
  }

  @Test(arguments: [(500, 50, 100), (500, 50, 77), (40, 300, 1 << 15), (3, 8, 2), (1, 4, 1)])
  func `agrees with a full sort of cosines in Double`(rows: Int, dimension: Int, block: Int) {
    let table = Self.table(rows, dimension)
    let context = ComputeContext(threads: 1)
    let search = NearestWords(
      table: Matrix(rows: rows, columns: dimension, values: table.flatMap(\.self)),
      blockRows: block, on: context)
    let asked = Array(0..<min(rows, 70))
    let questions = asked.map { row in
      NearestWords.Query(vector: table[row].map { $0 * 3 }, excluded: row)
    }
    let found = search.neighbours(of: questions, count: 15)
    #expect(found.count == asked.count)
    for row in asked {
      #expect(found[row] == Self.naive(table, table[row], excluding: row, count: 15))
    }
  }

  @Test func `a question's answer does not depend on the questions around it`() {
    let table = Self.table(300, 32)
    let matrix = Matrix(rows: 300, columns: 32, values: table.flatMap(\.self))
    let one = NearestWords(table: matrix, on: ComputeContext(threads: 1))
    let two = NearestWords(table: matrix, on: ComputeContext(threads: 2))
    let questions = (0..<80).map { NearestWords.Query(vector: table[$0], excluded: $0) }
    let together = one.neighbours(of: questions, count: 10)
    for (question, expected) in zip(questions, together) {
      #expect(one.neighbours(of: [question], count: 10) == [expected])
    }
    #expect(two.neighbours(of: questions, count: 10) == together)
  }

  @Test func `a zero vector has no neighbours`() {
    let search = NearestWords(
      table: Matrix(rows: 2, columns: 2, values: [1, 0, 0, 1]), on: ComputeContext(threads: 1))
    let questions = [
      NearestWords.Query(vector: [0, 0], excluded: nil),
      NearestWords.Query(vector: [0, 5], excluded: nil),
    ]
    #expect(search.neighbours(of: questions, count: 2) == [[], [1, 0]])
  }
}
