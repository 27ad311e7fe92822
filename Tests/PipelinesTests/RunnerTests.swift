internal import Files
internal import Testing

@testable internal import Pipelines

// make ──► train ──► score
@Suite struct RunnerTests {
  static let chain = """
    pipeline: demo
    seed: 5
    sources: { texts: a.txt }
    stages:
      make:
        inputs: { text: texts }
        outputs: { model: base }
        temperature: 1
      train: { inputs: { teacher: base }, output: student }
      score: { inputs: { models: student } }
    """

  @Test func `a first run makes everything in order and records it`() throws {
    try withRecorder(Self.chain) { recorder in
      let summary = try recorder.run()
      #expect(summary.isFinished)
      #expect(summary.exitStatus == .success)
      #expect(summary.ran == ["make", "train", "score"])
      #expect(
        recorder.log == [
          "start make: never run", "finish make", "start train: never run", "finish train",
          "start score: never run", "finish score",
        ])
      #expect(try FakeArtifact.content(recorder.artifact("base")) == "made(1,5,first)")
      #expect(
        try FakeArtifact.content(recorder.artifact("student")) == "trained(0.5,5,made(1,5,first))")
      let record = try #require(try recorder.manifest()?.stages["make"])
      #expect(record.status == .done)
      #expect(record.metrics.map(\.0) == ["loss", "accuracy"])
      #expect(record.metrics[1].1.isNaN)
      #expect(record.environment["machine"] == "test")
      #expect(record.inputs.map(\.name) == ["texts"])
      #expect(record.inputs.map(\.content) == [Digest.of("first")])
      #expect(record.outputs.map(\.digests.content) == [Digest.of("made(1,5,first)")])
      #expect(!fileExists(recorder.folder + "/.distill/demo/checkpoints/make"))
    }
  }

  @Test func `a second run does no stage work and writes nothing`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      let path = recorder.folder + "/.distill/demo/manifest.json"
      let before = try PathSignature(of: path)
      let summary = try recorder.run()
      #expect(summary.ran == [])
      #expect(summary.skipped == ["make", "train", "score"])
      #expect(recorder.log == ["skip make", "skip train", "skip score"])
      #expect(try PathSignature(of: path) == before)
    }
  }

  @Test func `a new content of a source is noticed although its times are set back`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      let path = recorder.folder + "/a.txt"
      let before = try statSignature(path)
      let date = try modificationDate(of: path)
      try recorder.write("other", to: "a.txt")
      try setModificationDate(date, of: path)
      let after = try statSignature(path)
      #expect(after.inode == before.inode && after.size == before.size)
      try recorder.run()
      #expect(recorder.log.first == "start make: input text changed (texts)")
      #expect(
        try FakeArtifact.content(recorder.artifact("student")) == "trained(0.5,5,made(1,5,other))")
    }
  }

  @Test func `the same content written again runs nothing and is read once`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      try recorder.write("first", to: "a.txt")
      #expect(try recorder.run().ran == [])
      let path = recorder.folder + "/.distill/demo/manifest.json"
      let refreshed = try PathSignature(of: path)
      try recorder.run()
      #expect(try PathSignature(of: path) == refreshed)
    }
  }

  @Test func `identical output cuts the run off early`() throws {
    let text = Self.chain.replacing("temperature: 1", with: "temperature: 1\n    constant: true")
    try withRecorder(text) { recorder in
      try recorder.run()
      try recorder.write(text.replacing("temperature: 1", with: "temperature: 2"))
      #expect(
        try recorder.plan() == [
          "make: run (temperature 1 -> 2)", "train: may_run (after make)",
          "score: may_run (after train)",
        ])
      try recorder.run()
      // The bytes differ (the stamp), the content does not.
      #expect(
        recorder.log == [
          "start make: temperature 1 -> 2", "finish make", "skip train", "skip score",
        ])
      #expect(try recorder.run().ran == [])
    }
  }

  @Test func `an option that cannot change the result changes nothing`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      try recorder.write(
        Self.chain.replacing("temperature: 1", with: "temperature: 1.0\n    logging_steps: 99"))
      #expect(try recorder.run { $0.threads = 7 }.ran == [])
    }
  }

  @Test func `a stage's change leaves its siblings and what is before it alone`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      try recorder.write(
        Self.chain.replacing("output: student", with: "output: student, alpha: 0.7"))
      try recorder.run()
      #expect(
        recorder.log == [
          "skip make", "start train: alpha 0.5 -> 0.7", "finish train",
          "start score: input models changed (student)", "finish score",
        ])
    }
  }

  @Test func `a kill in a stage goes on from its checkpoint`() throws {
    try withRecorder(Self.chain) { recorder in
      let manifest = recorder.folder + "/.distill/demo/manifest.json"
      let copy = recorder.folder + "/killed.json"
      recorder.setOnStart { name in
        guard name == "train" else { return }
        _ = try? AtomicFile.write(try BoundedReader.bytes(at: manifest, limit: 1 << 20), to: copy)
      }
      try recorder.run()
      recorder.setOnStart(nil)
      let expected = try FakeArtifact.content(recorder.artifact("student"))
      // The state after a kill between the output's appearance and its record: the output is there,
      // the manifest still says running.
      try AtomicFile.write(try BoundedReader.bytes(at: copy, limit: 1 << 20), to: manifest)
      #expect(try recorder.manifest()?.stages["train"]?.status == .running)
      #expect(
        try recorder.plan() == [
          "make: skip", "train: run (interrupted)", "score: run (never run; after train)",
        ])
      try recorder.run()
      #expect(
        recorder.log == [
          "skip make", "start train: interrupted", "finish train", "start score: never run",
          "finish score",
        ])
      #expect(try FakeArtifact.content(recorder.artifact("student")) == expected)
    }
  }

  @Test func `a kill before the checkpoint is removed leaves no checkpoint for long`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      let folder = recorder.folder + "/.distill/demo/checkpoints/make"
      try ensureDirectory(folder)
      try AtomicFile.write("7", to: folder + "/step")
      #expect(try recorder.run().ran == [])
      #expect(!fileExists(folder))
    }
  }

  @Test func `what a change leaves behind is gone on from when the change is undone`() throws {
    let other = Self.chain.replacing("temperature: 1", with: "temperature: 2")
    try withRecorder(Self.chain) { recorder in
      let checkpoints = recorder.folder + "/.distill/demo/checkpoints"
      func notes() throws -> [String]? { try recorder.manifest()?.stages["make"]?.notes }
      recorder.setInterrupts(false)
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      try recorder.run()
      recorder.setInterrupts(false)
      try recorder.write(other)
      try recorder.run()
      #expect(try folderEntries(checkpoints).count == 2)
      recorder.setInterrupts(false)
      recorder.setOnStart(nil)
      try recorder.write(Self.chain)
      #expect(
        try recorder.plan().first?.contains("temperature 2 -> 1; goes on from what was set aside")
          == true)
      try recorder.run()
      #expect(try notes() == ["resumed at 7"])
      #expect(try folderEntries(checkpoints) == [])
      // Done twice, it is current, and nothing of the other is taken for it.
      try recorder.write(other)
      try recorder.run()
      #expect(try notes() == [])
    }
  }

  @Test func `an interrupted stage resumes, with other options it starts again`() throws {
    try withRecorder(Self.chain) { recorder in
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      let summary = try recorder.run()
      #expect(summary.wasInterrupted && summary.interrupted == ["make"])
      #expect(summary.exitStatus == .interrupted)
      #expect(recorder.log == ["start make: never run", "interrupt make 7"])
      #expect(try recorder.manifest()?.stages["make"]?.status == .interrupted)
      #expect(try recorder.plan().first == "make: run (interrupted after step 7)")
      recorder.setOnStart(nil)
      recorder.setInterrupts(false)
      let interrupted = try BoundedReader.bytes(
        at: recorder.folder + "/.distill/demo/manifest.json", limit: 1 << 20)

      try recorder.run()
      #expect(try recorder.manifest()?.stages["make"]?.notes == ["resumed at 7"])

      // Back to the interruption, with its checkpoint, but another temperature.
      let folder = recorder.folder + "/.distill/demo/checkpoints/make"
      try ensureDirectory(folder)
      try AtomicFile.write("7", to: folder + "/step")
      try AtomicFile.write(interrupted, to: recorder.folder + "/.distill/demo/manifest.json")
      try recorder.write(Self.chain.replacing("temperature: 1", with: "temperature: 2"))
      try recorder.run()
      #expect(
        recorder.log.first
          == "start make: interrupted after step 7; temperature 1 -> 2; begins anew, "
          + "what was done is set aside until it is done: undo the change to go on from there")
      #expect(try recorder.manifest()?.stages["make"]?.notes == [])
      // It is done: nothing is left aside.
      #expect(try folderEntries(recorder.folder + "/.distill/demo/checkpoints") == [])
    }
  }

  @Test func `an interruption between stages stops before the next`() throws {
    try withRecorder(Self.chain) { recorder in
      recorder.setInterrupts(true)
      let summary = try recorder.run()
      #expect(summary.wasInterrupted && summary.interrupted == [])
      #expect(recorder.log == [])
      #expect(try recorder.manifest()?.stages.isEmpty == true)
    }
  }

  @Test func `a failure is recorded, ends the run with its code and goes on when cured`() throws {
    let text = Self.chain.replacing("temperature: 1", with: "temperature: 1\n    fail: loss is NaN")
    try withRecorder(text) { recorder in
      let summary = try recorder.run()
      #expect(summary.failures.map(\.stage) == ["make"])
      #expect(summary.failures.map(\.message) == ["loss is NaN"])
      #expect(summary.exitStatus == .numericFailure)
      let record = try #require(try recorder.manifest()?.stages["make"])
      #expect(record.status == .failed)
      #expect(record.error == "loss is NaN")
      #expect(record.exitCode == 70)
      #expect(try recorder.plan().first == "make: run (failed before: loss is NaN)")
      try recorder.write(Self.chain)
      try recorder.run()
      // The message option is not semantic: the checkpoint before the failure is still good.
      #expect(try recorder.manifest()?.stages["make"]?.notes == ["resumed at 7"])
    }
  }

  @Test func `a stage that ends without its output has failed`() throws {
    let text = Self.chain.replacing("temperature: 1", with: "temperature: 1\n    forget: true")
    try withRecorder(text) { recorder in
      let summary = try recorder.run()
      #expect(summary.exitStatus == .inputOutput)
      #expect(
        recorder.log.last?.hasSuffix("base.h5: stage make ended without writing this output")
          == true)
    }
  }

  @Test func `an output that vanished later is made again`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      try removeFile(recorder.artifact("student"))
      try recorder.run()
      #expect(
        recorder.log == [
          "skip make", "start train: output student is missing", "finish train", "skip score",
        ])
    }
  }

  @Test func `a source that changes while it is read fails the stage`() throws {
    try withRecorder(Self.chain) { recorder in
      recorder.setOnStart { name in
        if name == "make" { try? recorder.write("meanwhile", to: "a.txt") }
      }
      let summary = try recorder.run()
      #expect(summary.exitStatus == .inputOutput)
      #expect(try recorder.manifest()?.stages["make"]?.status == .failed)
    }
  }

  @Test func `two runs in one workspace: one wins, the other names the owner`() throws {
    try withRecorder(Self.chain) { recorder in
      try ensureDirectory(recorder.folder + "/.distill/demo")
      let lock = try FileLock.acquire(recorder.folder + "/.distill/demo/lock")
      do {
        try recorder.run()
        Issue.record("ran under another's lock")
      } catch let error as FileError {
        #expect(error.kind == .locked)
        #expect(error.detail.contains("process"))
      }
      lock.release()
      #expect(try recorder.run().isFinished)
    }
  }

  @Test func `a workspace of another pipeline is left alone`() throws {
    try withRecorder(Self.chain) { recorder in
      try recorder.run()
      try recorder.write(
        Self.chain.replacing("pipeline: demo", with: "pipeline: other\nworkspace: .distill/demo"))
      #expect(throws: PipelineError.self) { try recorder.run() }
    }
  }

  @Test func `an artifacts folder that leads out of the workspace is refused`() throws {
    try withRecorder(Self.chain) { recorder in
      try ensureDirectory(recorder.folder + "/elsewhere")
      try ensureDirectory(recorder.folder + "/.distill/demo")
      try makeLink(
        recorder.folder + "/elsewhere", at: recorder.folder + "/.distill/demo/artifacts")
      #expect(throws: FileError.self) { try recorder.run() }
      #expect(try folderEntries(recorder.folder + "/elsewhere") == [])
    }
  }
}
