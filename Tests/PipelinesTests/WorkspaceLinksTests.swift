internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct WorkspaceLinksTests {
  /// Places in a workspace that the program writes to, or beneath.
  private static let places = [
    "manifest.json", "lock", "locks", "locks/make", "artifacts", "artifacts/made.h5",
    "metrics.jsonl", "runs", "runs/x.json", "run-cache", "run-cache/x/model", "cache",
    "cache/locks",
    "cache/teacher-00000.safetensors", "checkpoints",
    "checkpoints/make", "checkpoints/make/checkpoint-a.safetensors",
  ]

  /// Everything that lies outside, by name.
  private func outside(_ folder: String) throws -> [String] {
    try ["kept", "folder/kept"].map { try BoundedReader.text(at: "\(folder)/\($0)", limit: 100) }
      + folderEntries(folder) + folderEntries(folder + "/folder")
  }

  @Test(arguments: places)
  func `a link in a workspace is refused, and what it leads to stays`(place: String) throws {
    try withRecorder(RunnerTests.chain) { recorder in
      let (workspace, elsewhere) = (recorder.folder + "/.distill/demo", recorder.folder + "/other")
      try ensureDirectory(elsewhere + "/folder")
      for name in ["kept", "folder/kept"] {
        try put(Array("mine".utf8), to: "\(elsewhere)/\(name)")
      }
      let link = workspace + "/" + place
      try ensureDirectory(splitPath(link).folder)
      for target in ["/kept", "/folder", "/nothing"] {
        try removeFile(link)
        try makeLink(elsewhere + target, at: link)
        let before = try outside(elsewhere)
        let calls: [() throws -> Void] = [
          { try recorder.run() }, { _ = try recorder.runner(recorder.load()).status() },
          { _ = try recorder.runner(recorder.load()).adopt("make", [:]) },
        ]
        for call in calls {
          let error = #expect(throws: FileError.self) { try call() }
          #expect(error?.path == link && error?.kind == .escapes, "\(target)")
          #expect(error?.description.contains("remove it") == true)
        }
        #expect(try outside(elsewhere) == before)
      }
      // The cure.
      try removeFile(link)
      #expect(try recorder.run().ran == ["make", "train", "score"])
    }
  }

  @Test func `a workspace that is itself a link is the user's`() throws {
    try withRecorder(RunnerTests.chain) {
      recorder in
      let elsewhere = recorder.folder + "/disk"
      try ensureDirectory(elsewhere)
      try makeLink(elsewhere, at: recorder.folder + "/w")
      let pipeline = try PipelineFile.load(
        recorder.file, registry: fakeRegistry, seed: nil, workspace: recorder.folder + "/w",
        settings: [])
      #expect(try recorder.runner(pipeline).run().ran == ["make", "train", "score"])
      #expect(fileExists(elsewhere + "/manifest.json"))
    }
  }
}
