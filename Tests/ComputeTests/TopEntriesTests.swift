import Compute
import TestSupport
import Testing

@Suite struct TopEntriesTests {
  let context = ComputeContext(threads: 2)

  @Test(arguments: [1, 5, 15, 16, 63, 64, 65, 127, 300, 5000], [1, 2, 15, 64, 400])
  func `takes what a stable full sort takes, with many ties`(columns: Int, count: Int) {
    var numbers = ArbitraryNumbers(UInt64(columns))
    let x = Matrix(7, columns, 1, strided: true)
    // 200 values: in the long rows most places are tied.
    x.assign((0..<x.count).map { _ in Float(numbers.below(200)) - 100 })
    #expect(context.topEntries(of: x, count: count) == x.reference.topEntries(count))
  }

  @Test func `rising and falling rows, the worst and the best for a threshold, come out in order`()
  {
    let rising = (0..<1000).map { Float($0) }
    let x = Matrix(rows: 2, columns: 1000, values: rising + rising.reversed())
    #expect(
      context.topEntries(of: x, count: 3) == [[999, 998, 997], [0, 1, 2]])
  }

  @Test func `NaN is never taken, and a row gives what it has`() {
    let x = Matrix(
      rows: 3, columns: 4,
      values: [.nan, 1, .nan, 2, .nan, -.infinity, .infinity, .nan, .nan, .nan, .nan, .nan])
    #expect(context.topEntries(of: x, count: 3) == [[3, 1], [2, 1], []])
    let long = Matrix(rows: 1, columns: 300)
    long.fill(.nan)
    long[0, 70] = -.infinity
    long[0, 299] = -5
    #expect(context.topEntries(of: long, count: 2) == [[299, 70]])
    #expect(context.topEntries(of: long, count: 1) == [[299]])
    #expect(context.topEntries(of: Matrix(rows: 2, columns: 0), count: 2) == [[], []])
  }

  @Test func `thread count makes no difference`() {
    let x = Matrix(33, 3000, 5)
    let expected = x.reference.topEntries(15)
    for threads in [1, 2, 4] {
      #expect(ComputeContext(threads: threads).topEntries(of: x, count: 15) == expected)
    }
  }
}
