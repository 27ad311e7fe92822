import Testing
import Training

@Suite struct PairedBootstrapTests {
  @Test
  func `a paired bootstrap's interval is that of the normal approximation for many examples`() {
    // 1,000 examples: the first is right where the second is wrong on 120, the reverse on 70.
    let first = (0..<1000).map { $0 < 120 || $0 >= 190 }
    let second = (0..<1000).map { $0 >= 120 }
    let interval = PairedBootstrap(first, second, resamples: 4000, seed: 1)
    #expect(interval.difference == 0.05)
    // Standard error sqrt((0.19 - 0.05^2) / 1000) = 0.01369; 1.96 of them = 0.0268.
    #expect(abs(interval.lower - (0.05 - 0.0268)) < 0.0025)
    #expect(abs(interval.upper - (0.05 + 0.0268)) < 0.0025)
    #expect(interval == PairedBootstrap(first, second, resamples: 4000, seed: 1))
    #expect(interval != PairedBootstrap(first, second, resamples: 4000, seed: 2))
    let none = PairedBootstrap(first, first, resamples: 10)
    #expect(none.difference == 0 && none.lower == 0 && none.upper == 0)
  }

  @Test func `pooled runs are resampled by example, so repeating a run narrows nothing`() {
    let first = (0..<400).map { $0 % 5 != 0 }
    let second = (0..<400).map { $0 % 3 != 0 }
    let one = PairedBootstrap(first, second, resamples: 500)
    let three = PairedBootstrap(
      runs: [(first, second), (first, second), (first, second)], resamples: 500)
    #expect(abs(three.difference - one.difference) < 1e-12)
    #expect(abs(three.lower - one.lower) < 1e-12 && abs(three.upper - one.upper) < 1e-12)
    let opposite = PairedBootstrap(runs: [(first, second), (second, first)], resamples: 50)
    #expect(opposite.difference == 0 && opposite.lower == 0 && opposite.upper == 0)
  }
}
