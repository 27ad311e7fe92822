import Synchronization
import TestSupport
import Testing
import Text

@Suite struct OrderedWorkTests {
  @Test(arguments: [1, 2, 3, 8])
  func `results come back in the order of the jobs, however long each takes`(threads: Int) {
    let work = OrderedWork<Int, Int>(threads: threads) { job in
      // The first jobs of each round take longest, so that later ones are done before them.
      var sum = 0
      for step in 0..<(job % 7 == 0 ? 200_000 : 10) { sum &+= step &* job }
      return sum == 1 ? -1 : job * job
    }
    var results: [Int] = []
    for job in 0..<500 {
      if work.isFull, let result = work.take() { results.append(result) }
      work.give(job)
    }
    while let result = work.take() { results.append(result) }
    #expect(results == (0..<500).map { $0 * $0 })
    #expect(work.take() == nil)
  }

  @Test func `no more jobs run at a time than there are threads`() {
    let running = Mutex((now: 0, most: 0))
    let work = OrderedWork<Int, Void>(threads: 3) { _ in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      var sum = 0
      for step in 0..<100_000 { sum &+= step &* step }
      running.withLock { $0.now -= sum == 1 ? 0 : 1 }
    }
    for job in 0..<100 {
      if work.isFull { _ = work.take() }
      work.give(job)
    }
    while work.take() != nil {}
    #expect(running.withLock { $0.most } <= 3)
    #expect(running.withLock { $0.now } == 0)
  }

  @Test func `as many jobs are out as the lanes can hold, then a result must be taken`() {
    for (threads, room) in [(1, 1), (2, 4), (5, 10)] {
      let work = OrderedWork<Int, Int>(threads: threads) { $0 }
      var given = 0
      while !work.isFull {
        work.give(given)
        given += 1
      }
      #expect(given == room)
      #expect(work.take() == 0)
      #expect(!work.isFull)
    }
  }
}
