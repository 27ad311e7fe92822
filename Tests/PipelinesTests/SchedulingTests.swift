internal import Files
internal import Synchronization
internal import Testing

@testable internal import Pipelines

//        ┌─► left ──┐
// make ──┤          ├─► score        other
//        └─► right ─┘
@Suite struct SchedulingTests {
  static let diamond = """
    pipeline: demo
    sources: { texts: a.txt, more: b.txt }
    stages:
      make: { inputs: { text: texts }, outputs: { model: base } }
      left: { run: train, inputs: { teacher: base }, output: left_model }
      right: { run: train, alpha: 0.25, inputs: { teacher: base }, output: right_model }
      score: { inputs: { models: [left_model, right_model] }, outputs: { report: report } }
      other: { run: make, inputs: { text: more }, outputs: { model: other_model } }
    """

  private func failing(_ stage: String) -> String {
    Self.diamond.replacing("\(stage): {", with: "\(stage): { fail: broken,")
  }

  @Test func `several jobs make what one makes, each stage after those it reads from`() throws {
    try withRecorder(Self.diamond) { one in
      try one.run()
      try withRecorder(Self.diamond) { several in
        let summary = try several.run { $0.jobs = 3 }
        #expect(Set(summary.ran) == ["make", "left", "right", "score", "other"])
        for name in ["base", "left_model", "right_model", "other_model", "report"] {
          let made = try FakeArtifact.content(several.artifact(name))
          #expect(try made == FakeArtifact.content(one.artifact(name)))
        }
        let order = several.log
        for (before, after) in [("make", "left"), ("make", "right"), ("left", "score")] {
          let end = try #require(order.firstIndex(of: "finish \(before)"))
          let start = try #require(order.firstIndex { $0.hasPrefix("start \(after)") })
          #expect(end < start)
        }
      }
    }
  }

  @Test func `stages that run at the same time share the threads`() throws {
    try withRecorder(Self.diamond) { recorder in
      try recorder.run {
        $0.jobs = 2
        $0.threads = 8
      }
      #expect(try recorder.manifest()?.stages["left"]?.environment["threads"] == "4")
    }
  }

  @Test func `a failure ends the run, unless it is to keep going`() throws {
    try withRecorder(failing("make")) { recorder in
      let first = try recorder.run()
      #expect(first.failures.map(\.stage) == ["make"])
      #expect(first.ran == [] && first.blocked == [])
      let second = try recorder.run { $0.keepsGoing = true }
      #expect(second.ran == ["other"])
      #expect(second.blocked == ["left", "right", "score"])
      #expect(second.exitStatus == .numericFailure)
      #expect(recorder.log.contains("block score by left+right"))
      #expect(try recorder.manifest()?.stages["score"] == nil)
    }
  }

  @Test func `two failures make exit code 1`() throws {
    let text = failing("make").replacing("other: {", with: "other: { fail: too,")
    try withRecorder(text) { recorder in
      let summary = try recorder.run { $0.keepsGoing = true }
      #expect(summary.exitStatus == .severalFailed)
    }
  }

  @Test func `from runs a stage and what depends on it, on what is there`() throws {
    try withRecorder(Self.diamond) { recorder in
      try recorder.run()
      try recorder.write(Self.diamond.replacing("alpha: 0.25", with: "alpha: 0.5"))
      try recorder.write("changed", to: "a.txt")
      #expect(
        try recorder.plan { $0.from = ["right"] } == [
          "right: run (alpha 0.25 -> 0.5)", "score: may_run (after right)",
        ])
      #expect(try recorder.run { $0.from = ["right"] }.ran == ["right", "score"])
      #expect(
        try recorder.run {
          $0.from = ["left"]
          $0.until = ["left"]
        }.skipped == ["left"])
    }
  }

  @Test func `what may pass is tried again, and goes on from its checkpoint`() throws {
    let text = Self.diamond.replacing("make: { inputs", with: "make: { flaky: 2, inputs")
    try withRecorder(text) { recorder in
      let summary = try recorder.run { $0.retries = 1 }
      #expect(summary.exitStatus == .inputOutput)
      #expect(recorder.log.prefix(2) == ["start make: never run", "retry make after 1"])
      #expect(try recorder.manifest()?.stages["make"]?.attempts == 2)
      #expect(try recorder.run().isFinished)
    }
  }

  @Test func `numbers that are not finite are not tried again`() throws {
    try withRecorder(failing("make")) { recorder in
      try recorder.run { $0.retries = 5 }
      #expect(recorder.log == ["start make: never run", "fail make: broken"])
    }
  }

  @Test func `a stage that another process works on is left alone, and the run says who`() throws {
    try withRecorder(Self.diamond) { recorder in
      let workspace = try recorder.load().workspace
      try ensureDirectory(workspace.locksPath)
      let lock = try FileLock.acquire(workspace.lockPath(of: "right"))
      #expect(throws: FileError.self) { try recorder.run() }
      #expect(try recorder.manifest() == nil)
      lock.release()
      #expect(try recorder.run().isFinished)
    }
  }
}

