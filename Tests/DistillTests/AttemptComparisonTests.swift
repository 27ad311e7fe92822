internal import Files
internal import Pipelines
internal import Testing

@testable internal import distill

@Suite struct AttemptComparisonTests {
  private func attempt(_ id: String, _ stage: String, rate: Int, loss: Double) -> Attempt {
    var attempt = Attempt(
      id: id, stage: stage, status: "done", started: "2026-01-0\(rate)T00:00:00Z")
    attempt.options = [("rate", .integer(rate)), ("epochs", .integer(3))]
    attempt.metrics = [("loss", loss), ("rows", 64), ("unscored", .nan)]
    return attempt
  }

  private var attempts: [Attempt] {
    [
      attempt("a1", "teacher", rate: 1, loss: 0.5), attempt("a2", "export", rate: 1, loss: 0),
      attempt("b1", "teacher", rate: 2, loss: 0.25),
    ]
  }

  @Test func `of whole pipelines each stage's attempts stand side by side with what differs`()
    throws
  {
    let lines = try AttemptComparison(attempts, isByStage: true).lines(.markdown)
    #expect(
      lines == [
        "### teacher", "", "| field | a1 | b1 |", "| --- | ---: | ---: |",
        "| started | 2026-01-01T00:00:00Z | 2026-01-02T00:00:00Z |", "| options.rate | 1 | 2 |",
        "| metrics.loss | 0.5000 | 0.2500 |", "",
        "left out: 6 rows of equal values, and the only attempts at export; --all shows all",
      ], "\(lines)")
    // The cure.
    let all = try AttemptComparison(attempts, showsAll: true, isByStage: true).lines(.markdown)
    #expect(all.contains("| options.epochs | 3 | 3 |") && all.contains("### export"))
    #expect(!all.contains { $0.contains("left out") })
  }

  @Test func `a long value and what is left out keep within the width`() throws {
    var attempts = attempts
    let names = (1...6).map { "student-\($0):baseline-\($0)" }.joined(separator: ", ")
    attempts[0].options.append(("compare", .string(names)))
    attempts += (1...12).map { attempt("c\($0)", "prediction@seed=\($0)", rate: 1, loss: 1) }
    let comparison = AttemptComparison(attempts, isByStage: true)
    let text = try comparison.lines(.text, within: 80)
    #expect(text.allSatisfy { $0.count <= 80 }, "\(text)")
    #expect(text.contains { $0.contains("student-1:baseline-1, s…") }, "\(text)")
    #expect(text.contains { $0.hasSuffix("--all shows all") })
    #expect(try comparison.lines(.csv).contains { $0.contains(names) })
  }

  @Test func `values that differ look different`() throws {
    var (one, other) = (attempts[0], attempts[2])
    let path = "/srv/experiments/of/this/year/"
    (one.options, other.options) = (
      [("a", .string(path + "run-a")), ("b", .string(path + "x" + path))],
      [("a", .string(path + "run-b")), ("b", .string(path + "y" + path))]
    )
    let text = try AttemptComparison([one, other]).lines(.text, within: 200)
    #expect(text.contains { $0.contains("…") && $0.contains("run-a ") && $0.hasSuffix("run-b") })
    #expect(text.contains { $0.contains(path + "x" + path) }, "\(text)")
  }

  @Test func `attempts that are named stand in one table, and documents have every metric`() throws
  {
    let text = try AttemptComparison(attempts).lines(.text)
    #expect(text.contains { $0.hasPrefix("stage ") && $0.contains("export") }, "\(text)")
    #expect(text.last == "left out: 5 rows of equal values; --all shows all")
    let csv = try AttemptComparison(attempts, isByStage: true).lines(.csv)
    #expect(csv.contains("metrics.rows,64.0,64.0,64.0") || csv.contains("metrics.rows,64,64,64"))
    #expect(!csv.contains { $0.hasPrefix("options.epochs") || $0.contains("left out") })
  }
}
