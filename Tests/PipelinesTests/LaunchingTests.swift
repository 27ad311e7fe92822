internal import Testing

@testable internal import Pipelines

@Suite struct LaunchingTests {
  /// A pipeline with a stage `make` that has these lines, which begin at line 7, column 5.
  private func load(_ lines: String) throws -> Pipeline {
    let body = lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
    return try PipelineFile.parse(
      """
      pipeline: demo
      sources:
        texts: a.txt
      stages:
        make:
          inputs: { text: texts }
      \(body)
      """, path: "p.yaml", registry: fakeRegistry)
  }

  private func faults(_ line: String) -> [String] {
    do {
      _ = try load("outputs: { model: m }\n" + line)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map { String($0.dropFirst("p.yaml:".count)) }
    }
  }

  @Test(arguments: [
    ("", []),
    ("launcher: srun", ["srun"]),
    ("launcher: srun  -n 1 ", ["srun", "-n", "1"]),
    ("launcher: \"mpirun -n 4\"", ["mpirun", "-n", "4"]),
    ("launcher: [srun, -n, 1, \"-J two words\"]", ["srun", "-n", "1", "-J two words"]),
  ])
  func `a launcher is a text, split at spaces, or a list of words`(line: String, words: [String])
    throws
  {
    #expect(try load("outputs: { model: m }\n" + line).stages[0].launcher == words)
  }

  @Test func `a stage has its own number of threads, or none`() throws {
    #expect(try load("outputs: { model: m }").stages[0].threads == nil)
    #expect(try load("outputs: { model: m }\nthreads: 1024").stages[0].threads == 1024)
  }

  @Test func `the program of a launcher is looked for as the system does`() {
    #expect(LauncherProgram.fault("sh", folders: "/nowhere:/bin") == nil)
    #expect(LauncherProgram.fault("/bin/sh", folders: "") == nil)
    #expect(LauncherProgram.fault("sh", folders: "/nowhere")?.contains("in PATH; install") == true)
    // A folder is no program.
    #expect(LauncherProgram.fault("bin", folders: "/")?.contains("no program bin") == true)
    #expect(LauncherProgram.fault("/bin")?.contains("there is no such program") == true)
    #expect(LauncherProgram.fault("/etc/passwd")?.contains("may not be executed") == true)
  }

  @Test func `a launcher knows its place in the file`() throws {
    let stage = try load("outputs: { model: m }\nlauncher: srun -n 1").stages[0]
    #expect(stage.launcherLocation == Location(line: 8, column: 15))
  }

  @Test func `variables work in both, as everywhere`() throws {
    let pipeline = try load(
      """
      outputs: { model: "m-${n}" }
      matrix: { n: [1, 2] }
      launcher: srun -n ${n}
      threads: ${n}
      """)
    #expect(pipeline.stages.map(\.launcher) == [["srun", "-n", "1"], ["srun", "-n", "2"]])
    #expect(pipeline.stages.map(\.threads) == [1, 2])
  }

  @Test func `neither has a part in the fingerprint`() throws {
    let plain = try load("outputs: { model: m }").stages[0]
    let launched = try load("outputs: { model: m }\nlauncher: nice\nthreads: 3").stages[0]
    #expect(
      Fingerprint(of: plain, inputs: [:]) == Fingerprint(of: launched, inputs: [:]))
  }

  @Test(arguments: [
    ("launcher:", "8:14: stages.make.launcher: expected a command such as srun -n 1, not nothing"),
    (
      "launcher: \"  \"",
      "8:15: stages.make.launcher: the command is empty; leave the line out to start without one"
    ),
    (
      "launcher: []",
      "8:15: stages.make.launcher: the command is empty; leave the line out to start without one"
    ),
    (
      "launcher: { a: b }",
      "8:15: stages.make.launcher: expected a command such as srun -n 1, not a mapping"
    ),
    ("launcher: [srun, []]", "8:22: stages.make.launcher: expected a word, not a list"),
    ("launcher: [srun, \"\"]", "8:22: stages.make.launcher: expected a word, not \"\""),
    (
      "launcher: \"srun\\t-n\"",
      "8:15: stages.make.launcher: the command has a control character in it"
    ),
    (
      "launcher: srun --comment \"two words\"",
      "8:15: stages.make.launcher: quotes mean nothing inside a command; write it as a list of words"
    ),
    ("launcher: srun ${n}", "8:15: stages.make.launcher: there is no variable ${n}"),
    (
      "threads: 0", "8:14: stages.make.threads: expected a whole number from 1 to 1024, not \"0\""
    ),
    (
      "threads: 1025",
      "8:14: stages.make.threads: expected a whole number from 1 to 1024, not \"1025\""
    ),
    ("threads: [1]", "8:14: stages.make.threads: expected a whole number, not a list"),
    (
      "launchr: srun",
      "8:5: stages.make.launchr: make has no such option; did you mean \"launcher\"?"
    ),
  ])
  func `what is wrong with a launcher or threads is told with its place`(
    line: String, expected: String
  ) {
    #expect(faults(line) == [expected])
  }
}
