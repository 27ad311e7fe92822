internal import ArgumentParser
internal import Pipelines
internal import Testing

@testable internal import distill

@Suite struct NegativeValueTests {
  /// What is told of a command line that the parser refuses.
  private func told(_ words: [String]) -> String {
    do {
      _ = try Distill.parseAsRoot(words)
      return ""
    } catch {
      return "\(NegativeValue.instead(of: error, words))"
    }
  }

  @Test(arguments: [
    (["run", "f.yaml", "--jobs", "-1"], "1"), (["run", "f.yaml", "--retries", "-12"], "12"),
    (["run", "f.yaml", "--seed", "-1"], "1"),
    (["predict", "--model", "m", "--input", "x", "--threads", "-1.5"], "1"),
    (["clean", "f.yaml", "--older-than", "-3d"], "3d"), (["init", "--budget", "-5m"], "5m"),
    (["runs", "list", "--limit", "-1"], "1"),
  ])
  func `a negative number is told as one`(words: [String], cure: String) throws {
    let option = try #require(words.dropLast().last)
    let value = try #require(words.last)
    #expect(told(words) == "\(option): '\(value)' is negative; give a number that is not")
    #expect(told(words.dropLast() + [cure]) == "", "the cure")
  }

  @Test func `where a value is missing the parser's words stay`() {
    for words in [["run", "--jobs"], ["run", "--jobs", "--json"], ["run", "--jobs", "-x"]] {
      #expect(!told(words).contains("negative"))
    }
  }

  @Test func `a number that may be negative is taken`() throws {
    let words = ["predict", "--model", "m", "--input", "x.json"]
    #expect(told(words + ["--null-score-diff-threshold", "-1.5"]).isEmpty)
  }
}
