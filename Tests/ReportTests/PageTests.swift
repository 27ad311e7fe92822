import Files
import Foundation
import Pipelines
import Testing

@testable import Report

@Suite struct PageTests {
  /// What a reader sees of a piece of a page.
  private func words(_ page: String) throws -> String {
    try page.replacing(Regex("<[^<>]*>"), with: "")
  }

  @Test func `the headline says cost, score and gain in three lines`() throws {
    let report = RunReport([SampleReport.workspace("w", SampleReport.evaluated())])
    let words = try words(Headline(report).markup.source)
    for part in [
      "2.8\u{202F}× as fast", "m1 (3 × 312, 13.2\u{202F}M parameters) was distilled from m0",
      "1.7\u{202F}× smaller", "8.31\u{202F}ms instead of 23.4\u{202F}ms", "83.4\u{202F}%",
      "95 % interval 81.9 to 84.9", "keeps 94.3\u{202F}% of it", "85.6\u{202F}% of the rows",
      "+6.9 points", "more than m2, trained without the teacher, which has 76.5\u{202F}%",
      "95 % interval +5.1 to +8.7.",
    ] { #expect(words.contains(part), "\(part) is not in \(words)") }
  }

  @Test func `a student behind its baseline is said to be behind`() throws {
    var attempts = SampleReport.evaluated()
    let place = attempts.count - 1
    attempts[place].metrics = attempts[place].metrics.map { metric in
      metric.name == "compare.test_difference" ? (name: metric.name, value: -0.021) : metric
    }
    let words = try words(
      Headline(RunReport([SampleReport.workspace("w", attempts)])).markup.source)
    #expect(words.contains("-2.1 points") || words.contains("−2.1 points"), "\(words)")
    #expect(words.contains("against m2, trained without the teacher, which has"), "\(words)")
    #expect(!words.contains("more than m2"))
  }

  @Test func `what was not measured is said, not made up`() throws {
    var attempts = SampleReport.evaluated()
    let place = attempts.count - 1
    attempts[place].metrics.removeAll {
      $0.name.hasPrefix("m2.") || $0.name.hasPrefix("compare.")
        || $0.name == "m1.latency_p50_ms"
    }
    let words = try words(
      Headline(RunReport([SampleReport.workspace("w", attempts)])).markup.source)
    #expect(words.contains("No baseline was scored"), "\(words)")
    #expect(!words.contains("as fast"))
    let none = RunReport([SampleReport.workspace("w", [SampleReport.attempt("corpus")])])
    #expect(try self.words(Headline(none).markup.source).contains("1 of 1 stages are done"))
    #expect(try balance(none.html).isEmpty)
  }

  @Test func `a difference that the rows cannot show is not sold as one`() throws {
    var attempts = SampleReport.evaluated()
    let place = attempts.count - 1
    attempts[place].metrics = attempts[place].metrics.map { metric in
      metric.name == "compare.test_lower" ? (name: metric.name, value: -0.01) : metric
    }
    let html = RunReport([SampleReport.workspace("w", attempts)]).html
    #expect(html.contains("these rows cannot tell the two apart"))
    #expect(html.contains("no clear difference"))
  }

  @Test func `what evaluate warns of stands at the top of the page, remarks do not`() throws {
    var attempts = SampleReport.evaluated()
    attempts[attempts.count - 1].notes = [
      "scores are computed in fp32", "warning: worse on 'test': m1 than m2",
    ]
    let html = RunReport([SampleReport.workspace("w", attempts)]).html
    let top = try #require(html.firstRange(of: "<nav"))
    let words = try words(String(html[..<top.lowerBound]))
    #expect(words.contains("evaluate: worse on"), "\(words)")
    #expect(words.contains("m1 than m2") && !words.contains("scores are computed"))
    #expect(try balance(html).isEmpty)
  }

  @Test func `what an earlier attempt had made is marked while a newer one works`() throws {
    var attempts = SampleReport.evaluated()
    func words() throws -> String {
      try self.words(RunReport([SampleReport.workspace("w", attempts)]).html)
    }
    #expect(try !words().contains("is of the attempt before"))
    attempts[0].status = "running"
    #expect(
      try words().contains(
        "a newer attempt at teacher (running): what is shown of prediction, baseline, evaluate, scores "
          + "among it, is of the attempt before."))
    #expect(try words().contains("done, before teacher"))
    #expect(try balance(RunReport([SampleReport.workspace("w", attempts)]).html).isEmpty)
    // Done again, and with another outcome.
    attempts[0].status = "done"
    attempts[2].outputs = [.init(port: "model", name: "m2", path: "m", content: "another")]
    #expect(try words().contains("a newer attempt at baseline (done): what is shown of evaluate,"))
  }

