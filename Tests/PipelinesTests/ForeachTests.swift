internal import Testing

@testable internal import Pipelines

@Suite struct ForeachTests {
  /// A pipeline with these stages, which begin at line 4, column 3.
  private func load(_ stages: String) throws -> Pipeline {
    let body = stages.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    return try PipelineFile.parse(
      "pipeline: p\nsources: { rows-sst2: a.txt, rows-mrpc: b.txt }\nstages:\n" + body,
      path: "p.yaml", registry: fakeRegistry)
  }

  private func faults(_ stages: String) -> [String] {
    do {
      _ = try load(stages)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map { String($0.dropFirst("p.yaml:".count)) }
    }
  }

  @Test func `each entry is an instance with settings of its own, named by its first key`() throws {
    let pipeline = try load(
      """
      make:
        foreach: [{ task: sst2, e: 3, s: 7, l: two words }, { s: 8, l: x, task: mrpc, e: 10 }]
        inputs: { text: "rows-${task}" }
        outputs: { model: "m-${task}" }
        epochs: ${e}
        label: ${l}
        seed: ${s}
      score:
        each: { task: [sst2, mrpc] }
        inputs: { models: "m-${task}" }
      """)
    #expect(pipeline.stages.map(\.name) == ["make@task=sst2", "make@task=mrpc", "score"])
    #expect(pipeline.stages.map(\.baseName) == ["make", "make", "score"])
    #expect(pipeline.stages.map(\.seed) == [7, 8, 42])
    #expect(pipeline.stages[0].inputs[0].names == ["rows-sst2"])
    #expect(pipeline.stages[1].inputs[0].names == ["rows-mrpc"])
    #expect(pipeline.stages[..<2].map { $0.options.integer("epochs") } == [3, 10])
    #expect(pipeline.stages[..<2].map { $0.options.text("label") } == ["two words", "x"])
    #expect(pipeline.stages[2].inputs[0].names == ["m-sst2", "m-mrpc"])
  }

  @Test func `every entry meets every combination of a matrix`() throws {
    let pipeline = try load(
      """
      make:
        foreach: [{ task: sst2, e: 3 }, { task: mrpc, e: 5 }]
        matrix: { seed: [1, 2] }
        inputs: { text: "rows-${task}" }
        outputs: { model: "m-${task}-${seed}" }
        epochs: ${e}
      """)
    #expect(
      pipeline.stages.map(\.name) == [
        "make@task=sst2@seed=1", "make@task=sst2@seed=2", "make@task=mrpc@seed=1",
        "make@task=mrpc@seed=2",
      ])
    #expect(pipeline.stages.map(\.seed) == [1, 2, 1, 2])
    #expect(pipeline.stages.map { $0.options.integer("epochs") } == [3, 3, 5, 5])
    #expect(
      pipeline.stages.map { $0.outputs[0].name } == [
        "m-sst2-1", "m-sst2-2", "m-mrpc-1", "m-mrpc-2",
      ])
  }

  @Test func `any key that tells the entries apart may name the output`() throws {
    let pipeline = try load(
      """
      make:
        foreach: [{ task: sst2, name: a }, { task: mrpc, name: b }]
        inputs: { text: "rows-${task}" }
        outputs: { model: "${name}" }
      """)
    #expect(pipeline.stages.map { $0.outputs[0].name } == ["a", "b"])
  }

  /// The faults of a stage that reads and writes by its entries; `foreach:` has its value at 4:20.
  private func entryFaults(_ foreach: String, _ rest: String = "") -> [String] {
    faults(
      "make: { foreach: \(foreach), inputs: { text: [rows-sst2, rows-mrpc] }, "
        + "outputs: { model: \"m-${t}\" }\(rest) }")
  }

  private static let shape =
    "expected a list of entries, such as [{ task: sst2, epochs: 3 }, { task: mrpc, epochs: 5 }]"

  @Test(arguments: [
    ("{ t: [1, 2] }", ["4:20: stages.make.foreach: \(shape)"]),
    ("[]", ["4:20: stages.make.foreach: \(shape)"]),
    ("[{}]", ["4:20: stages.make.foreach: \(shape)"]),
    ("[1]", ["4:20: stages.make.foreach: \(shape)"]),
    (
      "[{ t: 1 }, 2]",
      [
        "4:31: stages.make.foreach: expected an entry such as { task: sst2, epochs: 3 }, not \"2\""
      ]
    ),
    (
      "[{ t: 1, e: 1 }, { t: 2 }, { t: 3, f: 1 }]",
      [
        "4:37: stages.make.foreach: e is missing; every entry has the keys of the first",
        "4:47: stages.make.foreach: e is missing; every entry has the keys of the first",
        "4:55: stages.make.foreach.f: the first entry has no such key; known: t, e",
      ]
    ),
    (
      "[{ t: 1 }, { t: 1 }]", ["4:36: stages.make.foreach.t: the value 1 is there twice"]
    ),
    (
      "[{ t: a/b }, { t: [] }, { t: }]",
      [
        "4:26: stages.make.foreach.t: a value may hold letters, digits and . _ - only",
        "4:38: stages.make.foreach.t: expected a number or a word, not a list",
        "4:49: stages.make.foreach.t: expected a number or a word, not nothing",
      ]
    ),
    (
      "[{ t: 1, e: 2 }, { t: 2, e: 3 }]",
      [
        "4:29: stages.make.foreach.e: the variable is not used; write ${e} where its value belongs"
      ]
    ),
  ])
  func `what is wrong with entries is reported once, with its place`(
    foreach: String, expected: [String]
  ) {
    #expect(entryFaults(foreach) == expected)
  }

  @Test func `values are read by the types of the options they are for`() {
    #expect(
      entryFaults("[{ t: 1, e: 2 }, { t: 2, e: 200 }]", ", epochs: \"${e}\"").map {
        String($0.drop { $0 != " " })
      } == [" stages.make.epochs: expected a whole number from 1 to 100, not \"200\""])
  }

  @Test func `an output that tells no entries apart is refused`() {
    #expect(
      faults(
        "make: { foreach: [{ t: 1, e: 2 }, { t: 2, e: 2 }], inputs: { text: \"rows-sst${t}\" }, "
          + "outputs: { model: \"m-${e}\" } }"
      ).contains {
        $0.hasSuffix(
          "all instances would write m-2; put the variables into the name: m-2-${t}")
      })
  }

  @Test func `no variable belongs to two keys`() {
    #expect(
      entryFaults("[{ t: 1 }, { t: 2 }]", ", matrix: { t: [3] }, each: { t: [4] }").map {
        String($0.drop { $0 != " " })
      } == [
        " stages.make.foreach.t: matrix has a variable of this name",
        " stages.make.each.t: matrix has a variable of this name",
        " stages.make.each.t: foreach has a variable of this name",
      ])
  }

  @Test func `too many instances are refused before they are made`() {
    let entries = (0..<200).map { "{ t: \($0) }" }.joined(separator: ", ")
    let values = (0..<6).map(String.init).joined(separator: ", ")
    #expect(
      entryFaults("[\(entries)]", ", matrix: { v: [\(values)] }") == [
        "4:3: stages.make.matrix: more than 1000 combinations; divide them among several stages"
      ])
    #expect(
      entryFaults("[\((0..<1001).map { "{ t: \($0) }" }.joined(separator: ", "))]") == [
        "4:3: stages.make.foreach: more than 1000 combinations; divide them among several stages"
      ])
  }
}
