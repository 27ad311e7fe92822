internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct WorkspaceCleanerTests {
  private func clean(
    _ recorder: RunRecorder, caches: Bool = false, dryRun: Bool = false
  ) throws -> Cleaning {
    try WorkspaceCleaner(
      recorder.load().workspace, of: recorder.load(), removesCaches: caches, isDryRun: dryRun
    ).clean()
  }

  /// What was removed, as paths in the workspace.
  private func removed(_ cleaning: Cleaning) -> [String] {
    cleaning.items.map { String($0.path.split(separator: "/.distill/demo/").last ?? "") }
  }

  /// A finished run with something superfluous in every place.
  private func withLitter(_ body: (RunRecorder, String) throws -> Void) throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = recorder.folder + "/.distill/demo"
      func litter(_ path: String, _ text: String = "1234") throws {
        try ensureDirectory(splitPath(workspace + "/" + path).folder)
        try put(Array(text.utf8), to: workspace + "/" + path)
      }
      try litter(".distill-partial-1-a")
      try litter("notes.txt")
      try litter("more/notes.txt")
      try litter("artifacts/old.h5")
      try litter("artifacts/.old.new/page.html")
      try litter("artifacts/.distill-partial-1-b")
      try litter("checkpoints/train/a.safetensors")
      try litter("checkpoints/former/a.safetensors", "12345678")
      try litter("checkpoints/former/shards/0.h5")
      try litter("cache/kept.h5")
      try litter("cache/.distill-scratch-1-c")
      try body(recorder, workspace)
    }
  }

  private static let litter = [
    ".distill-partial-1-a", "artifacts/.distill-partial-1-b", "artifacts/.old.new",
    "artifacts/old.h5", "checkpoints/former", "checkpoints/train", "cache/.distill-scratch-1-c",
  ]

  @Test func `what no record refers to goes, everything else stays`() throws {
    try withLitter { recorder, workspace in
      let cleaning = try clean(recorder)
      #expect(removed(cleaning) == Self.litter)
      #expect(cleaning.items.map(\.bytes) == [4, 4, 4, 4, 12, 4, 4])
      #expect(cleaning.bytes == 36)
      for path in Self.litter { #expect(!fileExists(workspace + "/" + path), "\(path)") }
      for path in ["notes.txt", "more/notes.txt", "cache/kept.h5", "artifacts/base.h5"] {
        #expect(fileExists(workspace + "/" + path), "\(path)")
      }
      #expect(try clean(recorder).items == [])
      #expect(try recorder.run().ran == [])
    }
  }

  @Test func `a dry run names the same and removes nothing`() throws {
    try withLitter { recorder, workspace in
      let cleaning = try clean(recorder, dryRun: true)
      #expect(removed(cleaning) == Self.litter)
      for path in Self.litter { #expect(fileExists(workspace + "/" + path), "\(path)") }
    }
  }

  @Test func `caches go when that is asked for`() throws {
    try withLitter { recorder, workspace in
      let paths = try removed(clean(recorder, caches: true))
      #expect(Array(paths.suffix(2)) == ["cache/.distill-scratch-1-c", "cache/kept.h5"])
      #expect(!fileExists(workspace + "/cache/kept.h5"))
    }
  }

  @Test func `a stage that is not done keeps its checkpoint and its older output`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let workspace = recorder.folder + "/.distill/demo"
      try recorder.write(RunnerTests.chain.replacing("temperature: 1", with: "temperature: 2"))
      // The stage looks after its start was recorded.
      recorder.setOnStart { _ in recorder.setInterrupts(true) }
      #expect(try recorder.run().interrupted == ["make"])
      try put(
        Array("x".utf8), to: workspace + "/checkpoints/make/.distill-partial-1-a")
      #expect(try removed(clean(recorder)) == ["checkpoints/make/.distill-partial-1-a"])
      #expect(fileExists(workspace + "/checkpoints/make/step"))
      #expect(fileExists(workspace + "/artifacts/base.h5"))
    }
  }

  @Test func `links are removed themselves, never followed`() throws {
    try withRecorder(RunnerTests.chain) { recorder in
      try recorder.run()
      let (workspace, outside) = (recorder.folder + "/.distill/demo", recorder.folder + "/outside")
      try ensureDirectory(outside + "/former")
      try recorder.write("precious", to: "outside/former/file")
      try makeLink(outside, at: workspace + "/artifacts/old")
      try removeTree(workspace + "/checkpoints")
      try makeLink(outside, at: workspace + "/checkpoints")
      try makeLink(outside, at: workspace + "/cache")
      #expect(try removed(clean(recorder, caches: true)) == ["artifacts/old"])
      #expect(fileExists(outside + "/former/file"))
    }
  }

  @Test func `a damaged or missing manifest, or another pipeline's, removes nothing`() throws {
    try withLitter { recorder, workspace in
      let path = workspace + "/manifest.json"
      let text = try BoundedReader.text(at: path, limit: 1 << 20)
      func status() throws -> Pipelines.ExitStatus? {
        do {
          _ = try clean(recorder)
          return nil
        } catch let error as PipelineError {
          return error.status
        }
      }
      try put(Array(text.replacing("train", with: "brain").utf8), to: path)
      #expect(try status() == .badData)
      try removeFile(path)
      #expect(try status() == .missingInput)
      try put(Array(text.utf8), to: path)
      try recorder.write(
        RunnerTests.chain.replacing("pipeline: demo", with: "pipeline: p\nworkspace: .distill/demo")
      )
      #expect(try status() == .badPipeline)
      for path in Self.litter { #expect(fileExists(workspace + "/" + path), "\(path)") }
    }
  }

  @Test(arguments: ["lock", "locks/former"])
  func `nothing is removed while a process runs here, or one of its stages`(name: String) throws {
    try withLitter { recorder, workspace in
      let lock = try FileLock.acquire(workspace + "/" + name)
      defer { lock.release() }
      let error = #expect(throws: FileError.self) { try clean(recorder) }
      #expect(error?.kind == .locked)
      #expect(fileExists(workspace + "/artifacts/old.h5"))
    }
  }
}
