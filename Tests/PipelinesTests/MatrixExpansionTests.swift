internal import Testing

@testable internal import Pipelines

@Suite struct MatrixExpansionTests {
  private func load(_ stages: String) throws -> Pipeline {
    let body = stages.split(separator: "\n", omittingEmptySubsequences: false)
      .map { "  " + $0 }.joined(separator: "\n")
    return try PipelineFile.parse(
      "pipeline: p\nseed: 5\nsources: { t: a.txt }\nstages:\n" + body, path: "p.yaml",
      registry: fakeRegistry)
  }

  private func faults(_ stages: String) -> [String] {
    do {
      _ = try load(stages)
      return []
    } catch {
      return "\(error)".split(separator: "\n").map { String($0.dropFirst("p.yaml:".count)) }
    }
  }

  //            ┌─► student@seed=1 ─┐
  // make ──────┼─► student@seed=2 ─┼─► score
  //            └─► student@seed=3 ─┘
  @Test func `one instance for each value, collected by a list`() throws {
    let pipeline = try load(
      """
      make: { inputs: { text: t }, outputs: { model: m } }
      student:
        run: train
        matrix: { seed: [1, 2, 3] }
        inputs: { teacher: m }
        output: "student-${seed}"
      score:
        each: { seed: [1, 2, 3] }
        inputs: { models: [m, "student-${seed}"] }
      """)
    #expect(
      pipeline.stages.map(\.name)
        == ["make", "student@seed=1", "student@seed=2", "student@seed=3", "score"])
    #expect(Set(pipeline.stages.map(\.baseName)) == ["make", "student", "score"])
    #expect(pipeline.stages.map(\.seed) == [5, 1, 2, 3, 5])
    #expect(
      pipeline.stages[4].inputs[0].names == ["m", "student-1", "student-2", "student-3"])
  }

  @Test func `several variables give every combination, the last varying fastest`() throws {
    let pipeline = try load(
      """
      make:
        matrix: { t: [0.5, 2], e: [1, 2] }
        inputs: { text: t }
        outputs: { model: "m-${t}-${e}" }
        temperature: ${t}
        epochs: "${e}"
        label: t is ${t}
        seed: ${e}
      """)
    #expect(
      pipeline.stages.map(\.name)
        == ["make@t=0.5@e=1", "make@t=0.5@e=2", "make@t=2@e=1", "make@t=2@e=2"])
    #expect(pipeline.stages.map { $0.options.real("temperature") } == [0.5, 0.5, 2, 2])
    #expect(pipeline.stages.map { $0.options.integer("epochs") } == [1, 2, 1, 2])
    #expect(pipeline.stages[2].options.text("label") == "t is 2")
    #expect(pipeline.stages.map(\.seed) == [1, 2, 1, 2])
  }

  @Test(arguments: [
    (
      "make: { matrix: { e: [1, 2] }, inputs: { text: t }, outputs: { model: m }, epochs: \"${e}\" }",
      [
        "5:73: stages.make.outputs.model: all instances would write m; put the variables into the name: m-${e}"
      ]
    ),
    (
      "make: { matrix: { e: [1, 2] }, inputs: { text: t }, outputs: { model: \"m-${f}\" } }",
      [
        "5:21: stages.make.matrix.e: the variable is not used; write ${e} where its value belongs",
        "5:73: stages.make.outputs.model: there is no variable ${f}; known: e",
      ]
    ),
    (
      "make: { matrix: { e: [], f: 3, g: [1, 1], h: [a/b] }, inputs: { text: t }, outputs: { model: \"m-${g}-${h}\" } }",
      [
        "5:24: stages.make.matrix.e: expected a list of values, such as [1, 2, 3]",
        "5:31: stages.make.matrix.f: expected a list of values, such as [1, 2, 3]",
        "5:41: stages.make.matrix.g: the value 1 is there twice",
        "5:49: stages.make.matrix.h: a value may hold letters, digits and . _ - only",
      ]
    ),
    (
      "make: { matrix: { e: [1, 2] }, inputs: { text: t }, outputs: { model: \"m-${e}\" }, epochs: \"${e}00\" }",
      ["5:93: stages.make.epochs: expected a whole number from 1 to 100, not \"200\""]
    ),
    (
      "make: { matrix: { e: [1] }, each: { e: [1] }, inputs: { text: t }, outputs: { model: \"m-${e}\" } }",
      ["5:39: stages.make.each.e: matrix has a variable of this name"]
    ),
    (
      "make: { inputs: { text: t }, outputs: { model: \"m-${e\" } }",
      ["5:50: stages.make.outputs.model: ${ is not closed by }"]
    ),
  ])
  func `what is wrong with variables is reported once`(stages: String, expected: [String]) {
    #expect(faults(stages) == expected)
  }

  @Test func `an instance's name that is too long for a file is refused`() {
    let value = String(repeating: "v", count: 150)
    let found = faults(
      "make: { matrix: { a: [\(value)], b: [\(value)] }, inputs: { text: t }, "
        + "outputs: { model: \"${a}${b}\" } }")
    #expect(found.first == "5:3: stages.make.matrix: the name is longer than 200 bytes")
  }

  @Test func `too many combinations are refused before they are made`() {
    let values = "[" + (0..<200).map(String.init).joined(separator: ", ") + "]"
    let found = faults(
      "make: { matrix: { a: \(values), b: \(values), c: \(values) }, inputs: { text: t }, "
        + "outputs: { model: \"${a}-${b}-${c}\" } }")
    #expect(
      found == [
        "5:3: stages.make.matrix: more than 1000 combinations; divide them among several stages"
      ])
  }
}
