import Testing
import Training

@Suite struct BootstrapTests {
  private func share(_ right: [Bool], _ drawn: [Int]) -> Double {
    Double(drawn.count { right[$0] }) / Double(drawn.count)
  }

  @Test func `the interval of a difference is that of the normal approximation for many rows`() {
    // 1,000 rows: the first is right where the second is wrong on 120, the reverse on 70.
    let first = (0..<1000).map { $0 < 120 || $0 >= 190 }
    let second = (0..<1000).map { $0 >= 120 }
    let difference = { (drawn: [Int]) in share(first, drawn) - share(second, drawn) }
    let interval = Bootstrap(count: 1000, resamples: 4000, seed: 1, statistic: difference)
    #expect(abs(interval.value - 0.05) < 1e-12)
    // Standard error sqrt((0.19 - 0.05^2) / 1000) = 0.01369; 1.96 of them = 0.0268.
    #expect(abs(interval.lower - (0.05 - 0.0268)) < 0.0025)
    #expect(abs(interval.upper - (0.05 + 0.0268)) < 0.0025)
    #expect(interval == Bootstrap(count: 1000, resamples: 4000, seed: 1, statistic: difference))
    #expect(interval != Bootstrap(count: 1000, resamples: 4000, seed: 2, statistic: difference))
    let none = Bootstrap(count: 1000, resamples: 10) { _ in 0 }
    #expect(none.value == 0 && none.lower == 0 && none.upper == 0)
  }

  @Test func `seeds are resampled by row, so repeating one narrows nothing`() {
    let first = (0..<400).map { $0 % 5 != 0 }
    let second = (0..<400).map { $0 % 3 != 0 }
    let one = Bootstrap(count: 400, resamples: 500) { share(first, $0) - share(second, $0) }
    let three = Bootstrap(count: 400, resamples: 500) { drawn in
      (0..<3).map { _ in share(first, drawn) - share(second, drawn) }.reduce(0, +) / 3
    }
    #expect(abs(three.value - one.value) < 1e-12)
    #expect(abs(three.lower - one.lower) < 1e-12 && abs(three.upper - one.upper) < 1e-12)
  }

  @Test func `a draw whose figure is no number is left out`() {
    // A share of the odd rows that are right: undefined where no odd row is drawn.
    let interval = Bootstrap(count: 3, resamples: 200) { drawn in
      let odd = drawn.filter { $0 == 1 }
      return odd.isEmpty ? .nan : 1
    }
    #expect(interval.value == 1 && interval.lower == 1 && interval.upper == 1)
    let never = Bootstrap(count: 3, resamples: 20) { _ in .nan }
    #expect(never.value.isNaN && never.lower.isNaN && never.upper.isNaN)
  }
}
