import TestSupport
import Testing
import Training

@testable import Tasks

@Suite struct SpearmanOfDrawsTests {
  /// `RegressionMetrics.spearman` is held to SciPy in `MetricsOracleTests`.
  @Test(arguments: [(1, 1), (2, 2), (3, 2), (7, 3), (200, 5), (300, 100_000)])
  func `the intervals are to the bit those of drawing the numbers and sorting them`(
    count: Int, distinct: Int
  ) {
    var numbers = ArbitraryNumbers(3)
    let x = (0..<count).map { _ in Double(numbers.below(distinct)) }
    let y = (0..<count).map { _ in Double(numbers.below(5)) / 4 }
    var correlation = SpearmanOfDraws(x, y)
    var undefined = 0
    var equal = 0
    let interval = Bootstrap(count: count, resamples: 200) { drawn in
      let (own, expected) = (
        correlation(drawn),
        RegressionMetrics.spearman(drawn.map { x[$0] }, drawn.map { y[$0] })
      )
      undefined += own.isNaN ? 1 : 0
      equal += own.bitPattern == expected.bitPattern || own.isNaN && expected.isNaN ? 1 : 0
      return own
    }
    #expect(equal == 201)
    #expect(undefined == 201 || !interval.lower.isNaN)
    if count == 1 { #expect(undefined == 201) }
    if count == 200 { #expect(undefined == 0) }
  }
}
