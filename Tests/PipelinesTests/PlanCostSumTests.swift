internal import Testing

@testable internal import Pipelines

@Suite struct PlanCostSumTests {
  private func cost(seconds: Double?, memory: Int, disk: Int, scratch: Int) -> StageCost {
    var cost = StageCost()
    (cost.seconds, cost.memory, cost.disk, cost.scratch) = (seconds, memory, disk, scratch)
    return cost
  }

  @Test func `times add up, memory does not, and the disk holds what was made before`() {
    let costs = [
      ("a", cost(seconds: 2, memory: 70, disk: 10, scratch: 100)),
      ("b", cost(seconds: 3, memory: 50, disk: 20, scratch: 30)),
    ].map { (stage: $0.0, cost: $0.1) }
    let total = PlanCost(costs, freeDisk: 109, freeMemory: 70)
    #expect(total.seconds == 5)
    #expect(total.memory == 70)
    #expect(total.disk == 110)
    #expect(total.incomplete.isEmpty)
    #expect(total.warnings.count == 1)
    #expect(total.warnings[0].hasPrefix("the disk: "))
    #expect(PlanCost(costs, freeDisk: 110, freeMemory: 69).warnings[0].hasPrefix("memory: "))
    #expect(PlanCost(costs, freeDisk: nil, freeMemory: nil).warnings.isEmpty)
  }

  @Test func `a stage of which the time is not known is named`() {
    let costs = [(stage: "a", cost: StageCost(unknown: "why"))]
    #expect(PlanCost(costs, freeDisk: 1, freeMemory: 1).incomplete == ["a"])
    var unsized = StageCost()
    unsized.seconds = 1
    let total = PlanCost(costs + [(stage: "b", cost: unsized)], freeDisk: 1, freeMemory: 1)
    #expect(total.incomplete == ["a", "b"] && total.untimed == ["a"])
    #expect(
      PlanCost(
        [(stage: "a", cost: cost(seconds: 1, memory: 1, disk: .max, scratch: .max))],
        freeDisk: 1, freeMemory: 1
      ).disk == .max)
  }
}