  @Test func `every number that is shown is one that was recorded`() throws {
    let attempts = SampleReport.evaluated()
    let loss = try SampleReport.series("prediction_loss", [(50, 0.7), (100, 0.25), (150, .nan)])
    let report = RunReport([
      SampleReport.workspace("w", attempts, series: [attempts[1].id: loss])
    ])
    let html = report.html
    var seen = 0
    for match in html.matches(of: try Regex("<data value=\"([^\"]*)\" data-of=\"([^\"]*)\"")) {
      let value = try #require(Double(match[1].substring ?? ""))
      let path = try #require(match[2].substring).split(separator: "/").map(String.init)
      if path.count == 4 {
        #expect(path[1] == "prediction" && path[3] == "prediction_loss")
        #expect([0.7, 0.25].contains(value) || value.isNaN)
      } else {
        let attempt = try #require(attempts.first { $0.stage == path[1] })
        #expect(attempt.metrics.first { $0.name == path[2] }?.value == value, "\(path)")
      }
      seen += 1
    }
    #expect(seen > 60)
    #expect(html.contains("Not finite, and not drawn: 1 of the recorded values."))
  }

  @Test func `a page needs nothing else and closes all it opens`() throws {
    let report = RunReport([
      SampleReport.workspace("a/w", SampleReport.evaluated()),
      SampleReport.workspace("b/w", SampleReport.evaluated()),
    ])
    #expect(report.workspaces.map(\.name) == ["a/w", "b/w"])
    let html = report.html
    #expect(try balance(html).isEmpty)
    let links = html.matches(of: try Regex("(?:src|href)=\"([^\"]*)\""))
      .compactMap { $0[1].substring.map(String.init) }
    #expect(links.allSatisfy { $0.hasPrefix("#") || $0 == "data:," }, "\(links)")
    #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("url("))
  }

  @Test func `a page that is served asks for its version, a file asks nobody`() throws {
    let report = RunReport([SampleReport.workspace("w", SampleReport.evaluated())])
    let served = report.servedHTML(version: "0a1b")
    #expect(try balance(served).isEmpty)
    for part in [
      "<html lang=\"en\" data-version=\"0a1b\">", "fetch('/version'", "connect-src 'self'",
    ] {
      #expect(served.contains(part) && !report.html.contains(part), "\(part)")
    }
  }

