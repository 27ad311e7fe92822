import Testing
import Text

@testable import Tasks

@Suite struct LabelVectorsTests {
  private func named(_ lists: [[String]], _ labels: [String] = ["a", "b", "c"]) throws
    -> [RowAnswer]
  {
    let rows = lists.enumerated().map {
      LabelledRow(text: "t", answer: .labels($1), line: $0 + 2)
    }
    return try LabelVectors.named(rows, labels: labels, path: "f").map(\.answer)
  }

  private func refusal(_ lists: [[String]], _ labels: [String]) -> String {
    do {
      _ = try named(lists, labels)
      return ""
    } catch { return "\(error)" }
  }

  @Test func `lists of 0 and 1 become the labels at the places of 1`() throws {
    #expect(
      try named([["1.0", "0.0", "1.0"], ["0", "0", "1"], ["false", "true", "false"]])
        == [.labels(["a", "c"]), .labels(["c"]), .labels(["b"])])
    #expect(
      try named([["1", "0"], ["0", "1"]], ["a", "b"]) == [.labels(["a"]), .labels(["b"])])
  }

  @Test(arguments: [
    [["0"], ["1"], ["0", "1"]], [["0"], ["1"]], [["0", "1"], []], [["a", "b"], ["1", "0"]],
    [["2", "0"], ["1", "0"]],
  ])
  func `lists that may be names stay as they are`(lists: [[String]]) throws {
    #expect(try named(lists, []) == lists.map { .labels($0) })
  }

  @Test func `rows without labels stay so among lists`() throws {
    let rows = [
      LabelledRow(text: "t", label: "", line: 2),
      LabelledRow(text: "t", answer: .labels(["1", "1"]), line: 3),
    ]
    #expect(
      try LabelVectors.named(rows, labels: ["a", "b"], path: "f").map(\.answer)
        == [.label(""), .labels(["a", "b"])])
  }

  @Test func `without names, or with another number of them, they are refused`() {
    #expect(
      refusal([["1", "0", "1"]], [])
        == "f:2: its labels are 3 numbers of 0 and 1, a place a label; name the labels in that order "
        + "with --labels a,b,...")
    #expect(
      refusal([["1", "0", "1"], ["0", "1"]], ["a", "b", "c"])
        == "f:3: its labels are 2 numbers of 0 and 1, 3 labels are named; give one for each")
  }

  @Test func `lists of fractions are a model's answers, not labels, unless they are names`()
    throws
  {
    for labels in [[], ["a", "b"]] {
      #expect(
        refusal([["1", "0"], ["0.25", "0.75"], ["1e-3", "1"]], labels)
          == "f:3: 2 rows have lists of fractions as labels, this one [0.25, 0.75]; if a model answered "
          + "so, call them 'probabilities' or 'logits' and name the labels in their order with --labels "
          + "a,b,...")
    }
    let versions = [["1.1", "2.5"], ["1.1"]]
    #expect(try named(versions, ["1.1", "2.5"]) == versions.map { .labels($0) })
  }
}
