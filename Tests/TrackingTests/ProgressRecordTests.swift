internal import Files
internal import TestSupport
internal import Testing

@testable internal import Pipelines
@testable internal import Tracking

@Suite struct ProgressRecordTests {
  private func started(_ name: String) throws -> RunEvent {
    var record = StageRecord(
      status: .running, fingerprint: Fingerprint(preimage: .null), started: "now")
    record.id = "attempt-\(name)"
    return .stageStarted(
      stage: PipelineStage(
        name: name, kind: IdleStage.self, options: try OptionValues(flags: [], fields: []),
        seed: 1, inputs: [], outputs: []),
      record: record, reason: "")
  }

  private func step(_ step: Int, left: Double? = nil) -> StepEvent {
    StepEvent(
      step: step, totalSteps: 9, epoch: 0.5, terms: [("loss", .nan)], learningRate: 1e-3,
      tokensPerSecond: 100, secondsLeft: left)
  }

  @Test func `it is written every two seconds, read back as it was, and gone at the end`() throws {
    try withTemporaryFolder { folder in
      let workspace = Workspace(path: folder)
      try AtomicFile.write("what a killed run left", to: workspace.progressPath)
      #expect(RecordedProgress.read(in: workspace) == nil)
      var progress = RunProgress(ahead: ["a": 10, "b": 20])
      let record = ProgressRecord(workspace, progress)
      func take(_ event: RunEvent, at time: Int) throws {
        try record.take(event, at: time)
        progress.take(event, at: time)
      }
      try take(.runStarted(run: RunRecord(), pipeline: "p", workspace: "w", stages: 2), at: 1_000)
      try take(try started("a"), at: 1_500)
      try take(.pulse(stage: "a", step(3, left: 8)), at: 2_900)
      #expect(!fileExists(workspace.progressPath))
      try take(.evaluated(stage: "a", step: 3, metrics: [("f1", 0.5), ("other", 1)]), at: 3_500)
      let read = try #require(RecordedProgress.read(in: workspace))
      #expect(read.time == 3_500)
      // Numbers that are not numbers are not equal; the rest is.
      #expect(read.progress.active.first?.training?.terms.first?.value.isNaN == true)
      let (own, other) = (try #require(progress.stage("a")), try #require(read.progress.stage("a")))
      #expect(other.work == own.work && other.last == own.last && other.attempt == "attempt-a")
      #expect(read.progress.stages == 2 && read.progress.pipeline == "p")
      // 7.4 s of `a` are left after 2.0 s, 10 s were reckoned: `b` takes 0.94 of 20 s.
      let left = try #require(read.secondsLeft(at: 3_500))
      #expect(abs(left.seconds - (7.4 + 20 * 0.94)) < 1e-9 && !left.isAtLeast)
      #expect(abs(try #require(read.secondsLeft(at: 5_500)).seconds - left.seconds + 2) < 1e-9)
      try take(.pulse(stage: "a", step(5)), at: 4_000)
      #expect(RecordedProgress.read(in: workspace)?.time == 3_500)
      try record.finish()
      #expect(!fileExists(workspace.progressPath))
    }
  }

  @Test func `what settles counts, what is unknown makes the rest at least that long`() throws {
    var progress = RunProgress(ahead: ["a": 10, "b": nil, "c": 30])
    progress.take(.runStarted(run: RunRecord(), pipeline: "p", workspace: "w", stages: 4), at: 0)
    progress.take(.stageSkipped(name: "d", record: nil), at: 0)
    progress.take(try started("a"), at: 0)
    let first = try #require(progress.secondsLeft(at: 2_000))
    #expect(first.seconds == 38 && first.isAtLeast)
    progress.take(.stageFinished(name: "a", seconds: 5, metrics: []), at: 5_000)
    // It took half of what was reckoned.
    #expect(try #require(progress.secondsLeft(at: 5_000)).seconds == 15)
    progress.take(.stageFailed(name: "b", message: "m"), at: 5_000)
    #expect(try #require(progress.secondsLeft(at: 5_000)).isAtLeast == false)
    #expect(progress.settled == 3 && progress.stages == 4)
    #expect(RunProgress().secondsLeft(at: 0) == nil)
  }

  @Test func `work is told from other work, and scores by what is better`() {
    var stage = StageProgress(name: "a", kind: "idle", attempt: nil, began: 0)
    stage.takeWork(done: 10, total: 100, unit: "rows", at: 1_000)
    #expect(stage.secondsLeft(at: 1_000) == nil)
    stage.takeWork(done: 20, total: 100, unit: "rows", at: 2_000)
    #expect(stage.work?.unitsPerSecond == 10 && stage.secondsLeft(at: 3_000) == 7)
    #expect(stage.secondsLeft(at: 99_000) == 0)
    stage.takeWork(done: 1, total: 2, unit: "models", at: 3_000)
    #expect(stage.work?.unitsPerSecond == nil && stage.work?.share == 0.5)
    for (step, loss) in [(1, 3.0), (2, 1.0), (3, 2.0)] {
      stage.takeScores([("eval_loss", loss)], step: step)
    }
    #expect(stage.best?.step == 2 && stage.last?.step == 3)
    stage.takeScores([("accuracy", 0.5)], step: 4)
    stage.takeScores([("accuracy", 0.6)], step: 5)
    #expect(stage.best?.step == 5)
  }
}
