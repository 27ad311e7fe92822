import Testing

@testable import RandomStreams

struct RandomSequenceTests {
  private func sequence(_ purpose: String) -> RandomSequence {
    RandomStream(seed: 11, purpose: purpose).sequence(place: 3, site: 4)
  }

  @Test func `words are those of consecutive blocks`() {
    let stream = RandomStream(seed: 11, purpose: "words")
    var sequence = sequence("words")
    for index in 0..<3 {
      let block = stream.block(place: 3, site: 4, index: UInt32(index))
      for word in 0..<4 { #expect(sequence.nextWord() == block[word]) }
    }
    let block = stream.block(place: 3, site: 4, index: 3)
    #expect(sequence.next() == UInt64(block[0]) | UInt64(block[1]) << 32)
  }

  @Test func `uniform numbers fill the interval evenly`() {
    var sequence = sequence("uniform")
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<100_000 {
      let number = sequence.uniform()
      #expect(number >= 0 && number < 1)
      counts[Int(number * 10)] += 1
    }
    // Chi-squared with 9 degrees of freedom: 27.9 is exceeded once in a thousand streams.
    let chiSquared = counts.reduce(0.0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 }
    #expect(chiSquared < 27.9)
  }

  @Test func `normal numbers have the moments of the normal distribution`() {
    var sequence = sequence("normal")
    let count = 200_000
    var moments = [0.0, 0, 0, 0]
    for _ in 0..<count {
      let number = sequence.normal()
      var power = 1.0
      for order in 0..<4 {
        power *= number
        moments[order] += power / Double(count)
      }
    }
    for (moment, expected) in zip(moments, [0.0, 1, 0, 3]) {
      #expect(abs(moment - expected) < 0.05)
    }
  }

  /// Computed by Python's `statistics.NormalDist().inv_cdf`.
  @Test(arguments: [
    (1e-300, -37.0470962993612),
    (1e-12, -7.034483825301132),
    (0.001, -3.090232306167813),
    (0.0749, -1.4402382675279632),
    (0.2, -0.8416212335729142),
    (0.5, 0.0),
    (0.6, 0.2533471031357998),
    (0.9251, 1.4402382675279632),
    (0.999, 3.090232306167813),
    (0.9999999999999999, 8.209536151601386),
  ])
  func `the normal quantile is that of Python's statistics`(probability: Double, expected: Double) {
    #expect(abs(normalQuantile(probability) - expected) <= 2e-15 * max(1, abs(expected)))
  }

  @Test func `every number below a bound is equally likely`() {
    var sequence = sequence("below")
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[sequence.below(7)] += 1 }
    // Chi-squared with 6 degrees of freedom.
    let chiSquared = counts.reduce(0.0) { $0 + Double(($1 - 10_000) * ($1 - 10_000)) / 10_000 }
    #expect(chiSquared < 22.5)
    #expect(sequence.below(1) == 0)
  }

  /// A bound of 3 * 2^61 leaves a quarter of the raw numbers over; without rejection every third
  /// result would come twice as often as the others.
  @Test func `large bounds are unbiased`() {
    var sequence = sequence("large")
    let bound = 3 << 61
    var counts = [0, 0, 0]
    for _ in 0..<30_000 { counts[sequence.below(bound) % 3] += 1 }
    for count in counts { #expect(abs(count - 10_000) < 400) }
  }

  @Test func `the standard library shuffles with a sequence, every order equally likely`() {
    var sequence = sequence("three")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 { counts[[0, 1, 2].shuffled(using: &sequence), default: 0] += 1 }
    #expect(counts.count == 6)
    for count in counts.values { #expect(abs(count - 1000) < 130) }
  }
}
