internal import ArgumentParser
internal import Testing

@testable internal import distill

@Suite struct UnknownOptionTests {
  /// What is told of a command line that the parser said something else of.
  private func told(_ words: [String]) -> String {
    "\(UnknownOption.instead(of: ValidationError("x.tsv: is no pipeline file"), words))"
  }

  @Test func `a mistyped option is told before what the parser makes of its value`() {
    #expect(
      told(["init", "--trian", "x.tsv"]) == "Unknown option '--trian'. Did you mean '--train'?")
    #expect(
      told(["compress", "--trian=x.tsv"]) == "Unknown option '--trian'. Did you mean '--train'?")
    #expect(
      told(["runs", "list", "--lmit", "4"]) == "Unknown option '--lmit'. Did you mean '--limit'?")
    #expect(told(["predict", "--qqqqqq", "x"]) == "Unknown option '--qqqqqq'")
  }

  @Test func `where all options are known, and of commands that nobody is told of, it is left`() {
    for words in [
      ["init", "x.tsv", "--train", "y", "--no-finetune"], ["runs", "list", "--", "--lmit"],
      ["compress", "-o", "x", "--help"], ["stage-process", "--trian"], ["dataset", "--trian"], [],
    ] {
      #expect(told(words) == "x.tsv: is no pipeline file", "\(words)")
    }
  }
}
