internal import Files
internal import Testing

@testable internal import Pipelines

@Suite struct AttemptFilterTests {
  /// Three attempts that differ in everything that is asked about.
  static let attempts: [Attempt] = {
    func attempt(
      _ id: String, _ stage: String, _ day: Int, _ rate: Double, _ metrics: [(String, Double)]
    ) -> Attempt {
      var attempt = Attempt(
        id: id, stage: stage, status: metrics.isEmpty ? "failed" : "done",
        started: "2026-11-0\(day)T10:00:00Z")
      attempt.seconds = Double(day)
      attempt.options = [
        ("learning_rate", .real(rate)), ("bf16", .boolean(day == 1)),
        ("metric for best", .string("dev f1")),
      ]
      attempt.metrics = metrics.map { ($0.0, $0.1) }
      return attempt
    }
    return [
      attempt("aaaa1111", "prediction", 1, 1e-4, [("dev_accuracy", 0.75), ("odd name", 1)]),
      attempt("aaaa2222", "prediction@seed=1", 2, 3e-4, [("dev_accuracy", .nan)]),
      attempt("bbbb3333", "general", 3, 1e-4, []),
    ]
  }()

  private func fits(_ text: String) throws -> String {
    let filter = try AttemptFilter(text)
    return Self.attempts.enumerated().filter { filter.fits($0.element) }.map { "\($0.offset + 1)" }
      .joined()
  }

  @Test(arguments: [
    ("stage = prediction", "1"), ("stage != prediction", "23"), ("stage ~ prediction", "12"),
    ("stage = prediction@seed=1", "2"), ("stage='general'", "3"),
    ("metrics.dev_accuracy > 0.7", "1"), ("metrics.dev_accuracy >= 0.75", "1"),
    ("metrics.dev_accuracy < 1e9", "1"), ("metrics.dev_accuracy != 7", "12"),
    ("not metrics.dev_accuracy > 0", "23"), ("metric.dev_accuracy<=0.75", "1"),
    ("options.learning_rate = 1e-4", "13"), ("params.learning_rate = 0.0001", "13"),
    ("options.bf16 = true", "1"), ("options.bf16 = false", "23"),
    ("options.`metric for best` = \"dev f1\"", "123"), ("metrics.\"odd name\" == 1", "1"),
    ("started >= 2026-11-02", "23"), ("seconds < 2.5 and status = done", "12"),
    ("stage = general or stage = prediction", "13"),
    ("stage = general or stage = prediction and seconds > 1", "3"),
    ("(stage = general or stage = prediction) and seconds > 1", "3"),
    ("not (stage = general or seconds = 1)", "2"), ("id ~ aaaa AND NOT id ~ 2222", "1"),
    ("(((stage=general)))", "3"), ("error = x", ""), ("options.nothing = 1", ""),
  ])
  func `a filter means what it says`(text: String, expected: String) throws {
    #expect(try fits(text) == expected, "\(text)")
  }

  @Test(arguments: [
    ("", "character 1: expected a field"), ("stage", "character 6: expected one of"),
    ("stage =", "character 8: expected a value"), ("stage => x", "character 7: expected one of"),
    ("stgae = x", "character 1: there is no field \"stgae\"; did you mean \"stage\"?"),
    ("metrics. = 1", "there is no field"), ("size.x = 1", "give id, stage, "),
    ("stage = a stage = b", "character 11: expected and, or, or the end, not \"stage = b\""),
    ("(stage = a", "character 11: expected a closing parenthesis"),
    ("stage = a)", "character 10: expected and, or, or the end"),
    ("stage = 'a", "character 9: the quote is not closed"),
    ("metrics.f1 > high", "character 14: metrics.f1 is a number and is compared with one"),
    ("stage = a and", "character 14: expected a field"),
    (String(repeating: "(", count: 100), "nested more than 32 deep"),
    (String(repeating: "not ", count: 100), "nested more than 32 deep"),
    (String(repeating: "x", count: 20_000), "is longer than 10000 characters"),
    ("stage = \u{1B}[31m b = 2", "character 15: expected and, or, or the end"),
  ])
  func `a fault is one line with the character and a cure`(text: String, expected: String) throws {
    let error = try #require(throws: PipelineError.self) { try AttemptFilter(text) }
    #expect(error.status == .usage)
    #expect(error.lines.count == 1)
    let line = error.description
    #expect(line.hasPrefix("--where: ") && line.contains(expected), "\(line)")
    #expect(line.utf8.count < 4_000 && printable(line) == line)
  }

