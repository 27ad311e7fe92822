import Testing
import Training

@Suite struct ScheduleTests {
  @Test func `factors are those of transformers' schedules`() throws {
    let fixture = try TrainingFixture.load()
    #expect(fixture.schedules.count == 10)
    for expected in fixture.schedules {
      let shape = try #require(Schedule.Shape(rawValue: expected.shape))
      let schedule = Schedule(shape, warmupSteps: expected.warmup, totalSteps: expected.total)
      for (step, factor) in expected.factors.enumerated() {
        #expect(
          abs(schedule.factor(at: step) - factor) < 1e-12,
          "\(expected.shape) \(expected.warmup)/\(expected.total) at \(step)")
      }
    }
  }

  @Test(arguments: [10, 25, 7, 1])
  func `warmup_linear is BertAdam's, its warm-up not rounded`(total: Int) {
    let schedule = Schedule(.warmupLinear, warmupRatio: 0.1, totalSteps: total)
    for step in 0..<total {
      let x = Double(step) / Double(total)
      let expected = x < 0.1 ? x / 0.1 : max((x - 1) / (0.1 - 1), 0)
      #expect(abs(schedule.factor(at: step) - expected) < 1e-15, "\(step) of \(total)")
    }
    #expect(schedule.factor(at: 0) == 0)
    #expect(Schedule(.warmupLinear, warmupRatio: 0, totalSteps: total).factor(at: 0) == 1)
  }

  @Test func `a warm-up ratio is rounded up to whole steps`() {
    #expect(Schedule(.linear, warmupRatio: 0.1, totalSteps: 25).warmupSteps == 3)
    #expect(Schedule(.constant, warmupRatio: 0, totalSteps: 25).warmupSteps == 0)
    // Its rate would be 0 otherwise, and nothing learnt.
    #expect(Schedule(.linear, warmupRatio: 0.1, totalSteps: 1).factor(at: 0) == 1)
  }
}
