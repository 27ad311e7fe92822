internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct StagePipelineTests {
  private func options(_ flags: [(name: String, text: String)] = []) throws -> OptionValues {
    try OptionValues(flags: flags, fields: MakeStage.fields)
  }

  @Test func `a stage command is a pipeline of one stage beside its output`() throws {
    try withRecorder("") { recorder in
      let output = recorder.folder + "/new/model.h5"
      func pipeline(_ flags: [(name: String, text: String)] = []) throws -> Pipeline {
        try Pipeline.stage(
          MakeStage.self, options: options(flags), seed: 3,
          inputs: [("text", [recorder.folder + "/a.txt", recorder.folder + "/b.txt"])],
          outputs: [("model", output)])
      }
      #expect(try recorder.runner(pipeline()).run().ran == ["make"])
      #expect(try FakeArtifact.content(output) == "made(1,3,first+second)")
      #expect(fileExists(output + ".distill/manifest.json"))
      #expect(try pipeline().sources.map(\.name) == ["a", "b"])
      #expect(try recorder.runner(pipeline()).run().ran == [])
      let plan = try recorder.runner(pipeline([("temperature", "2")])).plan()
      #expect(plan.steps.map(\.reason) == ["temperature 1 -> 2"])
    }
  }

  @Test func `files of one name get names of their own`() throws {
    let pipeline = try Pipeline.stage(
      MakeStage.self, options: options(), seed: 3,
      inputs: [("text", ["x/a b.txt", "y/a b.txt", "x/a b.txt.bak", ".hidden", "-"])],
      outputs: [("model", "out.h5")])
    #expect(pipeline.sources.map(\.name) == ["a_b", "a_b-2", "a_b.txt", "x.hidden", "x-"])
    #expect(pipeline.workspace.path == "out.h5.distill")
  }

  @Test(arguments: ["in.h5", "./in.h5", "x/../in.h5", "data/out.h5", "data"])
  func `an output that would overwrite an input is refused`(path: String) throws {
    let error = #expect(throws: PipelineError.self) {
      try Pipeline.stage(
        MakeStage.self, options: options(), seed: 3, inputs: [("text", ["in.h5", "data"])],
        outputs: [("model", path)])
    }
    #expect(error?.status == .usage)
    #expect(error?.description.contains("would overwrite or lie in source") == true)
  }

  @Test(arguments: [
    ("out.h5", "./out.h5"), ("./out.h5", "x/../out.h5"), ("out.h5", "out.h5/work"),
    ("out", "out/.distill"),
  ])
  func `a workspace that is or lies in an output is refused`(output: String, workspace: String)
    throws
  {
    let error = #expect(throws: PipelineError.self) {
      try Pipeline.stage(
        MakeStage.self, options: options(), seed: 3, inputs: [("text", ["in.h5"])],
        outputs: [("model", output)], workspace: workspace)
    }
    #expect(error?.status == .usage)
    #expect(
      error?.description
        == "--workspace: \(workspace) is or lies in the output \(output), which would take its "
        + "place; work in another folder")
  }

  @Test(arguments: [("w/out.h5", "w"), ("out.h5", "."), ("out.h5", "out.h5.distill")])
  func `a workspace may hold an output, or lie beside it`(output: String, workspace: String) throws
  {
    let pipeline = try Pipeline.stage(
      MakeStage.self, options: options(), seed: 3, inputs: [("text", ["in.h5"])],
      outputs: [("model", output)], workspace: workspace)
    #expect(pipeline.workspace.path == workspace)
  }

  @Test func `an output that is there is replaced only where it is the program's, or when told`()
    throws
  {
    try withRecorder("") { recorder in
      let output = recorder.folder + "/mine.tsv"
      func run(
        temperature: String = "1", _ change: (inout RunOptions) -> Void = { _ in }
      ) throws -> [String] {
        let pipeline = try Pipeline.stage(
          MakeStage.self, options: options([("temperature", temperature)]), seed: 3,
          inputs: [("text", [recorder.folder + "/a.txt"])], outputs: [("model", output)])
        return try recorder.runner(pipeline, change).run().ran
      }
      try recorder.write("my rows", to: "mine.tsv")
      let refused = #expect(throws: FileError.self) { try run() }
      #expect(refused?.kind == .cannotCreate && refused?.path == output)
      #expect(
        refused?.detail.contains("name another output, or replace it with --overwrite") == true)
      #expect(try BoundedReader.text(at: output, limit: 100) == "my rows")
      #expect(!fileExists(output + ".distill"))
      #expect(try run { $0.overwrites = true } == ["make"])
      // What a stage made it may make again, damaged or not, with its record or as an artifact.
      #expect(try run(temperature: "2") == ["make"])
      try recorder.write("damaged", to: "mine.tsv")
      #expect(try run(temperature: "2") == ["make"])
      try removeTree(output + ".distill")
      #expect(try run() == ["make"])
      // Nothing is lost with an empty file.
      try removeTree(output + ".distill")
      try recorder.write("", to: "mine.tsv")
      #expect(try run() == ["make"])
    }
  }

  @Test func `a folder or a device in the place of an output is refused before any work`() throws {
    try withRecorder("") { recorder in
      try ensureDirectory(recorder.folder + "/taken")
      for output in [recorder.folder + "/taken", recorder.folder + "/x/", "/dev/null"] {
        let pipeline = try Pipeline.stage(
          MakeStage.self, options: options(), seed: 3,
          inputs: [("text", [recorder.folder + "/a.txt"])], outputs: [("model", output)],
          workspace: recorder.folder + "/w")
        let error = #expect(throws: FileError.self) {
          try recorder.runner(pipeline) { $0.overwrites = true }.run()
        }
        #expect(error?.kind == .cannotCreate && error?.path == output)
        #expect(!fileExists(recorder.folder + "/w"))
      }
    }
  }

  @Test func `missing and unknown ports are usage errors`() throws {
    let error = #expect(throws: PipelineError.self) {
      try Pipeline.stage(
        MakeStage.self, options: options(), seed: 3, inputs: [("texts", ["a"])],
        outputs: [("model", "m")])
    }
    #expect(error?.status == .usage)
    #expect(error?.faults.count == 2)
  }

  @Test func `a folder is a source; links to folders in it are refused, not followed`() throws {
    try withRecorder("") { recorder in
      let data = recorder.folder + "/data"
      try ensureDirectory(data + "/sub")
      try put(Array("x".utf8), to: data + "/sub/file")
      try makeLink("../../a.txt", at: data + "/sub/link")
      func run() throws -> [String] {
        let pipeline = try Pipeline.stage(
          MakeStage.self, options: options(), seed: 3, inputs: [("text", [data])],
          outputs: [("model", recorder.folder + "/m.h5")])
        return try recorder.runner(pipeline).run().ran
      }
      #expect(try run() == ["make"])
      #expect(try run() == [])
      // What a link to a file leads to is content.
      try recorder.write("changed", to: "a.txt")
      #expect(try run() == ["make"])
      try makeLink(".", at: data + "/again")
      try makeLink(".", at: data + "/andAgain")
      let error = #expect(throws: FileError.self) { try run() }
      #expect(error?.detail == "is a link to a folder; copy the folder")
    }
  }

  @Test func `folders and plain files are outputs under their own names`() throws {
    let text = """
      pipeline: demo
      sources: { texts: a.txt }
      stages:
        make: { inputs: { text: texts }, outputs: { model: m, log: make.log } }
        score: { inputs: { models: m }, outputs: { pages: site } }
      """
    try withRecorder(text) { recorder in
      try recorder.run()
      let artifacts = recorder.folder + "/.distill/demo/artifacts"
      #expect(try folderEntries(artifacts) == ["m.h5", "make.log", "site"])
      #expect(try recorder.run().ran == [])
      try AtomicFile.write("defaced", to: artifacts + "/site/index.html")
      #expect(try recorder.plan()[1] == "score: run (output site is damaged)")
    }
  }
}
