internal import Files
internal import Synchronization
internal import Testing

@testable internal import Pipelines

/// Who is told of a run knows which run and which attempt at a stage it is, over stops.
@Suite struct RunIdentityTests {
  private func run(_ recorder: RunRecorder) throws -> RunRecord {
    let runs = recorder.events.compactMap {
      if case .runStarted(let run, _, _, _) = $0 { run } else { nil }
    }
    return try #require(runs.count == 1 ? runs[0] : nil)
  }

  /// The attempts that began, by stage.
  private func attempts(_ recorder: RunRecorder) -> [String: String] {
    var attempts: [String: String] = [:]
    for case .stageStarted(let stage, let record, _) in recorder.events {
      attempts[stage.name] = record.id
    }
    return attempts
  }

  /// Runs until `make` has begun and is asked to stop, and lets the next run go on.
  private func runInterrupted(_ recorder: RunRecorder) throws {
    recorder.setOnStart { _ in recorder.setInterrupts(true) }
    #expect(try recorder.run().interrupted == ["make"])
    recorder.setOnStart(nil)
    recorder.setInterrupts(false)
  }

  @Test func `the start of a stage carries what it is made of, as the manifest has it`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let starts = recorder.events.compactMap { event in
        if case .stageStarted(let stage, let record, _) = event { (stage, record) } else { nil }
      }
      let (stage, record) = try #require(starts.first)
      #expect(stage.options.real("temperature") == 1 && stage.seed == 5)
      #expect(record.inputs.map(\.content) == [Digest.of("first")])
      #expect(record.environment["machine"] == "test")
      let kept = try #require(try recorder.manifest()?.stages["make"])
      #expect(record.fingerprint == kept.fingerprint)
      #expect(kept.id != nil && record.id == kept.id)
      #expect(Set(starts.map(\.1.id)).count == 3)
      let run = try run(recorder)
      let last = try #require(try recorder.manifest()?.run)
      #expect(last.id == run.id && last.started == run.started)
      #expect(run.finished == nil && last.finished != nil)
    }
  }

  @Test func `a stopped run goes on as itself, a finished one is followed by another`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try runInterrupted(recorder)
      let (first, begun) = (try run(recorder), attempts(recorder))
      #expect(try recorder.manifest()?.run == first)
      try recorder.run()
      #expect(try run(recorder) == first)
      #expect(attempts(recorder)["make"] == begun["make"])
      #expect(attempts(recorder).count == 3)
      try recorder.run()
      #expect(try run(recorder).id != first.id)
      #expect(attempts(recorder).isEmpty)
      #expect(try recorder.manifest()?.run?.id == first.id)
    }
  }

  @Test func `other options, or force, are another attempt`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try runInterrupted(recorder)
      let first = attempts(recorder)["make"]
      try recorder.write(RunnerTests.chain.replacing("temperature: 1", with: "temperature: 2"))
      try runInterrupted(recorder)
      let second = attempts(recorder)["make"]
      recorder.setInterrupts(false)
      try recorder.run { $0.forced = ["make"] }
      let third = attempts(recorder)["make"]
      #expect(Set([first, second, third]).count == 3)
      try recorder.run { $0.forced = ["make"] }
      #expect(attempts(recorder)["make"] != third)
    }
  }

  @Test func `a failed stage that is run again is the same attempt in the same run`() throws {
    let text = RunnerTests.chain.replacing("temperature: 1", with: "temperature: 1\n    fail: no")
    try withRecorder(text) { recorder in
      #expect(try recorder.run().failures.map(\.stage) == ["make"])
      let (first, begun) = (try run(recorder), attempts(recorder))
      try recorder.write(RunnerTests.chain)
      #expect(try recorder.run().isFinished)
      #expect(try run(recorder) == first)
      #expect(attempts(recorder)["make"] == begun["make"])
    }
  }

  @Test func `a stage is done in the manifest when its end is recorded, not before`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      let seen = Mutex<[String]>([])
      recorder.setOnAwait {
        let status = (try? recorder.manifest()?.stages["make"]?.status.rawValue) ?? "none"
        seen.withLock { $0.append("\(recorder.log.last ?? "") while \(status)") }
      }
      try recorder.run()
      #expect(seen.withLock { $0.first } == "finish make while running")
      // After every stage, and before the workspace is another's.
      #expect(seen.withLock { $0.count } == 4)
    }
  }

  @Test func `a manifest without identities is read, and what it says stays current`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let path = recorder.folder + "/.distill/demo/manifest.json"
      func older(_ value: JSONValue) -> JSONValue {
        guard let members = value.object?.members else { return value }
        return .object(
          JSONObject(
            members.compactMap { member in
              if ["id", "run"].contains(member.name) { return nil }
              if member.name == "format" { return (member.name, .integer(2)) }
              return (member.name, older(member.value))
            }))
      }
      let document = try StrictJSON.read(path, limit: 1 << 20)
      let content = older(try #require(document.member("content")))
      let checksum = Digest.of(try content.encoded()).hexadecimal
      let text = try JSONValue.object(
        JSONObject([("checksum", .string(checksum)), ("content", content)])
      ).indented()
      try AtomicFile.write(text + "\n", to: path)
      #expect(try recorder.manifest()?.run == nil)
      #expect(try recorder.manifest()?.stages["make"]?.id == nil)
      #expect(try recorder.run().ran == [])
    }
  }
}
