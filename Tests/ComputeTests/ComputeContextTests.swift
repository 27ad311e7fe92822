import Synchronization
import Testing

@testable import Compute

struct ComputeContextTests {
  @Test(arguments: [1, 2, 4, 9])
  func `every tile runs exactly once, however often and however small`(threads: Int) {
    let context = ComputeContext(threads: threads)
    #expect(context.threads == threads)
    for count in [0, 1, 2, 3, 64, 1000] {
      for _ in 0..<50 {
        let runs = Mutex([Int](repeating: 0, count: count))
        context.parallel(count) { tile in runs.withLock { $0[tile] += 1 } }
        #expect(runs.withLock { $0.allSatisfy { $0 == 1 } })
      }
    }
  }

  @Test func `workers wake from sleep`() {
    let context = ComputeContext(threads: 3)
    for _ in 0..<20 {
      let total = Atomic<Int>(0)
      context.parallel(100) { tile in total.wrappingAdd(tile, ordering: .relaxed) }
      #expect(total.load(ordering: .relaxed) == 4950)
      // Longer than a worker's patience.
      for _ in 0..<200_000 where total.load(ordering: .relaxed) < 0 {}
    }
  }

  @Test func `a partial sum for every range, added in order`() {
    let context = ComputeContext(threads: 2)
    let sum = context.parallelSum(10_001, by: 2) { Double($0.reduce(0, +)) }
    #expect(sum == 50_005_000)
  }

  @Test func `contexts come and go`() {
    for _ in 0..<100 {
      let context = ComputeContext(threads: 3)
      context.parallel(4) { (_: Int) in }
    }
  }
}
