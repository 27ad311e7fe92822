internal import Testing

@testable internal import Pipelines

@Suite struct PipelineFileTests {
  /// The faults of a stage `make` with these lines, which begin at line 7, column 5.
  private func stageFaults(_ lines: String) -> [String] {
    let body = lines.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "    " + $0 }.joined(separator: "\n")
    return faults(
      """
      pipeline: demo
      sources:
        texts: a.txt
      stages:
        make:
          inputs: { text: texts }
      \(body)
      """)
  }

  @Test func `a sound file gives names, paths, options and defaults`() throws {
    let pipeline = try PipelineFile.parse(
      """
      pipeline: demo
      seed: 5
      sources:
        texts: [a.txt, /data/b.txt]
      stages:
        train:
          inputs: { teacher: base }
          output: student
          seed: 9
        base-model:
          run: make
          inputs:
            text: texts
          outputs: { model: base }
          temperature: 2
          label: no
          words: [12:30, 1e3]
      """, path: "dir/p.yaml", registry: fakeRegistry)
    #expect(pipeline.name == "demo")
    #expect(pipeline.workspace.path == "dir/.distill/demo")
    #expect(pipeline.sources.map(\.paths) == [["dir/a.txt", "/data/b.txt"]])
    #expect(pipeline.stages.map(\.name) == ["base-model", "train"])
    #expect(pipeline.stages.map(\.seed) == [5, 9])
    let options = pipeline.stages[0].options
    #expect(options.real("temperature") == 2)
    #expect(options.integer("epochs") == 3)
    #expect(options.text("label") == "no")
    #expect(options.texts("words") == ["12:30", "1e3"])
    #expect(options.optionalInteger("epochs") == 3)
    #expect(pipeline.stages[1].outputs.map(\.name) == ["student"])
  }

  @Test func `what is on a server is asked for once all else is right`() throws {
    let text = """
      pipeline: demo
      sources:
        texts: [mlflow:runs/a/model, a.txt]
      stages:
        make:
          inputs: { text: texts }
          output: model
      """
    var asked: [String] = []
    let pipeline = try PipelineFile.parse(text, path: "dir/p.yaml", registry: fakeRegistry) {
      address, workspace in
      asked += [address, workspace.path]
      return "/cache/a"
    }
    #expect(asked == ["mlflow:runs/a/model", pipeline.workspace.path])
    #expect(pipeline.sources.map(\.paths) == [["/cache/a", "dir/a.txt"]])
    let plain = try PipelineFile.parse(text, path: "dir/p.yaml", registry: fakeRegistry)
    #expect(plain.sources.first?.paths.first == "mlflow:runs/a/model")
    // Nothing is fetched for a file with faults, nor is what was not fetched said to be missing.
    let error = #expect(throws: PipelineError.self) {
      try PipelineFile.parse(
        text.replacing("make:", with: "mke:"), path: "dir/p.yaml", registry: fakeRegistry,
        looksAhead: true
      ) { _, _ in
        Issue.record("it was asked for")
        return ""
      }
    }
    #expect(error?.lines.contains { $0.contains("mlflow:") } == false)
  }

  @Test func `a seed from outside replaces the file's and leaves the stages' own`() throws {
    let text = """
      pipeline: demo
      seed: 5
      sources: { texts: a.txt }
      stages:
        make: { inputs: { text: texts }, outputs: { model: base } }
        train: { seed: 9, inputs: { teacher: base }, output: student }
      """
    let pipeline = try PipelineFile.parse(
      text, path: "p.yaml", registry: fakeRegistry, seed: 77)
    #expect(pipeline.seed == 77)
    #expect(pipeline.stages.map(\.seed) == [77, 9])
  }

  @Test func `a scalar is read by the type of its option`() throws {
    let pipeline = try PipelineFile.parse(
      """
      pipeline: demo
      sources: { texts: a.txt }
      stages:
        make:
          inputs: { text: texts }
          outputs: { model: base }
          epochs: 1e1
          temperature: 25e-1
          bf16: yes
          label: null island
          layers: 4
      """, path: "p.yaml", registry: fakeRegistry)
    let options = pipeline.stages[0].options
    #expect(options.integer("epochs") == 10)
    #expect(options.real("temperature") == 2.5)
    #expect(options.boolean("bf16"))
    #expect(options.text("label") == "null island")
    #expect(options.texts("layers") == ["4"])
  }

  @Test(arguments: [
    (
      "temprature: 1",
      "7:5: stages.make.temprature: make has no such option; did you mean \"temperature\"?"
    ),
    (
      "temperature: warm",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not \"warm\""
    ),
    (
      "temperature: 11", "7:18: stages.make.temperature: expected a number from 0 to 10, not \"11\""
    ),
    (
      "temperature: .nan",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not \".nan\""
    ),
    (
      "temperature: nan",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not \"nan\""
    ),
    (
      "temperature: .inf",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not \".inf\""
    ),
    (
      "temperature: 0x1p3",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not \"0x1p3\""
    ),
    (
      "temperature: \"1\"",
      "7:18: stages.make.temperature: expected a number from 0 to 10; take the quotes off \"1\""
    ),
    (
      "temperature: [1]",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not a list"
    ),
    (
      "temperature: { a: 1 }",
      "7:18: stages.make.temperature: expected a number from 0 to 10, not a mapping"
    ),
    (
      "temperature:",
      "7:17: stages.make.temperature: has no value; leave the line out for the default, 1"
    ),
    ("epochs: 1.5", "7:13: stages.make.epochs: expected a whole number from 1 to 100, not \"1.5\""),
    ("epochs: 0", "7:13: stages.make.epochs: expected a whole number from 1 to 100, not \"0\""),
    (
      "epochs: 0o17",
      "7:13: stages.make.epochs: expected a whole number from 1 to 100, not \"0o17\""
    ),
    (
      "epochs: 12:30",
      "7:13: stages.make.epochs: expected a whole number from 1 to 100, not \"12:30\""
    ),
    (
      "epochs: 99999999999999999999",
      "7:13: stages.make.epochs: expected a whole number from 1 to 100, not \"99999999999999999999\""
    ),
    ("bf16: 1", "7:11: stages.make.bf16: expected true or false, not \"1\""),
    (
      "mode: exat",
      "7:11: stages.make.mode: \"exat\" is not one of fast, exact; did you mean \"exact\"?"
    ),
    ("words: [a, [b]]", "7:16: stages.make.words: expected a list of texts, with a list in it"),
    ("label: ${x}", "7:12: stages.make.label: there is no variable ${x}"),
    ("seed: -1", "7:11: stages.make.seed: expected a whole number of at least 0, not \"-1\""),
    ("seed: [1]", "7:11: stages.make.seed: expected a whole number, not a list"),
    (
      "run: mak", "7:10: stages.make.run: there is no kind of stage \"mak\"; did you mean \"make\"?"
    ),
    ("run: [make]", "7:10: stages.make.run: expected a kind, not a list"),
    ("mode: fast\nepochs: 60", "5:3: stages.make: mode fast takes at most 50 epochs"),
  ])
  func `a wrong option is refused with its place`(line: String, expected: String) {
    // The stage has no outputs besides; only one whose options are sound is put into the graph.
    #expect(stageFaults("outputs: { model: m }\n" + line).map(dropLine) == [dropLine(expected)])
  }

  @Test(arguments: [("temperature", "010"), ("seed", "0100")])
  func `a number that other readers take for octal is refused`(key: String, number: String) {
    let found = stageFaults("outputs: { model: m }\n\(key): \(number)")
    #expect(found.count == 1 && found.first?.hasPrefix("8:") == true, "\(found)")
    let cure = "not \"\(number)\", which YAML 1.1 reads as octal; leave the zero out"
    #expect(found.first?.hasSuffix(cure) == true, "\(found)")
    #expect(stageFaults("outputs: { model: m }\nlabel: \(number)").isEmpty)
  }

  /// The line of the option is one further down than in the table.
  private func dropLine(_ fault: String) -> String {
    fault.split(separator: ":", maxSplits: 1).last.map(String.init) ?? fault
  }

  @Test(arguments: [
    (
      "pipelin: x\nstages: {}",
      [
        "1:1: pipelin: there is no such key; did you mean \"pipeline\"?",
        "1:1: pipeline: the name of the pipeline is missing; add pipeline: NAME",
        "2:9: stages: there is no stage; add at least one, under its name",
      ]
    ),
    ("pipeline: p\nstages:", ["2:8: stages: there is no stage; add at least one, under its name"]),
    ("pipeline: p\nstages: [make]", ["2:9: stages: expected stages by name, not a list"]),
    (
      "pipeline: a/b\nstages:\n  make:",
      [
        "1:11: pipeline: the name \"a/b\" may hold letters, digits and . _ @ = - only",
        "3:3: stages.make: the input \"text\" is missing (text files); add inputs: { text: ... }",
        "3:3: stages.make: the output \"model\" is missing (the model); add outputs: { model: ... }",
      ]
    ),
    ("- 1", ["1:1: expected a mapping with pipeline, sources and stages"]),
    ("", ["1:1: the file is empty"]),
    ("a: [1", ["2:1: not YAML: while parsing a flow sequence, did not find expected ',' or ']'"]),
    (
      "pipeline: p\nseed: x\nstages:\n  mke:\n",
      [
        "2:7: seed: expected a whole number of at least 0, not \"x\"",
        "4:3: stages.mke: \"mke\" is no kind of stage; add run: KIND or use a kind as the name; did you mean \"make\"?",
      ]
    ),
    (
      "pipeline: p\nsources: [a]\nstages:\n  make: 3\n",
      [
        "2:10: sources: expected names with paths, not a list",
        "4:9: stages.make: expected the stage's keys, not \"3\"",
      ]
    ),
    (
      "pipeline: p\nsources: { a: [], b: ~/x, c/d: e, f: { g: h } }\nstages:\n  make@1: { run: make }\n",
      [
        "2:15: sources.a: the list of paths is empty",
        "2:22: sources.b: ~ is not expanded here; write the whole path",
        "2:27: sources.c/d: the name \"c/d\" may hold letters, digits and . _ @ = - only",
        "2:38: sources.f: expected a path or a list of paths, not a mapping",
        "4:3: stages.make@1: @ and = are for the names of instances",
      ]
    ),
    (
      "pipeline: p\nstages:\n  score:\n    inputs: texts\n    outputs: { report: [] }\n    output: x\n",
      [
        "4:13: stages.score.inputs: expected ports with names, such as { port: name }, not \"texts\"",
        "5:24: stages.score.outputs.report: the list is empty; name at least one",
        "6:5: stages.score.output: score has 2 outputs; write outputs: { port: name } with report, pages",
      ]
    ),
  ])
  func `faults of the document are found together`(text: String, expected: [String]) {
    #expect(faults(text) == expected)
  }

  @Test func `output is the one port that must be given, beside those that may`() {
    let text = "pipeline: p\nsources: { t: a }\nstages:\n  make: { input: t, output: m"
    #expect(faults(text + " }\n") == [])
    #expect(faults(text + ", outputs: { log: l } }\n") == [])
    #expect(faults(text + ", outputs: { model: n } }\n").count == 1)
  }

  @Test(arguments: [
    "../out", "/tmp/out", "a/../../b", "~/x", "\"a\\nb\"", "\"\"",
  ])
  func `a workspace that leaves the file's folder is refused`(path: String) {
    let found = faults(
      "pipeline: p\nworkspace: \(path)\nsources: { t: a }\nstages:\n"
        + "  make: { inputs: { text: t }, outputs: { model: m } }\n")
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("2:12: workspace: "))
    #expect(found[0].hasSuffix("it must lie beneath the pipeline file's folder"))
  }

  @Test(arguments: ["../m", "/m", ".", "..", ".m", "-m", "a b", "a/b", "é", "\"a\\0b\""])
  func `an output's name that is no plain file name is refused`(name: String) {
    let found = stageFaults("outputs: { model: \(name) }")
    #expect(found.count == 1)
    #expect(found[0].hasPrefix("7:23: stages.make.outputs.model: the name"))
  }

  @Test func `a name longer than 200 bytes is refused`() {
    let found = stageFaults("outputs: { model: \(String(repeating: "a", count: 201)) }")
    #expect(
      found == ["7:23: stages.make.outputs.model: the name is longer than 200 bytes"])
  }

  @Test func `faults of options and of the graph are found together`() {
    #expect(
      faults(
        """
        pipeline: p
        sources: { t: a.txt, spare: b.txt }
        stages:
          make: { inputs: { text: t }, outputs: { model: m }, epochs: 0, temprature: 1 }
          train: { inputs: { teacher: n }, output: m }
        """) == [
          "2:22: sources.spare: no stage reads this source; remove it or use it",
          "4:63: stages.make.epochs: expected a whole number from 1 to 100, not \"0\"",
          "4:66: stages.make.temprature: make has no such option; did you mean \"temperature\"?",
          "5:31: stages.train.inputs.teacher: no source or output is named \"n\"; known: t, spare, m",
          "5:44: stages.train.outputs.model: the name m is taken by an output of stage make; every output needs its own name",
        ])
  }

  @Test func `what a stage with a fault would have made is not missed`() {
    #expect(
      faults(
        """
        pipeline: p
        sources: { t: a.txt }
        stages:
          make: { run: mak, inputs: { text: t }, outputs: { model: m } }
          train: { inputs: { teacher: m }, output: n }
        """) == [
          "4:16: stages.make.run: there is no kind of stage \"mak\"; did you mean \"make\"?"
        ])
  }

  @Test func `a fault stays one short line whatever is in the file`() throws {
    let long = String(repeating: "x", count: 500_000)
    let found = stageFaults("outputs: { model: m }\ntemperature: \(long)\nbf16: \"a\\e[31m\\nb\"")
    #expect(found.count == 2)
    #expect(found[0].utf8.count < 1_000)
    #expect(found[1].hasSuffix("expected true or false, not \"a\\u{1b}[31m\\u{a}b\""))
    let many = (0..<500).map { "k\($0): 1" }.joined(separator: "\n")
    let error = #expect(throws: PipelineError.self) {
      try PipelineFile.parse(many, path: "p.yaml", registry: fakeRegistry)
    }
    #expect(error?.faults.count == 502)
    let lines = error?.lines ?? []
    #expect(lines.count > 20 && lines.last == "and \(503 - lines.count) more faults")
    #expect(lines.reduce(0) { $0 + "distill: \($1)\n".utf8.count } <= 4_096)
  }
}

/// The faults of a pipeline file's text as `line:column: key.path: message`.
func faults(_ text: String) -> [String] {
  do {
    _ = try PipelineFile.parse(text, path: "p.yaml", registry: fakeRegistry)
    return []
  } catch let error as PipelineError {
    #expect(error.status == .badPipeline)
    return error.faults.map { fault in
      #expect(fault.file == "p.yaml")
      return String(fault.description.dropFirst("p.yaml:".count))
    }
  } catch {
    return ["\(error)"]
  }
}
