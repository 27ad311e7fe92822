internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct ManifestTests {
  /// The path of the manifest of a finished run, and its text.
  private func withManifest(_ body: (RunRecorder, String, String) throws -> Void) throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let path = recorder.folder + "/.distill/demo/manifest.json"
      try body(recorder, path, try BoundedReader.text(at: path, limit: 1 << 20))
    }
  }

  private func failure(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch let error as PipelineError {
      #expect(error.status == .badData)
      return "\(error)"
    } catch {
      return "\(error)"
    }
  }

  @Test func `what is written is read back`() throws {
    try withManifest { recorder, path, text in
      let workspace = try recorder.load().workspace
      let manifest = try #require(try Manifest.read(workspace))
      try manifest.write(to: workspace)
      #expect(try BoundedReader.text(at: path, limit: 1 << 20) == text)
      #expect(manifest.graph.count == 3)
      #expect(manifest.pipeline == "demo")
      #expect(manifest.createdBy == "distill test")
      #expect(text.contains("\"value\": \"nan\""))
    }
  }

  @Test func `any single changed letter is found`() throws {
    try withManifest { recorder, path, text in
      let bytes = Array(text.utf8)
      for place in stride(from: 0, to: bytes.count, by: 23) {
        var damaged = bytes
        // The bit that tells upper from lower case, and a space from nothing.
        damaged[place] ^= place.isMultiple(of: 2) ? 0x20 : 1
        try put(damaged, to: path)
        #expect(
          throws: (any Error).self, "byte \(place)",
          performing: { try Manifest.read(recorder.load().workspace) })
      }
    }
  }

  @Test func `other bytes of the same meaning are found`() throws {
    try withManifest { recorder, path, text in
      let workspace = try recorder.load().workspace
      let checksum = try #require(text.firstMatch(of: /"checksum": "([0-9a-f]+)"/))
      let seconds = try #require(text.firstMatch(of: /"seconds": ([0-9.e-]+)/))
      let number = seconds.1.contains("e") ? seconds.1.uppercased() : "\(seconds.1)E0"
      for changed in [
        text.replacing(checksum.1, with: checksum.1.uppercased()),
        text.replacing(seconds.0, with: "\"seconds\": \(number)"),
        text.replacing(seconds.0, with: "\"seconds\": \(seconds.1)0"),
        text.replacing("\"done\"", with: "\"d\\u006fne\""),
        text.replacing("\n", with: "\r\n"), text + "\n", text.replacing("  ", with: " "),
      ] {
        #expect(changed != text)
        try AtomicFile.write(changed, to: path)
        #expect(throws: PipelineError.self) { try Manifest.read(workspace) }
      }
    }
  }

  @Test func `truncations are found`() throws {
    try withManifest { recorder, path, text in
      let bytes = Array(text.utf8)
      for length in Array(stride(from: 0, to: bytes.count - 2, by: 101)) + [bytes.count - 1] {
        try put(Array(bytes[..<length]), to: path)
        #expect(
          throws: (any Error).self, "length \(length)",
          performing: { try Manifest.read(recorder.load().workspace) })
      }
    }
  }

  @Test func `damage and newer formats are named with their cure`() throws {
    try withManifest { recorder, path, text in
      let read = { _ = try Manifest.read(recorder.load().workspace) }
      try AtomicFile.write(text.replacing("\"done\"", with: "\"gone\""), to: path)
      #expect(
        failure(read)
          == "\(path): damaged: the content does not match its checksum; restore the file, or delete "
          + "it: the stages will run again, nothing else is lost")
      try AtomicFile.write("{\"checksum\": 1, \"checksum\": 2}", to: path)
      #expect(failure(read).contains("the key \"checksum\" occurs twice"))
      let content = "{\"format\":4}"
      try AtomicFile.write(
        "{\"checksum\": \"\(Digest.of(content))\", \"content\": \(content)}", to: path)
      #expect(
        failure(read) == "\(path): the format is 4, this program reads 3; update distill")
    }
  }

  /// Replaces text of the manifest and gives it the checksum that fits.
  private func reseal(
    _ path: String, _ text: String, _ old: some RegexComponent, _ new: String
  ) throws {
    let changed = text.replacing(old, with: new, maxReplacements: 1)
    #expect(changed != text)
    let content = try #require(
      try StrictJSON.parse(Array(changed.utf8), path: path).member("content"))
    let document = JSONValue.object(
      JSONObject([
        ("checksum", .string(Digest.of(try content.encoded()).hexadecimal)), ("content", content),
      ]))
    try AtomicFile.write(try document.indented() + "\n", to: path)
  }

  @Test func `impossible values under a right checksum are refused by their key`() throws {
    try withManifest { recorder, path, text in
      let read = { _ = try Manifest.read(recorder.load().workspace) }
      let largest = "9223372036854775807"
      for (key, value) in [
        ("seconds", "1e+300"), ("seconds", "-1.0"), ("seconds", "\"nan\""), ("seconds", "\"long\""),
        ("checkpoint_seconds", "1e+300"), ("checkpoint_seconds", "\"x\""), ("attempts", largest),
        ("attempts", "-1"), ("attempts", "\"many\""), ("step", largest), ("step", "true"),
        ("owner", "7"), ("id", "[]"), ("error", "{}"), ("exit_code", "1.5"), ("finished", "3"),
        ("machine", "1"),
      ] {
        try reseal(path, text, try Regex("\"\(key)\": [^,\n]+"), "\"\(key)\": \(value)")
        let failure = failure(read)
        #expect(failure.contains(key) && failure.contains("expected "), "\(key): \(failure)")
        #expect(failure.contains("or delete it: the stages will run again"), "\(failure)")
      }
    }
  }

  @Test func `a metric that is recorded twice is shown once`() throws {
    try withManifest { recorder, path, text in
      try reseal(path, text, /"name": "accuracy"/, "\"name\": \"loss\"")
      let metrics = try RecordedMetrics(of: recorder.load())
      #expect(metrics.stages.contains { $0.metrics.map(\.0) == ["loss", "loss"] })
      #expect(metrics.json.object?["make"]?.object?.members.count == 1)
      _ = MetricsDifference(from: metrics, to: metrics).json
    }
  }

  @Test func `a deleted manifest costs work, nothing else`() throws {
    try withManifest { recorder, path, _ in
      let before = try FakeArtifact.content(recorder.artifact("student"))
      try removeFile(path)
      #expect(try recorder.run().ran == ["make", "train", "score"])
      #expect(try FakeArtifact.content(recorder.artifact("student")) == before)
    }
  }

  @Test func `equal runs in other folders leave equal records, times and places aside`() throws {
    func trace() throws -> [String] {
      try withRecorder(RunnerTests.chain) { recorder in
        try recorder.run()
        let manifest = try #require(try recorder.manifest())
        return try manifest.stages.keys.sorted().map { name in
          let record = try #require(manifest.stages[name])
          return "\(name) \(try record.fingerprint.digest()) \(record.outputs.map(\.digests))"
        }
      }
    }
    #expect(try trace() == trace())
  }
}

