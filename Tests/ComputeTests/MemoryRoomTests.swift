import TestSupport
import Testing

@testable import Compute

@Suite struct MemoryRoomTests {
  @Test func `what there is room for passes, what there is none for is told with both numbers`()
    throws
  {
    try MemoryRoom.require(1 << 20, for: "a matrix", available: 1 << 20)
    var text = ""
    do {
      try MemoryRoom.require(65_000_000_000, for: "a model", available: 2_000_000_000)
    } catch let error as MemoryShortage { text = error.description }
    #expect(
      text
        == "memory: a model needs 65 GB, 2000 MB are free; take smaller sizes, or a machine or a "
        + "limit (ulimit -v, control group) with more")
  }

  @Test func `the machine says how much there is`() {
    #expect(MemoryRoom.available > 1 << 20)
    #expect(MemoryRoom.available < 1 << 60)
  }

  @Test func `a piece that the system refuses ends the process with one line`() async {
    let result = await #expect(
      processExitsWith: .exitCode(69), observing: [\.standardErrorContent]
    ) { _ = Buffer(count: 1 << 46) }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.split(separator: "\n").count == 1)
    #expect(text.hasPrefix("distill: memory: the system refuses a piece of "))
  }
}
