internal import Files
internal import Testing

@testable internal import Pipelines

/// A workspace of another pipeline: in the way only where there is something to lose.
@Suite struct TakeoverTests {
  private static func pipeline(_ name: String, _ options: String = "") -> String {
    """
    pipeline: \(name)
    workspace: place
    sources: { texts: a.txt }
    stages:
      make: { inputs: { text: texts }, outputs: { model: base }\(options) }
    """
  }

  @Test func `what failed before it came to anything is taken over and remembered`() throws {
    try withRecorder(Self.pipeline("first", ", fail: no such thing")) { recorder in
      let failed = try recorder.run()
      #expect(failed.exitStatus != .success)
      let workspace = Workspace(path: recorder.folder + "/place")
      let id = try #require(try Manifest.read(workspace)?.stages["make"]?.id)
      // It saves at once, which others do at their first step.
      try removeTree(workspace.checkpointFolder(of: "make"))
      try recorder.write(Self.pipeline("second"))
      #expect(try recorder.plan() == ["make: run (never run)"])
      #expect(try recorder.run().isFinished)
      #expect(try Manifest.read(workspace)?.pipeline == "second")
      let kept = try #require(try AttemptArchive(workspace).read(id))
      #expect(kept.pipeline == "first" && kept.record.error == "no such thing")
    }
  }

  @Test func `what is done is in the way`() throws {
    try withRecorder(Self.pipeline("first")) { recorder in
      try recorder.run()
      try recorder.write(Self.pipeline("second"))
      let error = #expect(throws: PipelineError.self) { try recorder.run() }
      #expect(error?.status == .badPipeline)
      #expect(error?.description.contains("this is the workspace of pipeline first") == true)
    }
  }

  @Test func `what can be gone on from is in the way`() throws {
    try withRecorder(Self.pipeline("first", ", fail: no such thing")) { recorder in
      try recorder.run()
      try recorder.write(Self.pipeline("second"))
      #expect(throws: PipelineError.self) { try recorder.run() }
      try removeTree(recorder.folder + "/place/checkpoints/make")
      #expect(try recorder.run().isFinished)
    }
  }

  @Test func `what a manifest says of a source is no ground for refusing it`() throws {
    try withRecorder(Self.pipeline("first")) { recorder in
      try recorder.run()
      let workspace = Workspace(path: recorder.folder + "/place")
      var manifest = try #require(try Manifest.read(workspace))
      for path in manifest.sources.keys { manifest.sources[path]?.kind = "\u{1b}[31m" }
      try manifest.write(to: workspace)
      #expect(try recorder.plan() == ["make: skip"])
      #expect(try recorder.run().skipped == ["make"])
      #expect(try Manifest.read(workspace)?.sources.values.map(\.kind) == ["file"])
    }
  }

  @Test func `what only the plan finds out names the file and the line`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      let error = #expect(throws: PipelineError.self) {
        try recorder.run { $0.only = ["train"] }
      }
      #expect(
        error?.description.contains("pipeline.yaml:9:3: stages.train: ") == true,
        "\(String(describing: error))")
    }
  }
}
