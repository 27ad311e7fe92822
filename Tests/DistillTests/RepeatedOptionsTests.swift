internal import Pipelines
internal import Testing

@testable internal import distill

@Suite struct RepeatedOptionsTests {
  @Test func `an option given twice is refused under each of its names`() {
    let options = [
      CommandDescription.Option(names: ["--output", "-o"], help: "", value: .file([])),
      CommandDescription.Option(names: ["--text"], help: "", value: .file([]), isRepeating: true),
      CommandDescription.Option(names: ["--json"], help: "", value: nil),
    ]
    func told(_ words: [String]) -> [String] {
      RepeatedOptions.faults(of: RepeatedOptions.names(in: words), taking: options)
        .map(\.description)
    }
    let refused = ["--output: given 2 times; give it once"]
    #expect(told(["--output", "a", "--output", "a"]) == refused)
    #expect(told(["--output=a", "-o", "b"]) == refused)
    #expect(told(["-o", "a", "--text", "b", "--output=-o"]) == refused)
    #expect(told(["--output", "-", "--text", "a", "--text=b", "--json", "--json"]).isEmpty)
    #expect(told(["--output", "a", "--", "--output", "b"]).isEmpty)
  }

  @Test func `each command is known with its options, the usual one of a group too`() throws {
    for words in [
      ["predict", "--model", "m", "--input", "a.txt", "--input=b.tsv"],
      ["tokenize", "--model", "a", "--model", "b"], ["run", "p.yaml", "--seed", "1", "--seed=2"],
      ["compress", "--teacher", "t", "-o", "a", "--output", "b"],
      ["runs", "list", "p.yaml", "--format", "json", "--format", "csv"],
      ["metrics", "p.yaml", "--seed", "1", "--seed", "2"],
    ] {
      #expect(throws: PipelineError.self, "\(words)") { try RepeatedOptions.check(words) }
    }
    for words in [
      ["predict", "--model", "m", "--model", "n", "--help"],
      ["compress", "--text", "a", "--text", "b", "--set", "a=1", "--set", "b=1"],
      ["words", "options", "predict", "--model", "a", "--model"],
      // A stage tells all that is wrong with its words at once.
      ["dataset", "--output", "a", "--output", "b"],
    ] {
      #expect(throws: Never.self, "\(words)") { try RepeatedOptions.check(words) }
    }
  }
}