@Suite struct StatusReportTests {
  private func states(_ recorder: RunRecorder) throws -> [String] {
    let pipeline = try recorder.load()
    let report = try recorder.runner(pipeline).status()
    return report.entries.map { "\($0.step.stage) \($0.state)" }
  }

  @Test func `states follow the manifest, the plan and the lock`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      #expect(try states(recorder) == ["make pending", "train pending", "score pending"])
      recorder.setOnStart { name in
        guard name == "train" else { return }
        #expect(
          (try? self.states(recorder)) == ["make done", "train running", "score pending"])
      }
      try recorder.run()
      recorder.setOnStart(nil)
      #expect(try states(recorder) == ["make done", "train done", "score done"])
      try recorder.write(
        RunnerTests.chain.replacing("output: student", with: "output: student, alpha: 1"))
      #expect(try states(recorder) == ["make done", "train stale", "score stale"])
      var manifest = try #require(try recorder.manifest())
      manifest.stages["train"]?.status = .running
      try manifest.write(to: recorder.load().workspace)
      #expect(try states(recorder)[1] == "train interrupted")
      manifest.stages["train"]?.status = .failed
      try manifest.write(to: recorder.load().workspace)
      #expect(try states(recorder)[1] == "train failed")
    }
  }

  @Test func `a finished pipeline stays done when its sources are gone`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      try removeFile(recorder.folder + "/a.txt")
      let report = try recorder.runner(recorder.load()).status()
      #expect(report.entries.map(\.state) == ["stale", "done", "done"])
      #expect(report.entries[0].step.reason == "source texts is missing")
      #expect(throws: PipelineError.self) { try recorder.plan() }
    }
  }

  @Test func `the report is a JSON document with the records`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let pipeline = try recorder.load()
      let report = try recorder.runner(pipeline).status()
      #expect(report.isCurrent)
      let stages = try #require(report.json.object?["stages"]?.array)
      #expect(stages.map { $0.object?["state"]?.string } == ["done", "done", "done"])
      let record = try #require(stages[0].object?["record"]?.object)
      #expect(record["metrics"]?.array?.count == 2)
      #expect(report.json.object?["running"] == .null)
    }
  }
}
