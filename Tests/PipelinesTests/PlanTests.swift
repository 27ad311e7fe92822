internal import Files
internal import Testing

@testable internal import Pipelines

// make ──► train ──► score
@Suite struct PlanTests {
  private let chain = RunnerTests.chain

  @Test func `before the first run everything is pending and nothing is written`() throws {
    try withRecorder(chain) { recorder in
      let plan = try recorder.plan()
      #expect(
        plan == [
          "make: run (never run)", "train: run (never run; after make)",
          "score: run (never run; after train)",
        ])
      #expect(!fileExists(recorder.folder + "/.distill"))
    }
  }

  @Test func `options, seed and revision are explained with both values`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      #expect(
        try recorder.plan(seed: 6) == [
          "make: run (seed 5 -> 6)", "train: run (seed 5 -> 6; after make)",
          "score: run (seed 5 -> 6; after train)",
        ])
      try recorder.write(
        chain.replacing(
          "temperature: 1", with: "temperature: 2.5\n    label: x\n    layers: [1, 2]"))
      #expect(
        try recorder.plan().first
          == "make: run (label none -> x, layers none -> [1, 2], temperature 1 -> 2.5)")
    }
  }

  @Test func `another revision of a kind is a reason`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      let pipeline = try recorder.load()
      let stage = pipeline.stages[0]
      let new = Fingerprint(of: stage, inputs: [:])
      let object = try #require(new.preimage.object)
      let old = Fingerprint(
        preimage: .object(
          JSONObject(
            object.members.map { ($0.name, $0.name == "revision" ? .integer(0) : $0.value) })))
      #expect(new.differences(from: old) == ["revision 0 -> 1"])
      #expect(try new.digest() != old.digest())
    }
  }

  @Test func `an option that came or went is a difference`() throws {
    let options = JSONObject([("alpha", .real(0.5)), ("beta", .boolean(true))])
    let fewer = JSONObject([("alpha", .real(0.5))])
    let old = Fingerprint(preimage: .object(JSONObject([("options", .object(options))])))
    let new = Fingerprint(preimage: .object(JSONObject([("options", .object(fewer))])))
    #expect(new.differences(from: old) == ["beta true -> (not known)"])
    #expect(old.differences(from: new) == ["beta (not known) -> true"])
  }

  @Test func `an option that an older version did not know is none while it is at its default`()
    throws
  {
    try withRecorder(chain) { recorder in
      let stage = try recorder.load().stages[0]
      let new = Fingerprint(of: stage, inputs: [:])
      let field = try #require(stage.kind.fields.first { $0.isSemantic && $0.defaultValue != nil })
      let options = try #require(new.preimage.object?.members.first { $0.name == "options" })
      let members = try #require(options.value.object?.members)
      func stored(_ members: [(name: String, value: JSONValue)]) throws -> Fingerprint {
        let rest = try #require(new.preimage.object?.members).filter { $0.name != "options" }
        return Fingerprint(
          preimage: .object(
            JSONObject(
              rest.map { ($0.name, $0.value) }
                + [("options", .object(JSONObject(members.map { ($0.name, $0.value) })))])))
      }
      let old = try stored(members.filter { $0.name != field.name })
      #expect(new == old && old == new && new.differences(from: old).isEmpty)
      let other = try stored(
        members.map { ($0.name, $0.name == field.name ? .string("x") : $0.value) })
      #expect(new != other)
    }
  }

  @Test func `an option that an older version did not know is none while it is off`() throws {
    func fingerprint(_ options: [(String, JSONValue)]) -> Fingerprint {
      Fingerprint(preimage: .object(JSONObject([("options", .object(JSONObject(options)))])))
    }
    let old = fingerprint([("alpha", .real(0.5))])
    let off: [JSONValue] = [.null, .boolean(false), .array([])]
    for value in off {
      let new = fingerprint([("alpha", .real(0.5)), ("beta", value)])
      #expect(new == old && old == new && new.differences(from: old).isEmpty)
    }
    let on = fingerprint([("alpha", .real(0.5)), ("beta", .integer(0))])
    #expect(on != old && on.differences(from: old) == ["beta (not known) -> 0"])
    #expect(fingerprint([("alpha", .null)]) != old, "what was known and is off now")
  }

  @Test func `a missing output is a reason`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      try removeFile(recorder.artifact("base"))
      #expect(
        try recorder.plan() == [
          "make: run (output base is missing)", "train: may_run (after make)",
          "score: may_run (after train)",
        ])
      try recorder.run()
      // What is made again is the same, so nothing else runs.
      #expect(
        recorder.log == [
          "start make: output base is missing", "finish make", "skip train", "skip score",
        ])
    }
  }

  @Test(arguments: ["ARTIFACT model\n\nforged", "ARTIFACT model", "noise", ""])
  func `a damaged output is a reason`(bytes: String) throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      try AtomicFile.write(bytes, to: recorder.artifact("base"))
      #expect(try recorder.plan().first == "make: run (output base is damaged)")
      try recorder.run()
      #expect(recorder.log.suffix(2) == ["skip train", "skip score"])
    }
  }

  @Test func `an output copied over itself is still the same`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      let path = try recorder.artifact("base")
      try AtomicFile.write(try BoundedReader.bytes(at: path, limit: 1 << 20), to: path)
      #expect(try recorder.plan() == ["make: skip", "train: skip", "score: skip"])
    }
  }

  @Test func `without trust in signatures the bytes decide`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      // A manifest that vouches for other bytes with a good signature: rot under the file system.
      var manifest = try #require(try recorder.manifest())
      manifest.stages["make"]?.outputs[0].digests = OutputDigests(
        content: Digest.of("x"), file: Digest.of("x"))
      try manifest.write(to: recorder.load().workspace)
      #expect(try !recorder.plan().contains("make: run (output base is damaged)"))
      #expect(
        try recorder.plan { $0.trustsSignatures = false }.first
          == "make: run (output base is damaged)")
    }
  }

  @Test func `force runs a stage, and what is after it only if it writes something new`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      #expect(
        try recorder.plan { $0.forced = ["train"] } == [
          "make: skip", "train: run (forced)", "score: may_run (after train)",
        ])
      try recorder.run { $0.forced = ["train"] }
      #expect(
        recorder.log == ["skip make", "start train: forced", "finish train", "skip score"])
    }
  }

  @Test func `until runs a stage with what it needs`() throws {
    try withRecorder(chain) { recorder in
      let summary = try recorder.run { $0.until = ["train"] }
      #expect(summary.ran == ["make", "train"])
      #expect(try recorder.run().ran == ["score"])
    }
  }

  @Test func `only runs a stage on what is there`() throws {
    try withRecorder(chain) { recorder in
      do {
        try recorder.run { $0.only = ["train"] }
        Issue.record("ran without input")
      } catch let error as PipelineError {
        #expect(error.status == .missingInput)
        #expect(
          "\(error)".hasSuffix(
            "pipeline.yaml:9:3: stages.train: reads base, which stage make has not made yet; run that "
              + "first"))
      }
      try recorder.run { $0.only = ["make"] }
      try recorder.write(chain.replacing("temperature: 1", with: "temperature: 3"))
      // `make` is stale; asked for alone, `train` works on what `make` wrote.
      let summary = try recorder.run { $0.only = ["train"] }
      #expect(summary.ran == ["train"])
      #expect(
        try FakeArtifact.content(recorder.artifact("student")) == "trained(0.5,5,made(1,5,first))")
    }
  }

  @Test func `names that mean nothing are refused with a suggestion`() throws {
    try withRecorder(chain) { recorder in
      do {
        try recorder.run {
          $0.until = ["make", "trian"]
          $0.only = ["make"]
          $0.forced = ["score"]
        }
        Issue.record("ran")
      } catch let error as PipelineError {
        #expect(error.status == .usage)
        #expect(
          error.faults.map(\.description) == [
            "--until: there is no stage \"trian\"; did you mean \"train\"?",
            "--only: cannot be combined with --until",
            "--force: stage score takes no part in this run",
          ])
      }
    }
  }

  @Test func `the name of a matrix means all its instances`() throws {
    let text = """
      pipeline: demo
      sources: { texts: a.txt }
      stages:
        make:
          matrix: { seed: [1, 2] }
          inputs: { text: texts }
          outputs: { model: "m-${seed}" }
      """
    try withRecorder(text) { recorder in
      try recorder.run()
      #expect(try recorder.run { $0.forced = ["make"] }.ran == ["make@seed=1", "make@seed=2"])
      #expect(try recorder.run { $0.forced = ["make@seed=2"] }.ran == ["make@seed=2"])
      #expect(try FakeArtifact.content(recorder.artifact("m-2")) == "made(1,2,first)")
    }
  }

  @Test func `all missing sources are named before any work`() throws {
    try withRecorder(
      chain.replacing("texts: a.txt", with: "texts: [a.txt, no.txt, nor.txt]")
    ) { recorder in
      do {
        try recorder.run()
        Issue.record("ran")
      } catch let error as PipelineError {
        #expect(error.status == .missingInput)
        #expect(error.faults.count == 2)
        #expect("\(error)".contains("no.txt: there is no such file or folder"))
        #expect("\(error)".contains("3:12: sources.texts"))
      }
      #expect(recorder.log == [])
      #expect(!fileExists(recorder.folder + "/.distill"))
    }
  }

  @Test func `a source of a kind that the port does not take is refused`() throws {
    let text = """
      pipeline: demo
      sources: { texts: a.txt }
      stages:
        train: { inputs: { teacher: texts }, output: m }
      """
    try withRecorder(text) { recorder in
      do {
        try recorder.run()
        Issue.record("ran")
      } catch let error as PipelineError {
        #expect(error.status == .badData)
        #expect(
          "\(error)".contains(
            "pipeline.yaml:4:31: stages.train.inputs.teacher: takes model or folder, but "))
        #expect("\(error)".hasSuffix("a.txt is a file"))
      }
      // An artifact is recognised by what is in it, whatever its name.
      try FakeArtifact.write("teacher", kind: "model", to: recorder.folder + "/a.txt")
      #expect(try recorder.run().ran == ["train"])
    }
  }

  @Test func `names of inputs are a reason only where they matter`() throws {
    try withRecorder(chain) { recorder in
      try recorder.run()
      try recorder.write(
        chain.replacing("output: student", with: "output: pupil")
          .replacing("models: student", with: "models: pupil")
          .replacing("texts", with: "words"))
      try recorder.run()
      #expect(
        recorder.log == [
          "skip make", "start train: output pupil is missing", "finish train",
          "start score: input models changed (pupil)", "finish score",
        ])
    }
  }

  @Test func `the plan is a JSON document`() throws {
    try withRecorder(chain) { recorder in
      let plan = try recorder.runner(recorder.load()).plan()
      #expect(
        String(decoding: try plan.json.encoded(), as: UTF8.self).hasSuffix(
          ".distill/demo\",\"current\":false,\"stages\":["
            + "{\"stage\":\"make\",\"kind\":\"make\",\"action\":\"run\",\"reasons\":[\"never run\"],"
            + "\"cost\":null},"
            + "{\"stage\":\"train\",\"kind\":\"train\",\"action\":\"run\","
            + "\"reasons\":[\"never run\",\"after make\"],\"cost\":null},"
            + "{\"stage\":\"score\",\"kind\":\"score\",\"action\":\"run\","
            + "\"reasons\":[\"never run\",\"after train\"],\"cost\":null}],"
            + "\"cost\":null}"))
    }
  }
}
