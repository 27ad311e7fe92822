import Files
import Foundation
import TestSupport
import Testing

/// `distill report` and `distill dag`, over a pipeline that has run.
@Suite struct PageCommandTests {
  @Test func `the page of a finished pipeline has its scores, rows, losses and graph`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let page = folder + "/page.html"
      let outcome = try Distill.succeed(
        ["report", "tiny.yaml", "--output", page], in: world.folder)
      #expect(outcome.output == page + "\n")
      #expect(outcome.errorLines.isEmpty, "\(outcome.errors)")
      let html = try Disk.text(page)
      for part in [
        "<h1>tiny</h1>", "was distilled from", "What is taken for what", "positive</th>",
        "Where student and teacher differ most", "aria-label=\"attention loss over the steps of",
        "aria-label=\"The graph of tiny", "per_device_train_batch_size",
      ] { #expect(html.contains(part), "no \(part)") }
      // Each number with all the digits that are recorded.
      let metrics = try Distill.object(["metrics", "tiny.yaml", "--json"], in: world.folder)
      let scores = try #require(metrics["evaluate"] as? [String: Any])
      for name in ["student.test_accuracy", "teacher.latency_p50_ms", "compare.test_lower"] {
        let value = try #require(scores[name] as? Double)
        #expect(
          html.contains("<data value=\"\(value)\" data-of=\"0/evaluate/\(name)\">"), "\(name)")
      }
      let answer = try Distill.object(
        ["report", ".distill/tiny", "-o", page, "--json"], in: world.folder)
      #expect(answer["schema"] as? String == "distill.report/1")
      let size = try Disk.bytes(page).count
      #expect(answer["bytes"] as? Int == size)
    }
  }

  @Test func `rows that differ most are those of the artifacts, and none where these are gone`()
    throws
  {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      try Distill.succeed(["report", "tiny.yaml", "-o", "a.html"], in: folder)
      let html = try Disk.text(folder + "/a.html")
      let rows = try Disk.text(folder + "/test.tsv").split(separator: "\n").dropFirst()
      let shown = html.matches(of: try Regex("<bdi>([^<]*)</bdi>"))
        .compactMap { $0[1].substring.map(String.init) }
      #expect(shown.count == 10)
      for text in shown { #expect(rows.contains { $0.hasPrefix(text + "\t") }, "\(text)") }
      try FileManager.default.removeItem(atPath: folder + "/.distill/tiny/artifacts/predictions.h5")
      try Distill.succeed(["report", "tiny.yaml", "-o", "b.html"], in: folder)
      let without = try Disk.text(folder + "/b.html")
      #expect(!without.contains("differ most"))
    }
  }

  @Test func `what teacher and student attend to is shown of short rows, or of given sentences`()
    throws
  {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      try Distill.succeed(["report", "tiny.yaml", "-o", "a.html"], in: folder)
      let html = try Disk.text(folder + "/a.html")
      #expect(html.contains("teacher and student, 3 texts"))
      // The one layer of the student, and the second of the teacher, three times.
      let titles = html.matches(of: try Regex("<h4>([^<]*)</h4>")).compactMap {
        $0[1].substring.map(String.init)
      }
      #expect(
        titles == (0..<3).flatMap { _ in ["teacher, layer 2", "student, layer 1"] }, "\(titles)")
      let sentences = ["--sentence", "the film was good", "--sentence", "<b>it</b>"]
      let outcome = try Distill.succeed(
        ["report", "tiny.yaml", "-o", "b.html", "--sentence", String(repeating: "a ", count: 23)]
          + sentences, in: folder)
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(outcome.errors.contains("more than the 24 tokens"))
      let other = try Disk.text(folder + "/b.html")
      #expect(other.contains(">[CLS] the film was good [SEP]</h3>"))
      #expect(other.contains("teacher and student, 2 texts") && !other.contains("<b>"))
      try FileManager.default.removeItem(atPath: folder + "/.distill/tiny/artifacts/teacher.h5")
      let without = try Distill.succeed(["report", "tiny.yaml", "-o", "c.html"], in: folder)
      #expect(without.errorLines.count == 1, "\(without.errors)")
      #expect(without.errors.contains("evaluate: what teacher and student attend to is left out"))
      #expect(!(try Disk.text(folder + "/c.html")).contains("<h4>"))
    }
  }

  @Test func `a record that is damaged is told of, and the rest is shown`() throws {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      let record = folder + "/.distill/tiny/metrics.jsonl"
      try Disk.write("no record\n" + (try Disk.text(record)), to: record)
      let outcome = try Distill.succeed(["report", "tiny.yaml"], in: folder)
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains("metrics.jsonl:1"))
      let html = try Disk.text(folder + "/report.html")
      #expect(html.contains("Not everything could be read") && html.contains("metrics.jsonl:1"))
      #expect(html.contains("was distilled from") && !html.contains("How it learnt"))
    }
  }

  @Test func `the graph is drawn of a file and of a workspace`() throws {
    let world = try FinishedWorld.shared()
    let text = try Distill.succeed(["dag", "tiny.yaml"], in: world.folder)
    #expect(text.lines.count == SmallWorld.stages.count)
    #expect(text.lines.first?.hasPrefix("●") == true && !text.output.contains("done"))
    let stands = try Distill.succeed(["dag", ".distill/tiny"], in: world.folder)
    #expect(stands.lines.allSatisfy { $0.contains("  done, ") }, "\(stands.output)")
    let mermaid = try Distill.succeed(
      ["dag", "tiny.yaml", "--format", "mermaid"], in: world.folder)
    #expect(mermaid.lines.first == "flowchart TD")
    let svg = try Distill.succeed(["dag", ".distill/tiny", "--format", "svg"], in: world.folder)
    #expect(svg.output.hasPrefix("<svg ") && svg.output.hasSuffix("</svg>\n"))
  }

  @Test func `what is asked wrongly ends with one line`() throws {
    let world = try FinishedWorld.shared()
    for (arguments, status, expected) in [
      (["report"], 64, "no pipeline file is named"), (["report", "nowhere"], 66, "nowhere"),
      (["report", "tiny.yaml", "-o", "/"], 64, "--output names a file"),
      (["report", "tiny.yaml", "-o", "tiny.yaml/report.html"], 73, "tiny.yaml is no folder"),
      (["report", "tiny.yaml", "--port", "8080"], 64, "--port goes with --serve"),
      (["report", "tiny.yaml", "--serve", "-o", "a.html"], 64, "--serve writes no file"),
      (["report", "nowhere", "--serve"], 66, "nowhere"),
      (["report", "tiny.yaml", ".distill/tiny", "--sentence", "it"], 64, "give one place"),
      (["dag", "tiny.yaml", "--format", "png"], 64, "png"),
    ] as [([String], Int32, String)] {
      let outcome = try Distill.run(arguments, in: world.folder)
      #expect(outcome.status == status, "\(arguments): \(outcome.status) \(outcome.errors)")
      #expect(
        outcome.errorLines.count == 1 && outcome.errors.contains(expected), "\(outcome.errors)")
    }
  }
}
