internal import Testing

@testable internal import distill

@Suite struct ResumingCommandTests {
  private static let stages = [
    (name: "corpus", baseName: "corpus"), (name: "general[seed=1]", baseName: "general"),
    (name: "general[seed=2]", baseName: "general"), (name: "export", baseName: "export"),
  ]

  /// The words to go on with of a command of a pipeline file.
  private func words(_ words: [String], begun: Set<String>) -> [String] {
    ResumingCommand.words(words, of: Self.stages, begun: begun, namesStages: true)
  }

  @Test func `a stage that has begun is not forced again, one that has not is`() {
    let run = ["run", "f.yaml", "--force", "corpus", "--jobs", "2", "--force=export"]
    #expect(words(run, begun: []) == run)
    #expect(
      words(run, begun: ["corpus"]) == ["run", "f.yaml", "--jobs", "2", "--force=export"])
    #expect(words(run, begun: ["corpus", "export"]) == ["run", "f.yaml", "--jobs", "2"])
  }

  @Test func `of a matrix the instances stay that have not begun`() {
    let run = ["run", "--force", "general"]
    #expect(words(run, begun: ["corpus"]) == run)
    #expect(words(run, begun: ["general[seed=1]"]) == ["run", "--force", "general[seed=2]"])
    #expect(words(run, begun: ["general[seed=1]", "general[seed=2]"]) == ["run"])
  }

  @Test func `a stage's command has one option for all it runs`() {
    let command = ["general", "--force", "--output", "a", "--force", "true", "--force=true"]
    let rest = { (begun: Set<String>) in
      ResumingCommand.words(command, of: [("general", "general")], begun: begun, namesStages: false)
    }
    #expect(rest([]) == command)
    #expect(rest(["general"]) == ["general", "--output", "a"])
  }
}
