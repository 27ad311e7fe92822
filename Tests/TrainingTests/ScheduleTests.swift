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

  @Test func `a warm-up ratio is rounded up to whole steps`() {
    #expect(Schedule(.linear, warmupRatio: 0.1, totalSteps: 25).warmupSteps == 3)
    #expect(Schedule(.constant, warmupRatio: 0, totalSteps: 25).warmupSteps == 0)
  }
}