@Suite struct AdoptionTests {
  @Test func `an adopted output stands, whatever the options are, and spares what only it reads`()
    throws
  {
    try withRecorder(SchedulingTests.diamond) { recorder in
      let given = recorder.folder + "/elsewhere"
      try FakeArtifact.write("foreign", kind: "model", to: given)
      let pipeline = try recorder.load()
      for stage in ["left", "right"] {
        _ = try recorder.runner(pipeline).adopt(stage, ["model": given])
      }
      #expect(
        try recorder.plan() == [
          "make: not_needed", "left: skip", "right: skip", "score: run (never run)",
          "other: run (never run)",
        ])
      try recorder.write(SchedulingTests.diamond.replacing("alpha: 0.25", with: "alpha: 1"))
      let summary = try recorder.run()
      #expect(summary.ran == ["score", "other"])
      #expect(try FakeArtifact.content(recorder.artifact("left_model")) == "foreign")
      #expect(try recorder.run().ran == [])
      // Forced, it is an ordinary stage again, and what it reads is made.
      #expect(try recorder.run { $0.forced = ["left"] }.ran == ["make", "left", "score"])
      #expect(try recorder.manifest()?.stages["left"]?.status == .done)
    }
  }

  @Test func `a forced stage that was adopted is said to be forced, nothing else`() throws {
    try withRecorder(SchedulingTests.diamond) { recorder in
      try recorder.run()
      let given = recorder.folder + "/elsewhere"
      try FakeArtifact.write("foreign", kind: "model", to: given)
      _ = try recorder.runner(recorder.load()).adopt("left", ["model": given])
      #expect(try recorder.plan { $0.forced = ["left"] }.contains("left: run (forced)"))
    }
  }

  @Test func `an adopted output that is gone or damaged is never made by the way`() throws {
    try withRecorder(SchedulingTests.diamond) { recorder in
      let given = recorder.folder + "/elsewhere"
      try FakeArtifact.write("foreign", kind: "model", to: given)
      _ = try recorder.runner(recorder.load()).adopt("make", ["model": given])
      try FakeArtifact.write("other", kind: "model", to: recorder.artifact("base"))
      do {
        try recorder.run()
        Issue.record("ran on a damaged output")
      } catch let error as PipelineError {
        #expect(error.description.contains("adopt it again"))
      }
      #expect(try FakeArtifact.content(recorder.artifact("base")) == "other")
    }
  }

  @Test func `what is of another kind, missing or of no stage is refused`() throws {
    try withRecorder(SchedulingTests.diamond) { recorder in
      let runner = recorder.runner(try recorder.load())
      for (stage, paths, status) in [
        ("make", ["model": recorder.folder + "/a.txt"], ExitStatus.badData),
        ("make", ["model": recorder.folder + "/none"], .missingInput),
        ("made", [:], .usage), ("make", ["modle": "x"], .usage),
      ] {
        do {
          _ = try runner.adopt(stage, paths)
          Issue.record("adopted \(paths) for \(stage)")
        } catch let error as PipelineError {
          #expect(error.status == status)
        }
      }
      #expect(try recorder.manifest() == nil)
    }
  }
}
