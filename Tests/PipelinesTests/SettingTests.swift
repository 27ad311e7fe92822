internal import Testing

@testable internal import Pipelines

@Suite struct SettingTests {
  private static let file = """
    pipeline: demo
    sources:
      texts: a.txt
      more.v1: b.txt
    stages:
      make:
        inputs: { text: texts }
        outputs: { model: base }
        temperature: 1
        label:
      train.v2:
        run: train
        inputs: { teacher: base, data: more.v1 }
        output: student
    """

  private func load(_ settings: [String], _ text: String = file) throws -> Pipeline {
    try PipelineFile.parse(
      text, path: "p.yaml", registry: fakeRegistry, settings: Setting.read(settings))
  }

  private func faults(_ settings: [String]) -> [String] {
    do {
      _ = try load(settings)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map(String.init)
    }
  }

  @Test func `a value takes the place of the file's, or stands where the file has none`() throws {
    let pipeline = try load([
      "seed=7", "stages.make.temperature=2.5", "stages.make.epochs=1e1", "stages.make.label=a=b",
      "stages.make.words=[x, 12:30]", "sources.texts=other.tsv", "workspace=there",
    ])
    #expect(pipeline.seed == 7)
    #expect(pipeline.workspace.path == "there")
    #expect(pipeline.sources[0].paths == ["other.tsv"])
    let options = pipeline.stages[0].options
    #expect(options.real("temperature") == 2.5)
    #expect(options.integer("epochs") == 10)
    #expect(options.text("label") == "a=b")
    #expect(options.texts("words") == ["x", "12:30"])
  }

  @Test func `the options are those of a file with the value in it`() throws {
    let written = try load([], Self.file.replacing("temperature: 1", with: "temperature: 2"))
    let given = try load(["stages.make.temperature=2"])
    #expect(
      Fingerprint(of: written.stages[0], inputs: [:])
        == Fingerprint(of: given.stages[0], inputs: [:]))
  }

  @Test func `names with dots, lists, mappings and keys of mappings can be set`() throws {
    let pipeline = try load([
      "stages.train.v2.seed=9", "sources.more.v1=[c.txt]", "stages.make.inputs={ text: [texts] }",
      "stages.train.v2.inputs.teacher=base",
    ])
    #expect(pipeline.stages.map(\.seed) == [42, 9])
    #expect(pipeline.sources[1].paths == ["c.txt"])
  }

  @Test func `a matrix is made by setting its variables`() throws {
    let pipeline = try load([
      "stages.train.v2.matrix.seed=[1,2]", "stages.train.v2.output=student-${seed}",
    ])
    #expect(pipeline.stages.map(\.seed) == [42, 1, 2])
  }

  @Test func `the value is read as the file's own line would be`() {
    #expect(
      faults(["stages.make.label=null"]) == [],
      "an option without default may be set to nothing")
    #expect(
      faults(["stages.make.temperature="]) == [
        "--set stages.make.temperature: has no value; leave the line out for the default, 1"
      ])
    #expect(
      faults(["stages.make.temperature=\"2\""]) == [
        "--set stages.make.temperature: expected a number from 0 to 10; take the quotes off \"2\""
      ])
    #expect(
      faults(["stages.make.label=*a"]).first?.hasPrefix("--set stages.make.label: ") == true)
    #expect(
      faults(["stages.make.label=a: b"]).first?.hasPrefix("--set stages.make.label: not YAML")
        == true)
    #expect(
      faults(["stages.make.words={ a: 1, a: 2 }"]) == [
        "--set stages.make.words: stages.make.words.a: this key is written twice, first at "
          + "--set stages.make.words"
      ])
    #expect(
      faults(["stages.make.label=a\nseed: 1"]) == [
        "--set stages.make.label: a value here is one line without control characters"
      ])
  }

  @Test(arguments: [
    (
      "stages.make.temprature=1",
      "--set stages.make.temprature: make has no such option; did you mean \"temperature\"?"
    ),
    (
      "stages.make.temperature=11",
      "--set stages.make.temperature: expected a number from 0 to 10, not \"11\""
    ),
    (
      "stages.mkae.temperature=1",
      "--set stages.mkae.temperature: the file has no stage \"mkae\"; did you mean \"make\"?"
    ),
    (
      "sources.text=x.txt",
      "--set sources.text: the file has no source \"text\"; did you mean \"texts\"?"
    ),
    ("sed=7", "--set sed: there is no such key; did you mean \"seed\"?"),
    ("seed.x=7", "--set seed.x: seed: expected a whole number, not a mapping"),
    (
      "stages.make.temperature.x=1",
      "--set stages.make.temperature.x: stages.make.temperature is \"1\", which has no keys"
    ),
    (
      "stages.make.inputs.txt=texts",
      "--set stages.make.inputs.txt: make has no such input; did you mean \"text\"?"
    ),
    (
      "stages.train.v2.inputs.teacher=bse",
      "--set stages.train.v2.inputs.teacher: no source or output is named \"bse\"; did you mean "
        + "\"base\"?"
    ),
    (
      "stages.make.matrix.e=[1,2]",
      "--set stages.make.matrix.e: the variable is not used; write ${e} where its value belongs"
    ),
  ])
  func `a faulty value is found at its --set`(setting: String, expected: String) {
    #expect(faults([setting]).contains(expected), "\(faults([setting]))")
  }

  @Test func `what is wrong with a value and with the file is told together`() throws {
    let text = Self.file.replacing("label:", with: "epochs: 0")
    do {
      _ = try load(["stages.make.temperature=11"], text)
      Issue.record("accepted")
    } catch let error as PipelineError {
      #expect(error.status == .badPipeline)
      #expect(
        error.faults.map(\.description) == [
          "--set stages.make.temperature: expected a number from 0 to 10, not \"11\"",
          "p.yaml:10:13: stages.make.epochs: expected a whole number from 1 to 100, not \"0\"",
        ])
    }
  }

  @Test(arguments: [
    ("seed", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"seed\""),
    ("=1", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"=1\""),
    ("", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"\""),
    ("stages..x=1", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"stages..x=1\""),
    ("<<=1", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"<<=1\""),
    ("a b=1", "expected KEY=VALUE, such as stages.prediction.seed=7, not \"a b=1\""),
  ])
  func `what is no setting is a fault of the command line`(text: String, expected: String) {
    #expect(throws: PipelineError(.usage, at: "--set", expected)) { try Setting.read([text]) }
  }

  @Test func `one key cannot be set twice`() {
    #expect(throws: PipelineError(.usage, at: "--set", "seed is set twice")) {
      try Setting.read(["seed=1", "stages.make.seed=1", "seed=2"])
    }
  }
}
