import RandomStreams
import Testing

@Suite struct RandomPermutationTests {
  private func entries(_ count: Int, _ purpose: String = "order", epoch: UInt64 = 2) -> [Int] {
    let stream = RandomStream(seed: 7, purpose: purpose, epoch: epoch)
    let permutation = RandomPermutation(count: count, stream: stream)
    return (0..<count).map { permutation[$0] }
  }

  @Test func `every number occurs once, for all small counts and around powers of two and four`() {
    for count in Array(0...300) + [1023, 1024, 1025, 4095, 4096, 4097, 65_537, 1 << 18, 600_000] {
      var seen = [Bool](repeating: false, count: count)
      for number in entries(count) { seen[number] = true }
      #expect(seen.allSatisfy { $0 }, "\(count)")
    }
  }

  @Test func `the numbers are those that an independent program computes`() {
    let stream = RandomStream(seed: 7, purpose: "order", epoch: 2)
    let first = { (count: Int, places: Int) in
      (0..<places).map { RandomPermutation(count: count, stream: stream)[$0] }
    }
    #expect(first(10, 10) == [3, 0, 9, 5, 8, 4, 7, 2, 1, 6])
    #expect(first(1000, 5) == [673, 672, 717, 727, 576])
    #expect(
      first(1 << 40, 5) == [
        86_485_064_749,
        992_228_948_980,
        901_943_908_496,
        97_102_786_950,
        934_040_141_294,
      ])
    #expect(
      first(1 << 62, 5) == [
        3_300_427_269_676_160_620,
        4_104_260_738_957_723_087,
        4_281_439_581_616_382_962,
        791_058_005_418_104_586,
        2_040_425_941_919_954_339,
      ])
  }

  @Test func `every permutation of three and of four is equally likely`() {
    for (count, orders) in [(3, 6), (4, 24)] {
      var counts: [[Int]: Int] = [:]
      let draws = 1000 * orders
      for epoch in 0..<draws { counts[entries(count, epoch: UInt64(epoch)), default: 0] += 1 }
      #expect(counts.count == orders)
      let chiSquare = counts.values.reduce(0.0) { $0 + square(Double($1) - 1000) / 1000 }
      // As many degrees of freedom, less one; five standard deviations.
      let freedom = Double(orders - 1)
      #expect(chiSquare < freedom + 5 * (2 * freedom).squareRoot(), "\(count): \(chiSquare)")
    }
  }

  /// What is measured of an order, each value about N(0, 1) for a fair shuffle.
  private func scores(_ order: [Int]) -> [(name: String, value: Double)] {
    let count = Double(order.count)
    let middle = (count - 1) / 2
    let variance = (count * count - 1) / 12
    var (displacement, place, neighbour, second) = (0.0, 0.0, 0.0, 0.0)
    for (index, number) in order.enumerated() {
      let centred = Double(number) - middle
      displacement += abs(Double(number - index))
      place += centred * (Double(index) - middle)
      if index > 0 { neighbour += centred * (Double(order[index - 1]) - middle) }
      if index > 1 { second += centred * (Double(order[index - 2]) - middle) }
    }
    let scale = variance * count.squareRoot()
    // Diaconis and Graham 1977: mean (n^2 - 1) / 3 and variance (n + 1) (2 n^2 + 7) / 45.
    let spread = ((count + 1) * (2 * count * count + 7) / 45).squareRoot()
    return [
      ("displacement", (displacement - (count * count - 1) / 3) / spread),
      ("correlation with the place", place / scale),
      ("correlation with the neighbour", neighbour / scale),
      ("correlation with the neighbour but one", second / scale),
      ("differences of neighbours", differences(order)),
    ]
  }

  /// Chi-square of the differences of neighbours, circular, over 64 equal bins, as a score.
  private func differences(_ order: [Int]) -> Double {
    let bins = 64
    var counts = [Int](repeating: 0, count: bins)
    for (one, next) in zip(order, order.dropFirst()) {
      counts[((next - one + order.count) % order.count) * bins / order.count] += 1
    }
    let expected = Double(order.count - 1) / Double(bins)
    let chiSquare = counts.reduce(0.0) { $0 + square(Double($1) - expected) / expected }
    let freedom = Double(bins - 1)
    return (chiSquare - freedom) / (2 * freedom).squareRoot()
  }

  private func square(_ value: Double) -> Double { value * value }

  @Test(arguments: [1000, 4096, 65_536, 100_003])
  func `an order is as far from sorted as a fair shuffle`(count: Int) {
    for epoch in 0..<5 {
      for score in scores(entries(count, epoch: UInt64(epoch))) {
        #expect(abs(score.value) < 4.5, "epoch \(epoch), \(score.name): \(score.value)")
      }
      // The measures themselves: the standard library's shuffle passes, order and stride do not.
      var sequence = RandomStream(seed: 7, purpose: "fair", epoch: UInt64(epoch)).sequence()
      let fair = scores((0..<count).shuffled(using: &sequence))
      #expect(fair.allSatisfy { abs($0.value) < 4.5 })
    }
    #expect(scores(Array(0..<count)).contains { abs($0.value) > 100 })
    #expect(scores((0..<count).map { $0 * 389 % count }).contains { abs($0.value) > 100 })
  }

  @Test func `orders of two epochs have nothing in common`() {
    let (one, other) = (entries(100_003, epoch: 0), entries(100_003, epoch: 1))
    // Fixed points of a random permutation: Poisson, mean 1.
    #expect(zip(one, other).count { $0 == $1 } < 8)
    let pairs = Set(zip(one, one.dropFirst()).map { [$0, $1] })
    #expect(zip(other, other.dropFirst()).count { pairs.contains([$0, $1]) } < 8)
  }
}