  @Test func `a field that no attempt has is told, with the one that may be meant`() throws {
    let filter = try AttemptFilter("metrics.dev_acuracy > 0 and options.bf16 = true")
    let error = try #require(throws: PipelineError.self) {
      try AttemptFilter.check(filter.fields, in: Self.attempts)
    }
    #expect(
      error.lines == [
        "--where: no attempt has metrics.dev_acuracy; did you mean \"metrics.dev_accuracy\"?"
      ])
    try AttemptFilter.check(filter.fields, in: [])
  }

  @Test(arguments: [
    ("started", "123"), ("started desc", "321"), ("metrics.dev_accuracy", "123"),
    ("metrics.dev_accuracy desc", "123"), ("options.learning_rate desc, started desc", "231"),
    ("options.learning_rate, started DESC", "312"), ("stage", "312"), ("status, id desc", "213"),
  ])
  func `an order puts what has nothing last`(text: String, expected: String) throws {
    let order = try AttemptOrder(text)
    #expect(order.sorted(Self.attempts).map { String($0.id.last ?? "-") }.joined() == expected)
  }

  @Test(arguments: ["", "stage up", "metrics.", ",", "stage asc desc"])
  func `an order that means nothing is told`(text: String) throws {
    let error = try #require(throws: PipelineError.self) { try AttemptOrder(text) }
    #expect(error.status == .usage && error.description.hasPrefix("--sort: "))
  }

  @Test func `an attempt is named by its identity, or counted back from the last of its stage`()
    throws
  {
    var older = Self.attempts[0]
    older = Attempt(
      id: "cccc4444", stage: older.stage, status: "done", started: "2026-10-01T00:00:00Z")
    let history = RunHistory(Self.attempts + [older])
    let find = { (text: String) in try AttemptReference.find(text, in: history).id }
    #expect(try find("prediction") == "aaaa1111")
    #expect(try find("prediction~0") == "aaaa1111")
    #expect(try find("prediction~1") == "cccc4444")
    #expect(try find("bbbb") == "bbbb3333")
    #expect(try find("aaaa2222") == "aaaa2222")
    for (text, expected) in [
      ("aaaa", "begins 2 identities; name one of aaaa1111, aaaa2222"),
      ("prediction~2", "there are 2 attempts at prediction"),
      ("prediction~x", "write prediction~1 for the one before it"),
      ("prediction~-1", "write prediction~1 for the one before it"),
      ("predicton", "did you mean \"prediction\"?"), ("xx", "`distill runs list` shows them"),
      ("bb", "has fewer than 4 letters of an identity; name one of bbbb3333"),
      ("", "`distill runs list` shows them"),
    ] {
      let error = try #require(throws: PipelineError.self) { try find(text) }
      #expect(error.status == .usage && error.description.contains(expected), "\(error)")
    }
  }

  @Test func `a stage of several places is named by its identity`() throws {
    var other = Attempt(
      id: "dddd", stage: "general", status: "done", started: "2026-10-01T00:00:00Z")
    other.workspace = "elsewhere"
    let history = RunHistory(Self.attempts + [other])
    let error = try #require(throws: PipelineError.self) {
      try AttemptReference.find("general", in: history)
    }
    #expect(error.description.contains("is a stage in 2 places; name one of dddd, bbbb3333"))
  }

  @Test func `two attempts differ in what made them and in their metrics`() throws {
    let stage = try #require(
      MetricsDifference(from: Self.attempts[0], to: Self.attempts[1]).stages.first)
    #expect(stage.name == "prediction -> prediction@seed=1")
    #expect(stage.changes == ["learning_rate 0.0001 -> 0.0003", "bf16 true -> false"])
    #expect(stage.rows.map(\.name) == ["dev_accuracy", "odd name"])
  }

  @Test func `the JSON document of an attempt has texts for what is not finite`() throws {
    let json = Self.attempts[1].json
    #expect(json.object?["metrics"]?.object?["dev_accuracy"] == .string("nan"))
    #expect(json.object?["options"]?.object?["learning_rate"] == .real(3e-4))
    #expect(json.object?["error"] == .null)
  }
}
