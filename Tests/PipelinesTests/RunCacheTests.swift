internal import Files
internal import Testing

@testable internal import Pipelines

/// Going back to options and inputs that were tried.
@Suite struct RunCacheTests {
  static let hotter = RunnerTests.chain.replacing("temperature: 1", with: "temperature: 2")

  private func artifacts(_ recorder: RunRecorder) throws -> [[UInt8]] {
    try ["base", "student"].map {
      try BoundedReader.bytes(at: recorder.artifact($0), limit: 1 << 20)
    }
  }

  /// Runs under one temperature, then under another.
  private func withTwo(
    _ first: String = RunnerTests.chain, _ second: String = hotter,
    _ body: (RunRecorder, Workspace) throws -> Void
  ) throws {
    try withRecorder(first) { recorder in
      try recorder.run()
      try recorder.write(second)
      try recorder.run()
      try recorder.write(first)
      try body(recorder, recorder.load().workspace)
    }
  }

  @Test func `what was tried before is taken as it was made`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let first = try artifacts(recorder)
      let records = try #require(try recorder.manifest()).stages
      try recorder.write(Self.hotter)
      #expect(try recorder.run().ran == ["make", "train", "score"])
      #expect(try artifacts(recorder) != first)
      try recorder.write(RunnerTests.chain)
      #expect(
        try recorder.plan().map { $0.prefix { $0 != "(" } } == [
          "make: restore ", "train: restore ", "score: restore ",
        ])
      #expect(try recorder.plan()[0].contains("temperature 2 -> 1; taken from what attempt "))
      let summary = try recorder.run()
      #expect(summary.ran == [] && summary.restored == ["make", "train", "score"])
      #expect(summary.isFinished)
      #expect(recorder.log == ["restore make", "restore train", "restore score"])
      #expect(try artifacts(recorder) == first)
      let now = try #require(try recorder.manifest()).stages
      for (name, record) in records {
        let restored = try #require(now[name])
        #expect(restored.id == record.id && restored.fingerprint == record.fingerprint)
        #expect(restored.metrics.map(\.0) == record.metrics.map(\.0))
        #expect(restored.started == record.started && restored.seconds == record.seconds)
        #expect(restored.inputs == record.inputs)
      }
      // It is as current as what ran, and the other one is kept in turn.
      #expect(try recorder.run().skipped == ["make", "train", "score"])
      try recorder.write(Self.hotter)
      #expect(try recorder.run().restored == ["make", "train", "score"])
      let history = try RunHistory(in: [recorder.load().workspace])
      #expect(history.attempts.count == 6 && history.attempts.count { $0.isCurrent } == 3)
    }
  }

  @Test func `what is kept and what is in its place share their room`() throws {
    try withTwo { recorder, workspace in
      let before = try workspace.runCacheUse()
      #expect(before.attempts == 3 && before.bytes > 0)
      try recorder.run()
      let entries = try RunCache(workspace).entries().compactMap(\.entry)
      let made = try #require(entries.first { $0.attempt.record.id == self.id(recorder, "make") })
      #expect(
        try statSignature(made.place(of: "model")).inode
          == statSignature(recorder.artifact("base")).inode)
    }
  }

  private func id(_ recorder: RunRecorder, _ stage: String) -> String? {
    try? recorder.manifest()?.stages[stage]?.id
  }

  @Test func `a run without the cache neither keeps nor takes`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      try recorder.write(Self.hotter)
      try recorder.run { $0.usesRunCache = false }
      let workspace = try recorder.load().workspace
      #expect(!fileExists(workspace.runCachePath))
      try recorder.write(RunnerTests.chain)
      #expect(try recorder.run().ran == ["make", "train", "score"])
      try recorder.write(Self.hotter)
      #expect(try recorder.plan { $0.usesRunCache = false }[0].hasPrefix("make: run"))
      #expect(try recorder.run { $0.usesRunCache = false }.restored == [])
    }
  }

  @Test func `what is forced runs although it was tried`() throws {
    try withTwo { recorder, _ in
      let summary = try recorder.run { $0.forced = ["make"] }
      #expect(summary.ran == ["make"] && summary.restored == ["train", "score"])
    }
  }

  @Test func `a stage of figures and one that makes a folder are restored too`() throws {
    let text = RunnerTests.chain.replacing(
      "{ models: student }", with: "{ models: student }, outputs: { pages: pages }")
    try withTwo(text, text.replacing("temperature: 1", with: "temperature: 2")) { recorder, _ in
      let pages = try recorder.load().workspace.artifactsPath + "/pages/index.html"
      try put([], to: pages)
      let summary = try recorder.run()
      #expect(summary.restored.contains("score"))
      #expect(try BoundedReader.text(at: pages, limit: 100) == "page")
    }
  }

  @Test func `an output that the earlier attempt did not make is made`() throws {
    try withTwo { recorder, _ in
      try recorder.write(
        RunnerTests.chain.replacing("{ model: base }", with: "{ model: base, log: log }"))
      let summary = try recorder.run()
      #expect(summary.ran == ["make"] && summary.restored == ["train", "score"])
    }
  }

  @Test func `what is damaged in the cache is told, removed and made again`() throws {
    try withTwo { recorder, workspace in
      let entries = try RunCache(workspace).entries().compactMap(\.entry)
      let made = try #require(entries.first { $0.attempt.stage == "make" })
      try put(Array("ARTIFACT model\nx\nother".utf8), to: made.place(of: "model"))
      let verdicts = try WorkspaceVerifier(
        workspace, of: nil, probe: FakeArtifact.probe, seals: SealCheck { _ in false }
      ).verify().verdicts.filter { $0.path.hasPrefix(workspace.runCachePath) }
      #expect(verdicts.count { $0.state == .intact } == 1)
      #expect(verdicts.first { $0.state != .intact }?.path == made.place(of: "model"))
      let summary = try recorder.run()
      #expect(summary.ran == ["make"] && summary.restored == ["train", "score"])
      let notes = recorder.events.compactMap {
        if case .note(_, let text) = $0 { text } else { nil }
      }
      #expect(notes == ["what attempt \(made.attempt.id.prefix(8)) made is damaged and not used"])
    }
  }

  @Test func `an entry whose record is damaged, or of another fingerprint, is not used`() throws {
    try withTwo { recorder, workspace in
      let entries = try RunCache(workspace).entries().compactMap(\.entry)
      let made = try #require(entries.first { $0.attempt.stage == "make" })
      let other = try #require(entries.first { $0.attempt.stage == "train" })
      let path = made.path + "/attempt.json"
      let bytes = try BoundedReader.bytes(at: other.path + "/attempt.json", limit: 1 << 20)
      try removeFile(path)
      try put(bytes, to: path)
      #expect(try recorder.plan()[0].hasPrefix("make: run"))
      try put(Array(bytes.dropLast(10)), to: path)
      #expect(try recorder.plan()[0].hasPrefix("make: run"))
      #expect(try recorder.run().ran == ["make"])
    }
  }

  // MARK: - Kills

  @Test func `a kill while something is kept leaves nothing behind`() throws {
    try withTwo { recorder, workspace in
      let half = workspace.runCachePath + "/.0123.new"
      try ensureDirectory(half)
      try put([1], to: half + "/model")
      #expect(try recorder.run().restored.count == 3)
      #expect(!fileExists(half))
    }
  }

  @Test func `a kill between the outputs and the manifest is found, whatever is asked next`() throws
  {
    for text in [RunnerTests.chain, Self.hotter] {
      try withTwo { recorder, workspace in
        let before = try #require(try recorder.manifest())
        let hot = try artifacts(recorder)
        try recorder.run()
        let cold = try artifacts(recorder)
        try before.write(to: workspace)
        try recorder.write(text)
        let summary = try recorder.run()
        #expect(summary.ran == [] && summary.isFinished)
        #expect(try artifacts(recorder) == (text == Self.hotter ? hot : cold))
        #expect(try recorder.run().skipped.count == 3)
      }
    }
  }

  @Test func `a stop while what is kept is read begins nothing`() throws {
    try withTwo { recorder, _ in
      recorder.setInterrupts(true)
      let summary = try recorder.run()
      #expect(summary.wasInterrupted && summary.restored == [] && summary.ran == [])
      recorder.setInterrupts(false)
      #expect(try recorder.run().restored.count == 3)
    }
  }

  @Test func `what was begun and set aside is gone on with after others were restored`() throws {
    try withTwo { recorder, _ in
      let third = RunnerTests.chain.replacing("temperature: 1", with: "temperature: 3")
      try recorder.write(third)
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      #expect(try recorder.run().interrupted == ["make"])
      recorder.setOnStart(nil)
      recorder.setInterrupts(false)
      try recorder.write(RunnerTests.chain)
      #expect(try recorder.run().restored == ["make", "train", "score"])
      #expect(try recorder.run().skipped.count == 3)
      try recorder.write(third)
      try recorder.run()
      #expect(try recorder.manifest()?.stages["make"]?.notes == ["resumed at 7"])
    }
  }

  // MARK: - Cleaning

  private func clean(
    _ workspace: Workspace, _ limits: RunCacheLimits = RunCacheLimits(), caches: Bool = false,
    dryRun: Bool = false
  ) throws -> Cleaning {
    try WorkspaceCleaner(
      workspace, of: nil, removesCaches: caches, limits: limits, isDryRun: dryRun
    ).clean()
  }

  @Test func `clean keeps what is within the limits, and says what is left`() throws {
    try withTwo { recorder, workspace in
      for degree in 3...5 {
        try recorder.write(
          RunnerTests.chain.replacing("temperature: 1", with: "temperature: \(degree)"))
        try recorder.run()
      }
      #expect(try clean(workspace).items == [])
      #expect(try clean(workspace).runCache.attempts == 12)
      let dry = try clean(workspace, RunCacheLimits(attempts: 1), dryRun: true)
      #expect(dry.items.count == 9 && dry.runCache.attempts == 12)
      let cleaning = try clean(workspace, RunCacheLimits(attempts: 1))
      #expect(cleaning.items == dry.items && cleaning.bytes > 0)
      #expect(cleaning.runCache.attempts == 3)
      #expect(cleaning.items.first?.reason.contains(", 1 newer ones stay") == true)
      // What is remembered of attempts stays.
      #expect(try RunHistory(in: [workspace]).attempts.count == 15)
      #expect(try clean(workspace, RunCacheLimits(age: 3_600)).items == [])
      #expect(try clean(workspace, RunCacheLimits(bytes: 1 << 30)).items == [])
      // A stage of figures takes no room.
      let least = try clean(workspace, RunCacheLimits(bytes: 0)).runCache
      #expect(least.attempts == 1 && least.bytes == 0)
      #expect(try recorder.run().skipped.count == 3)
    }
  }

  @Test func `clean removes what is old, what is damaged, and all of it with the caches`() throws {
    try withTwo { recorder, workspace in
      let cache = RunCache(workspace)
      let pruning = RunCachePruning(RunCacheLimits(age: 60), now: 1e11)
      #expect(try pruning.overdue(in: cache).count == 3)
      let entry = try #require(try cache.entries().first)
      try put([1], to: entry.path + "/attempt.json")
      #expect(try clean(workspace).items.map(\.reason) == ["its record is damaged"])
      #expect(try clean(workspace, caches: true).items.count == 2)
      #expect(try workspace.runCacheUse().attempts == 0)
      #expect(try recorder.run().ran.count == 3)
    }
  }

  @Test(arguments: [
    ("30d", 2_592_000.0), ("12h", 43_200), ("1.5m", 90), ("8w", 4_838_400), ("0s", 0), ("d", nil),
    ("30", nil), ("-1d", nil), ("nand", nil), ("1e300d", nil), ("", nil), ("30 y", nil),
  ])
  func `an age is a number with its unit`(text: String, seconds: Double?) {
    #expect(WrittenAmount.seconds(text) == seconds)
  }

  @Test(arguments: [
    ("10GB", 10_000_000_000), ("500 MB", 500_000_000), ("1.5KiB", 1_536), ("7", 7), ("7b", 7),
    ("1TiB", 1_099_511_627_776), ("-1GB", nil), ("GB", nil), ("1e30TB", nil), ("", nil),
    ("ten", nil),
  ])
  func `a size is a number with its unit`(text: String, bytes: Int?) {
    #expect(WrittenAmount.bytes(text) == bytes)
  }
}