  @Test func `names and texts from outside are text, wherever they stand`() throws {
    let hostile = SampleReport.hostile
    var attempts = SampleReport.evaluated(hostile)
    for place in attempts.indices {
      attempts[place].options.append((hostile, .string(hostile)))
      attempts[place].environment = [(hostile, hostile)]
      attempts[place].notes = [hostile]
      attempts[place].error = hostile
    }
    var earlier = attempts[1]
    earlier.isCurrent = false
    earlier.options = []
    let row = Disagreements.Row(
      number: 1, text: hostile, pair: hostile, right: hostile, teacher: (hostile, 0.9),
      student: (hostile, 0.8), distance: 0.5)
    let found = Disagreements(
      teacher: hostile, student: hostile, split: "test", total: 1, rows: [row],
      measure: .classes)
    let loss = try SampleReport.series(hostile, [(1, 0.5), (2, 0.4)])
    let all = [earlier] + attempts
    let workspaces = ["one" + hostile, "two" + hostile].map { path in
      let workspace = SampleReport.workspace(
        path, attempts, series: [attempts[1].id: loss], disagreements: [found])
      return ReportedWorkspace(
        path: path, graph: workspace.graph, attempts: all, series: workspace.series,
        disagreements: [found])
    }
    var report = RunReport(workspaces)
    let maps = AttentionMaps(
      teacher: hostile, student: hostile,
      texts: [
        AttentionMaps.Text(
          tokens: [hostile],
          pairs: [.init(teacherLayer: 1, studentLayer: 1, teacher: [1], student: [.nan])])
      ])
    report.show(maps)
    let html = report.html
    #expect(try balance(html).isEmpty)
    #expect(html.contains("attends to in: &lt;img"))
    #expect(html.matches(of: try Regex("<script")).count == 1)
    #expect(!html.contains("<img") && !html.contains("\u{202E}") && !html.contains("\u{7}"))
    #expect(html.contains("&lt;img src=x onerror=alert(1)&gt;"))
  }

  @Test func `maps side by side have one scale, and every probability under the pointer`() throws {
    var report = RunReport([SampleReport.workspace("w", SampleReport.evaluated())])
    #expect(AttentionSection(report).markup == nil)
    let maps = AttentionMaps(
      teacher: "m0", student: "m1",
      texts: [
        .init(
          tokens: ["[CLS]", "film"],
          pairs: [
            .init(
              teacherLayer: 6, studentLayer: 3, teacher: [0.75, 0.25, 0.5, 0.5],
              student: [0, 1, 0.004, 0.996])
          ])
      ])
    report.show(maps)
    let source = try #require(AttentionSection(report).markup).source
    #expect(try balance(source).isEmpty)
    for part in [
      "opacity=\".75\"><title>[CLS] → [CLS]: 0.750", "opacity=\".25\"><title>[CLS] → film: 0.250",
      "opacity=\"1\"><title>[CLS] → film: 1.000", "opacity=\".00\"><title>film → [CLS]: 0.004",
      "m0, layer 6", "m1, layer 3", "full colour: 1.000",
      "What m1, layer 3 attends to in: [CLS] film",
    ] { #expect(source.contains(part), "no \(part) in \(source)") }
    #expect(report.html.contains("href=\"#attention\""))
    report.show(AttentionMaps(teacher: "m0", student: "m1", texts: []))
    #expect(report.html.contains("at most 24 tokens") && !report.html.contains("<h4>"))
  }

  @Test func `attempts at a stage are shown with what changed`() throws {
    var attempts = SampleReport.evaluated()
    var earlier = attempts[1]
    earlier = Attempt(
      id: "earlier-attempt", stage: earlier.stage, status: "done", started: earlier.started)
    earlier.kind = "prediction"
    earlier.options = [("learning_rate", .real(1e-4))]
    earlier.metrics = [("dev_accuracy", 0.81)]
    attempts[1].metrics = [("dev_accuracy", 0.83)]
    let graph = SampleReport.workspace("w", attempts).graph
    let workspace = ReportedWorkspace(path: "w", graph: graph, attempts: [earlier] + attempts)
    let source = try #require(AttemptsSection(RunReport([workspace])).markup).source
    #expect(source.contains("learning_rate 0.0001 -&gt; 5e-05"), "\(source)")
    #expect(source.contains("value=\"0.81\"") && source.contains("value=\"0.83\""))
    let differences = DifferencesSection(
      RunReport([
        workspace, SampleReport.workspace("v", [SampleReport.attempt("corpus")]),
      ])
    ).markup
    #expect(differences?.source.contains("options.learning_rate") == true)
  }
}
