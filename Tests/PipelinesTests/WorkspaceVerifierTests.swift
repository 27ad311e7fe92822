internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct WorkspaceVerifierTests {
  /// Artifacts check themselves; of safetensors files the text `whole` is, `plain` carries no seal.
  private static let seals = SealCheck { path in
    let text = try BoundedReader.text(at: path, limit: 1 << 20)
    guard path.hasSuffix(".safetensors") else {
      return try FakeArtifact.probe.identify(path) != nil
    }
    guard ["whole", "plain"].contains(text) else { throw FakeError(message: "\(path): is torn") }
    return text == "whole"
  }

  private func verification(_ recorder: RunRecorder) throws -> Verification {
    let pipeline = try recorder.load()
    return try WorkspaceVerifier(
      pipeline.workspace, of: pipeline, probe: FakeArtifact.probe, seals: Self.seals
    ).verify()
  }

  /// The verdicts as `subject: state`, without those that are well.
  private func faults(_ recorder: RunRecorder) throws -> [String] {
    try verification(recorder).verdicts.filter { $0.state != .intact }.map { verdict in
      "\(verdict.subject): " + verdict.description.dropFirst(verdict.path.count + 2)
    }
  }

  /// What was looked at, without the identities of attempts.
  private func subjects(_ verdicts: [Verdict]) -> [String] {
    verdicts.map(\.subject).map { $0.hasPrefix("record of attempt") ? "record of attempt" : $0 }
  }

  private static let file = """
    pipeline: demo
    sources: { texts: [a.txt, b.txt] }
    stages:
      make:
        inputs: { text: texts }
        outputs: { model: base, log: log }
      train: { inputs: { teacher: base }, output: student }
      score: { inputs: { models: student }, outputs: { pages: pages } }
    """

  private func withFinished(_ body: (RunRecorder, String) throws -> Void) throws {
    try withRecorder(Self.file) { recorder in
      try recorder.run()
      try body(recorder, recorder.folder + "/.distill/demo")
    }
  }

  @Test func `everything of a finished run is looked at and well`() throws {
    try withFinished { recorder, workspace in
      try ensureDirectory(workspace + "/checkpoints/train")
      try put(Array("whole".utf8), to: workspace + "/checkpoints/train/a.safetensors")
      try put(Array("notes".utf8), to: workspace + "/checkpoints/train/progress.json")
      try ensureDirectory(workspace + "/cache")
      try FakeArtifact.write("kept", kind: "logits", to: workspace + "/cache/kept.h5")
      let verification = try verification(recorder)
      #expect(
        subjects(verification.verdicts) == [
          "manifest", "source texts", "source texts", "output base of make", "output log of make",
          "output student of train", "output pages of score", "record of attempt",
          "record of attempt", "record of attempt", "checkpoint of train", "cache",
        ])
      #expect(verification.verdicts.allSatisfy { $0.state == .intact })
      #expect(verification.status == .success)
      #expect(verification.summary == "12 ok")
    }
  }

  @Test func `damage is found although the stat signature is that of the record`() throws {
    try withFinished { recorder, workspace in
      let path = workspace + "/artifacts/base.h5"
      try FakeArtifact.write("made(1,42,other)", kind: "model", stamp: "1.0", to: path)
      var manifest = try #require(try recorder.manifest())
      manifest.stages["make"]?.outputs[0].signature = try PathSignature(of: path)
      try manifest.write(to: recorder.load().workspace)
      #expect(
        try faults(recorder) == [
          "output base of make: damaged: is not what the stage wrote: its digests are others"
        ])
      #expect(try verification(recorder).status == .badData)
    }
  }

  @Test func `each kind of thing, damaged, missing or changed, has its word`() throws {
    try withFinished { recorder, workspace in
      try put(Array("ARTIFACT model".utf8), to: workspace + "/artifacts/base.h5")
      try put(Array("lag".utf8), to: workspace + "/artifacts/log")
      try removeFile(workspace + "/artifacts/student.h5")
      try put(Array("leaf".utf8), to: workspace + "/artifacts/pages/index.html")
      try recorder.write("more", to: "a.txt")
      try removeFile(recorder.folder + "/b.txt")
      try ensureDirectory(workspace + "/checkpoints/train")
      try put(Array("torn".utf8), to: workspace + "/checkpoints/train/a.safetensors")
      try put(Array("plain".utf8), to: workspace + "/checkpoints/train/b.safetensors")
      let words = "is not what the stage wrote: its digests are others"
      #expect(
        try faults(recorder) == [
          "source texts: changed: is not what make read", "source texts: missing",
          "output base of make: damaged: truncated artifact",
          "output log of make: damaged: \(words)",
          "output student of train: missing", "output pages of score: damaged: \(words)",
          "checkpoint of train: damaged: is torn", "checkpoint of train: damaged: has no seal",
        ])
    }
  }

  @Test func `a changed source alone is no damage, a missing one has its code`() throws {
    try withFinished { recorder, _ in
      try recorder.write("more", to: "a.txt")
      #expect(try verification(recorder).status == .success)
      try removeFile(recorder.folder + "/a.txt")
      #expect(try verification(recorder).status == .missingInput)
    }
  }

  @Test func `without a manifest artifacts are taken at their own word`() throws {
    try withFinished { recorder, workspace in
      let text = try BoundedReader.text(at: workspace + "/manifest.json", limit: 1 << 20)
      try put(Array(text.replacing("train", with: "brain").utf8), to: workspace + "/manifest.json")
      try put(Array("ARTIFACT model".utf8), to: workspace + "/artifacts/student.h5")
      let verdicts = try verification(recorder).verdicts
      #expect(
        subjects(verdicts) == ["manifest", "artifact base.h5", "artifact student.h5"]
          + [String](repeating: "record of attempt", count: 3))
      #expect(
        verdicts[0].description.contains("manifest.json: damaged: the content does not match"))
      #expect(verdicts[1].state == .intact)
      #expect(verdicts[2].state == .damaged("truncated artifact"))
      try removeFile(workspace + "/manifest.json")
      #expect(try verification(recorder).verdicts[0].state == .missing)
    }
  }

  @Test func `a moved workspace is verified where it is, without its sources`() throws {
    try withFinished { recorder, workspace in
      let other = recorder.folder + "/moved"
      try moveFile(workspace, to: other)
      let found = try WorkspaceVerifier(
        Workspace(path: other), of: nil, probe: FakeArtifact.probe, seals: Self.seals
      ).verify()
      #expect(found.summary == "8 ok")
      #expect(throws: PipelineError.self) { try verification(recorder) }
    }
  }

  /// The verdicts on outputs of a workspace without its pipeline's file.
  private func outputs(in workspace: Workspace) throws -> [String] {
    try WorkspaceVerifier(workspace, of: nil, probe: FakeArtifact.probe, seals: Self.seals).verify()
      .verdicts.filter { $0.subject.hasPrefix("output ") }.map { "\($0.subject): \($0.state)" }
  }

  private static let template = """
    pipeline: demo
    sources: { texts: [a.txt, b.txt] }
    stages:
      NAME: { run: make, inputs: { text: texts }, output: base, temperature: HEAT }
    """

  /// The pipeline with its one stage called so, which writes what follows from its temperature.
  private func file(_ name: String, _ temperature: Int) -> String {
    Self.template.replacing("NAME", with: name).replacing("HEAT", with: "\(temperature)")
  }

  @Test func `of a file that several stages wrote the last one counts`() throws {
    // By name the former one comes first, and last.
    for name in ["zebra", "ant"] {
      try withRecorder(file("make", 4)) { recorder in
        let workspace = try recorder.load().workspace
        try recorder.run()
        try recorder.write(file(name, 5))
        try recorder.run()
        #expect(try outputs(in: workspace) == ["output base of \(name): intact"])
        #expect(try faults(recorder).isEmpty)
        try put(Array("ARTIFACT model\n\nother".utf8), to: workspace.artifactsPath + "/base.h5")
        let words = "is not what the stage wrote: its digests are others"
        #expect(try outputs(in: workspace) == ["output base of \(name): damaged(\"\(words)\")"])
      }
    }
  }

  @Test func `what another pipeline has written since is told, and not called damaged`()
    throws
  {
    try withRecorder(file("make", 4)) { recorder in
      try recorder.run()
      try recorder.write(file("brew", 5))
      try recorder.run()
      try recorder.write(file("make", 4))
      let words = "holds what stage brew has written"
      #expect(try faults(recorder) == ["output base of make: changed: \(words)"])
      #expect(try verification(recorder).status == .success)
      #expect(try recorder.plan() == ["make: run (output base \(words))"])
      let entry = try #require(recorder.runner(recorder.load()).status().entries.first)
      #expect(entry.state == "stale")
      try recorder.run()
      #expect(try faults(recorder).isEmpty)
    }
  }

  @Test func `the report is a JSON document`() {
    let found = Verification([
      Verdict("file", "a", .intact), Verdict("file", "b", .damaged("torn")),
      Verdict("file", "c", .unsealed),
    ])
    #expect(
      found.json
        == (try? StrictJSON.parse(
          Array(
            #"{"ok": false, "counts": {"ok": 1, "damaged": 1, "missing": 0, "changed": 0, "unsealed": 1}, "things": [{"what": "file", "path": "a", "state": "ok", "reason": null}, {"what": "file", "path": "b", "state": "damaged", "reason": "torn"}, {"what": "file", "path": "c", "state": "unsealed", "reason": null}]}"#
              .utf8), path: "expected")))
    #expect(found.summary == "1 ok, 1 damaged, 1 unsealed")
  }
}
