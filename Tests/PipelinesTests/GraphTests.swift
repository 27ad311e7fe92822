internal import Testing

@testable internal import Pipelines

@Suite struct GraphTests {
  private func pipeline(_ text: String) throws -> Pipeline {
    try PipelineFile.parse(text, path: "p.yaml", registry: fakeRegistry)
  }

  private func faults(_ text: String) -> [String] {
    do {
      _ = try pipeline(text)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map { String($0.dropFirst("p.yaml:".count)) }
    }
  }

  // make ──► b ──► a ──► score
  //   └────► c ─────────►──┘
  @Test func `stages are ordered by what they read, else as in the file`() throws {
    let pipeline = try pipeline(
      """
      pipeline: p
      sources: { t: a.txt }
      stages:
        score: { inputs: { models: [x, z] } }
        a: { run: train, inputs: { teacher: y }, output: x }
        b: { run: train, inputs: { teacher: m }, output: y }
        c: { run: train, inputs: { teacher: m }, output: z }
        make: { inputs: { text: t }, outputs: { model: m } }
      """)
    #expect(pipeline.stages.map(\.name) == ["make", "b", "a", "c", "score"])
  }

  //   a ──► b ──► c ──► a        d behind the cycle
  @Test func `a cycle is printed as a path`() {
    let found = faults(
      """
      pipeline: p
      stages:
        d: { run: train, inputs: { teacher: z }, output: w }
        a: { run: train, inputs: { teacher: z }, output: x }
        b: { run: train, inputs: { teacher: x }, output: y }
        c: { run: train, inputs: { teacher: y }, output: z }
      """)
    #expect(found == ["4:3: stages.a: the stages wait for each other: a -> b -> c -> a"])
  }

  // a ──► a
  @Test func `a stage that reads what it writes is a cycle`() {
    let found = faults(
      "pipeline: p\nstages:\n  a: { run: train, inputs: { teacher: x }, output: x }\n")
    #expect(found == ["3:3: stages.a: the stages wait for each other: a -> a"])
  }

  @Test func `every fault of the graph is found together`() {
    let found = faults(
      """
      pipeline: p
      sources: { texts: a.txt, spare: b.txt, m: c.txt }
      stages:
        make: { inputs: { text: texs }, outputs: { model: m } }
        b: { run: train, inputs: { teacher: [texts, y], data: m }, output: y }
        c: { run: train, inputs: { teach: y }, output: Y }
        d: { run: score, inputs: { models: rep }, outputs: { report: rep } }
        e: { run: score, inputs: { models: [y, y] } }
      """)
    #expect(
      found == [
        "2:26: sources.spare: no stage reads this source; remove it or use it",
        "4:27: stages.make.inputs.text: no source or output is named \"texs\"; did you mean \"texts\"?",
        "4:53: stages.make.outputs.model: the name m is taken by source m; every output needs its own name",
        "5:3: stages.b: the stages wait for each other: b -> b",
        "5:40: stages.b.inputs.teacher: takes one input, not 2",
        "6:3: stages.c: the input \"teacher\" is missing (the teacher); add inputs: { teacher: ... }",
        "6:37: stages.c.inputs.teach: train has no such input; did you mean \"teacher\"?",
        "6:50: stages.c.outputs.model: the name Y is taken by an output of stage b; every output needs its own name",
        "7:3: stages.d: the stages wait for each other: d -> d",
        "7:38: stages.d.inputs.models: takes model, but rep is a report made by stage d",
        "8:39: stages.e.inputs.models: 'y' is named twice; name it once",
      ])
  }

  @Test func `one port given in two ways is refused`() {
    let found = faults(
      """
      pipeline: p
      sources: { t: a.txt }
      stages:
        make: { inputs: { text: t }, outputs: { model: m } }
        train: { inputs: { teacher: m }, output: a, outputs: { model: b } }
      """)
    #expect(found == ["5:65: stages.train.outputs.model: is given 2 times"])
  }

  @Test(arguments: [
    ".distill/p/artifacts/m.h5", "./.distill/p/artifacts",
    "x/../.distill/p/artifacts/m.h5/y",
  ])
  func `a source that an output would change is refused`(path: String) {
    let found = faults(
      "pipeline: p\nsources: { t: \(path) }\nstages:\n"
        + "  make: { inputs: { text: t }, outputs: { model: m } }\n")
    #expect(
      found == [
        "4:50: stages.make.outputs.model: .distill/p/artifacts/m.h5 would overwrite or lie in "
          + "source t; choose another place"
      ])
  }

  @Test(arguments: [".distill/p", ".distill", ".distill/p/../../.distill"])
  func `a workspace in a source, which each run would change, is refused`(path: String) {
    let found = faults(
      "pipeline: p\nsources: { t: \(path) }\nstages:\n"
        + "  make: { inputs: { text: t }, outputs: { model: m } }\n")
    #expect(
      found == [
        " workspace: .distill/p lies in source t, which each run would change; work elsewhere"
      ])
  }

  @Test(arguments: [".", "data", ".distill/q", ".distill/p/artifacts/n.h5"])
  func `a source that no output touches is fine`(path: String) {
    let found = faults(
      "pipeline: p\nsources: { t: \(path) }\nstages:\n"
        + "  make: { inputs: { text: t }, outputs: { model: m } }\n")
    #expect(found == [])
  }

  @Test func `a missing output names the port and the cure`() {
    let found = faults("pipeline: p\nsources: { t: a }\nstages:\n  make: { inputs: { text: t } }\n")
    #expect(
      found == [
        "4:3: stages.make: the output \"model\" is missing (the model); add outputs: { model: ... }"
      ])
  }

  @Test func `a source of several paths counts as several inputs`() {
    let found = faults(
      """
      pipeline: p
      sources: { t: [a, b] }
      stages:
        train: { inputs: { teacher: t }, output: m }
      """)
    #expect(found == ["4:31: stages.train.inputs.teacher: takes one input, not 2"])
  }
}
