import Compute
import Testing
import Text

@testable import Stages

@Suite struct RowSampleTests {
  private func sample(_ limit: String?, of count: Int, seed: UInt64 = 1) throws -> [LabelledRow] {
    var sample = RowSample(limit.flatMap(RowAmount.init), seed: seed)
    for row in 0..<count {
      try sample.see(LabelledRow(text: "row \(row)", label: "\(row % 3)", line: row + 2))
    }
    #expect(sample.total == count)
    return sample.taken()
  }

  @Test func `a sample does not hang on how many rows are kept meanwhile`() throws {
    // 5,000 of 60,000 are drawn piece by piece, a share of them at the end.
    let rows = try sample("5000", of: 60_000)
    #expect(rows.count == 5000)
    #expect(try sample("8.3333%", of: 60_000) == rows)
    #expect(zip(rows, rows.dropFirst()).allSatisfy { $0.line < $1.line })
    #expect(try sample("100%", of: 500).count == 500)
    #expect(try sample(nil, of: 500).count == 500)
  }

  @Test func `every row is as probable as another`() throws {
    var counts = [Int](repeating: 0, count: 40)
    for seed in 0..<2000 {
      for row in try sample("10", of: 40, seed: UInt64(seed)) { counts[row.line - 2] += 1 }
    }
    // 500 each, with a deviation of 19.4.
    #expect(counts.allSatisfy { abs($0 - 500) < 90 }, "\(counts)")
  }

  @Test func `rows that leave no room for what they become are refused, with a cure`() throws {
    var all = RowSample(nil, seed: 1)
    for row in 0..<1000 { try all.see(LabelledRow(text: "row \(row)", line: row)) }
    let shortage = #expect(throws: MemoryShortage.self) { try all.requireRoom(available: 200_000) }
    #expect(
      shortage?.description.contains("first 1,000 rows alone needs 0 MB") == true
        && shortage?.description.contains("take a part of them (--limit 100000)") == true,
      "\(String(describing: shortage))")
    // The cure: a limit keeps few.
    var few = RowSample(.count(10), seed: 1)
    for row in 0..<10_000 { try few.see(LabelledRow(text: "row \(row)", line: row)) }
    _ = few.taken()
    try few.requireRoom(available: 200_000)
  }
}
