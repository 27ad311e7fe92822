import Testing

@testable import Pipelines

/// Why a stage runs, in a few words.
struct PlanReasonTests {
  @Test func `what failed before is told without its cure, and not at length`() {
    let short = PlanReason.failedBefore("loss is NaN; lower the learning rate")
    #expect(short.description == "failed before: loss is NaN")
    let long = PlanReason.failedBefore(
      "teacher.h5: teacher accuracy 48.6 % on the development split, majority class 'positive' 51.4 % and "
        + "more; train it longer")
    #expect(
      long.description
        == "failed before: teacher.h5: teacher accuracy 48.6 % on the development split, majority class ..."
    )
  }

  @Test func `an input that changed is called as the user calls it`() {
    let own = PlanReason.inputChanged(
      port: "teacher", names: [Pipeline.ownName(of: "teacher")])
    #expect(own.description == "input teacher changed")
    let named = PlanReason.inputChanged(port: "models", names: ["big", "small"])
    #expect(named.description == "input models changed (big, small)")
  }
}
