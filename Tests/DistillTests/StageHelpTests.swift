internal import Pipelines
internal import Testing

@testable internal import distill

@Suite struct StageHelpTests {
  private func help(width: Int, showsAll: Bool = true) -> [String] {
    let words = Array(repeating: "word", count: 60).joined(separator: " ")
    return StageHelp(
      command: "idle", summary: words,
      inputs: [Port("model", kinds: ["model"], help: words)],
      outputs: [Port("model", kinds: ["model"], help: "the model")],
      fields: [
        OptionField("learning_rate", .real(0...1), default: .real(0.5), help: words),
        OptionField("adam_beta1", .real(0...1), default: .real(0.5), help: words),
      ], showsAll: showsAll, width: width
    ).text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  @Test(arguments: [60, 80, 97, 120])
  func `lines are as wide as the terminal, and no wider`(width: Int) {
    let lines = help(width: width)
    #expect(lines.allSatisfy { $0.count <= width })
    #expect(lines.contains { $0.count > width - 5 })
  }

  @Test func `very wide and very narrow terminals get lines that can be read`() {
    #expect(help(width: 500) == help(width: 120))
    #expect(help(width: 10) == help(width: 60))
  }

  @Test func `options stand in the section of what they are about`() throws {
    let lines = help(width: 80, showsAll: false)
    let training = try #require(lines.firstIndex(of: "TRAINING:"))
    #expect(lines[training + 1].hasPrefix("  --learning-rate VALUE"))
    #expect(!lines.contains { $0.contains("--adam-beta1") } && !lines.contains("OPTIONS:"))
    #expect(lines.last?.hasSuffix("more options: distill idle --help-all") == true)
  }
}
