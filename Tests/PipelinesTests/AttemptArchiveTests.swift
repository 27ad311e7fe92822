internal import Files
internal import Testing

@testable internal import Pipelines

/// What a workspace remembers of attempts that others have followed.
@Suite struct AttemptArchiveTests {
  private static let hotter = RunnerTests.chain.replacing("temperature: 1", with: "temperature: 2")

  private func history(_ recorder: RunRecorder) throws -> RunHistory {
    try RunHistory(in: [Workspace(path: recorder.folder + "/.distill/demo")])
  }

  /// `make 1 done`, with a star where it is the last of its stage.
  private func attempts(_ recorder: RunRecorder, at stage: String = "make") throws -> [String] {
    let temperature = AttemptField(.options, "temperature")
    return try history(recorder).attempts.filter { $0.stage == stage }.map {
      "\($0[temperature]?.text ?? "-") \($0.status)" + ($0.isCurrent ? " *" : "")
    }
  }

  @Test func `every attempt stays when another one follows it, with all that made it`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 done", "2 done *"])
      let history = try history(recorder)
      #expect(
        history.attempts.map(\.stage) == ["make", "train", "score", "make", "train", "score"])
      #expect(history.faults == [])
      let first = try #require(history.attempts.first)
      #expect(first.metrics.map(\.name) == ["loss", "accuracy"] && first.metrics[0].value == 0.5)
      #expect(first.inputs.map(\.content) == [Digest.of("first").hexadecimal])
      #expect(first.outputs.map(\.content) == [Digest.of("made(1,5,first)").hexadecimal])
      #expect(first[AttemptField(.environment, "machine")] == .text("test"))
      // What changes no result is remembered too.
      #expect(first[AttemptField(.options, "logging_steps")] == .number(10))
      #expect(first.seed == "5" && first.kind == "make" && first.pipeline == "demo")
      #expect(first.seconds != nil && first.finished != nil && first.run != nil)
      #expect(Set(history.attempts.map(\.id)).count == 6)
      #expect(Set(history.attempts.map(\.run)).count == 2)
    }
  }

  @Test func `what is stopped and gone on with is one attempt`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      #expect(try recorder.run().interrupted == ["make"])
      #expect(try attempts(recorder) == ["1 interrupted *"])
      recorder.setOnStart(nil)
      recorder.setInterrupts(false)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 done *"])
      #expect(try history(recorder).attempts.first?.stops == 1)
    }
  }

  @Test func `what is gone on with began when it first did`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = Workspace(path: recorder.folder + "/.distill/demo")
      let id = try #require(try history(recorder).attempts.first?.id)
      var known = try #require(try AttemptArchive(workspace).read(id))
      let first = AttemptRecord.Session(
        started: "2020-01-01T00:00:00Z", finished: "2020-01-01T00:00:05Z", seconds: 5,
        status: .interrupted, step: 2)
      known.sessions.insert(first, at: 0)
      #expect(known.record.started != first.started)
      let attempt = Attempt(known, isCurrent: true, in: workspace)
      #expect(attempt.started == first.started && attempt.stops == 1)
    }
  }

  @Test func `a change that is undone goes on with the attempt that it was`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      try recorder.run()
      let id = try #require(try recorder.manifest()?.stages["make"]?.id)
      recorder.setInterrupts(false)
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 interrupted", "2 interrupted *"])
      recorder.setOnStart(nil)
      recorder.setInterrupts(false)
      try recorder.write(RunnerTests.chain)
      try recorder.run()
      #expect(try recorder.manifest()?.stages["make"]?.id == id)
      #expect(try recorder.manifest()?.stages["make"]?.notes == ["resumed at 7"])
      #expect(try attempts(recorder) == ["1 done *", "2 interrupted"])
    }
  }

  @Test func `a failure is remembered with its reason`() throws {
    let failing = RunnerTests.chain.replacing(
      "temperature: 1", with: "temperature: 1\n    fail: no")
    try withRecorder(failing) { recorder in
      try recorder.run()
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 failed", "2 done *"])
      #expect(try history(recorder).attempts.first?.error == "no")
    }
  }

  @Test func `what a kill left behind is remembered as stopped`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = try recorder.load().workspace
      var manifest = try #require(try recorder.manifest())
      manifest.stages["make"]?.status = .running
      try manifest.write(to: workspace)
      #expect(try attempts(recorder) == ["1 interrupted *"])
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 interrupted", "2 done *"])
    }
  }

  @Test func `a kill between manifest and archive loses nothing`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = try recorder.load().workspace
      for name in try folderEntries(workspace.runsPath) {
        try removeFile(workspace.runsPath + "/" + name)
      }
      #expect(try attempts(recorder) == ["1 done *"])
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 done", "2 done *"])
      let first = try #require(try history(recorder).attempts.first { $0.stage == "make" })
      #expect(first.metrics.map(\.name) == ["loss", "accuracy"])
    }
  }

  @Test func `a workspace of an older version is read, and its attempts stay`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = try recorder.load().workspace
      var manifest = try #require(try recorder.manifest())
      for name in manifest.stages.keys { manifest.stages[name]?.id = nil }
      try manifest.write(to: workspace)
      try removeTree(workspace.runsPath)
      let before = try history(recorder).attempts.map(\.id)
      #expect(try history(recorder).attempts.map(\.id) == before && Set(before).count == 3)
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(try attempts(recorder) == ["1 done", "2 done *"])
      #expect(try Set(history(recorder).attempts.map(\.id)).isSuperset(of: before))
    }
  }

  @Test func `an identity that is no name of a file becomes none`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = try recorder.load().workspace
      var manifest = try #require(try recorder.manifest())
      manifest.stages["make"]?.id = "../../../escaped"
      try manifest.write(to: workspace)
      try recorder.write(Self.hotter)
      try recorder.run()
      #expect(!fileExists(recorder.folder + "/escaped.json"))
      #expect(try attempts(recorder) == ["1 done", "1 done", "2 done *"])
    }
  }

  @Test func `what was made makes way for what is adopted, and is remembered`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let other = recorder.folder + "/other"
      try FakeArtifact.write("other", kind: "model", to: other)
      _ = try recorder.runner(recorder.load()).adopt("make", ["model": other])
      #expect(try attempts(recorder).sorted() == ["1 done", "1 frozen *"])
    }
  }

  @Test func `a damaged file is told by name, the others stand`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = try recorder.load().workspace
      let name = try #require(try folderEntries(workspace.runsPath).first)
      let path = workspace.runsPath + "/" + name
      var bytes = try BoundedReader.bytes(at: path, limit: 1 << 20)
      bytes[bytes.count / 2] ^= 1
      try put(bytes, to: path)
      let history = try history(recorder)
      #expect(history.faults.count == 1)
      #expect(history.faults.first?.hasPrefix(path) == true)
      #expect(history.faults.first?.contains("remove it: nothing but what it remembers") == true)
      // The manifest knows of all three.
      #expect(history.attempts.count == 3)
      let verdicts = try WorkspaceVerifier(
        workspace, of: nil, probe: FakeArtifact.probe, seals: SealCheck { _ in false }
      ).verify().verdicts
      let verdict = try #require(verdicts.first { $0.path == path })
      #expect(verdict.description.contains(": damaged: "))
      #expect(verdicts.count { $0.path.hasPrefix(workspace.runsPath) && $0.state == .intact } == 2)
    }
  }

  @Test func `what is half-written is removed by the next run, and by clean`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let left = try recorder.load().workspace.runsPath + "/.distill-partial-1-a"
      try put([1], to: left)
      try recorder.run()
      #expect(!fileExists(left))
      try put([1], to: left)
      _ = try WorkspaceCleaner(
        recorder.load().workspace, of: nil, removesCaches: false, isDryRun: false
      ).clean()
      #expect(!fileExists(left))
      #expect(try attempts(recorder) == ["1 done *"])
    }
  }

  @Test func `a place where nothing has run is told`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      let error = #expect(throws: PipelineError.self) { try history(recorder) }
      #expect(error?.status == .missingInput)
    }
  }
}
