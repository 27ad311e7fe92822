import Compute
import Testing

@testable import Training

@Suite struct HardRowsTests {
  private let count = 40

  private func order(seed: UInt64 = 7) -> DataOrder {
    DataOrder(count: count, examplesPerStep: 8, seed: seed)
  }

  private func visited(_ rows: HardRows, epoch: Int, seed: UInt64 = 7) -> [Int] {
    (0..<count).map { rows.example(at: $0, epoch: epoch, of: order(seed: seed)) }
  }

  /// Rows of which the number divided by 3 leaves 1 are the hardest, the greater the harder.
  private func noted(share: Double) -> HardRows {
    let rows = HardRows(examples: count, share: share)
    for row in 0..<count { rows.record(Double(row % 3 == 1 ? 100 + row : row), of: row) }
    return rows
  }

  @Test func `the first epoch visits every row once, in the usual order`() {
    let rows = noted(share: 0.3)
    #expect(visited(rows, epoch: 0) == (0..<count).map { order().example(at: $0, epoch: 0) })
  }

  @Test func `the front has a place of its own each, the others are drawn without replacement`() {
    let rows = noted(share: 0.3)
    let front = Set((0..<count).filter { $0 % 3 == 1 }.suffix(12))
    #expect(rows.frontCount == 12)
    for epoch in 1..<60 {
      var counts = [Int](repeating: 0, count: count)
      for row in visited(rows, epoch: epoch) { counts[row] += 1 }
      #expect(counts.reduce(0, +) == count)
      for (row, visits) in counts.enumerated() {
        #expect(front.contains(row) ? (1...2).contains(visits) : (0...1).contains(visits))
      }
    }
  }

  @Test func `a row of the front comes 2 - share times on average, any other 1 - share times`() {
    let (rows, epochs) = (noted(share: 0.25), 4000)
    let front = Set((0..<count).filter { $0 % 3 == 1 }.suffix(10))
    var counts = [Int](repeating: 0, count: count)
    for epoch in 1...epochs {
      for row in visited(rows, epoch: epoch) { counts[row] += 1 }
    }
    // Each epoch draws a row with probability 0.75: deviation 27.4, of which 5 are allowed.
    for (row, visits) in counts.enumerated() {
      let mean = (front.contains(row) ? 1.75 : 0.75) * Double(epochs)
      #expect(abs(Double(visits) - mean) < 137, "row \(row): \(visits)")
    }
  }

  @Test func `what is noted while an epoch runs counts for the next`() {
    let rows = noted(share: 0.3)
    let before = visited(rows, epoch: 1)
    for row in 0..<count { rows.record(Double(count - row), of: row) }
    #expect(visited(rows, epoch: 1) == before)
    let after = visited(rows, epoch: 2)
    for row in 0..<12 { #expect(after.contains(row)) }
  }

  @Test func `equal rows are ranked by number, unknown ones last, and no number is no distance`() {
    let rows = HardRows(examples: count, share: 0.1)
    for row in [30, 20] { rows.record(1, of: row) }
    rows.record(0, of: 35)
    for (row, value) in [(1, Double.nan), (2, .infinity), (3, -.infinity)] {
      rows.record(value, of: row)
    }
    #expect(rows.divergences.values()[1...3].allSatisfy { $0 == -1 })
    var always = Set(0..<count)
    for epoch in 1..<200 { always.formIntersection(visited(rows, epoch: epoch)) }
    #expect(always == [20, 30, 35, 0])
  }

  @Test func `another one with the same matrices goes on as the first would have`() {
    let rows = noted(share: 0.3)
    let first = visited(rows, epoch: 3)
    rows.record(1000, of: 0)
    let again = HardRows(examples: count, share: 0.3)
    for (from, to) in zip(rows.tensors, again.tensors) { to.values.assign(from: from.values) }
    #expect(visited(again, epoch: 3) == first)
    #expect(visited(again, epoch: 4) == visited(rows, epoch: 4))
    // Even where a stranger made them.
    again.ranked.fill(.nan)
    let broken = HardRows(examples: count, share: 0.3)
    for (from, to) in zip(again.tensors, broken.tensors) { to.values.assign(from: from.values) }
    #expect(visited(broken, epoch: 4).allSatisfy((0..<count).contains))
  }
}
