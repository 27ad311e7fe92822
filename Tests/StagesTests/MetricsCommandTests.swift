import Foundation
import TestSupport
import Testing

@Suite struct MetricsCommandTests {
  @Test func `markdown has the numbers of the text`() throws {
    let world = try FinishedWorld.shared()
    let command = ["metrics", "tiny.yaml", "--stage", "evaluate"]
    let text = try Distill.succeed(command, in: world.folder)
    let markdown = try Distill.succeed(command + ["--markdown"], in: world.folder)
    #expect(markdown.lines[0] == "### evaluate")
    #expect(markdown.lines[1].hasPrefix("| model | layers x width |"))
    #expect(markdown.lines[2].hasPrefix("| --- | ---: |"))
    let row = try #require(text.lines.first { $0.hasPrefix("student") })
    let cells = row.split(separator: "  ", omittingEmptySubsequences: true)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    #expect(markdown.lines.contains("| " + cells.joined(separator: " | ") + " |"))
    let compared = try #require(text.lines.first { $0.hasPrefix("test accuracy, student minus") })
    #expect(compared.contains(" points, 95 % interval "))
    #expect(markdown.lines.contains(compared))
    #expect(!text.output.contains("compare."))
    // Labels by their names, as `evaluate` shows them.
    #expect(
      text.lines.contains { $0.hasPrefix("dev: model  is, answered:  negative  positive") },
      "\(text.output)")
    let folder = try Distill.succeed(
      ["metrics", ".distill/tiny", "--stage", "evaluate"], in: world.folder)
    #expect(
      folder.lines.contains { $0.hasPrefix("dev: model  is, answered:  negative  positive") },
      "\(folder.output)")
    #expect(
      try Distill.succeed(["metrics", "show"] + command.dropFirst(), in: world.folder).output
        == text.output)
    #expect(
      try Distill.run(command + ["--markdown", "--json"], in: world.folder).status == 64)
  }

  @Test func `pipelines, workspaces and documents are compared with each other`() throws {
    let world = try FinishedWorld.shared()
    try world.withCopy { folder in
      try Disk.write(SmallWorld.pipeline(temperature: "2"), to: folder + "/tiny.yaml")
      try Distill.succeed(["run", "tiny.yaml", "--until", "prediction"], in: folder)
      let old = world.folder + "/.distill/tiny"
      let difference = try Distill.object(
        ["metrics", "diff", old, "tiny.yaml", "--json"], in: folder)
      let stages = try #require(difference["stages"] as? [[String: Any]])
      let prediction = try #require(stages.first { $0["stage"] as? String == "prediction" })
      #expect(prediction["changes"] as? [String] == ["temperature 1 -> 2"])
      for metric in try #require(prediction["metrics"] as? [[String: Any]]) {
        let a = try #require(metric["a"] as? Double)
        let b = try #require(metric["b"] as? Double)
        let difference = try #require(metric["difference"] as? Double)
        // Foundation reads a number of 17 digits to the last bit but one.
        #expect(abs(difference - (b - a)) <= 1e-12 * max(abs(a), abs(b)))
      }
      let text = try Distill.succeed(["metrics", "diff", old, "tiny.yaml"], in: folder)
      #expect(text.lines[..<2] == ["a: \(old)", "b: tiny.yaml"])
      #expect(text.output.contains("\nprediction\n  temperature 1 -> 2\n  metric"))
      let markdown = try Distill.succeed(
        ["metrics", "diff", old, "tiny.yaml", "--markdown"], in: folder)
      #expect(
        markdown.output.contains("\n### prediction\n- temperature 1 -> 2\n\n| metric | a | b |"))
      let document = try Distill.succeed(["metrics", "tiny.yaml", "--json"], in: folder).output
      try Disk.write(document, to: folder + "/numbers.json")
      let same = try Distill.object(
        ["metrics", "diff", "numbers.json", ".distill/tiny", "--json"], in: folder)
      let rows = try #require(same["stages"] as? [[String: Any]])
      #expect(rows.count == SmallWorld.stages.count)
      for row in rows.flatMap({ $0["metrics"] as? [[String: Any]] ?? [] }) {
        #expect(row["difference"] as? Double == 0)
      }
    }
  }

  @Test func `a side that has no numbers is told`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write("{\"s\": 1}", to: folder + "/wrong.json")
      for (side, status) in [("tiny.yaml", 66), ("encoder", 66), ("wrong.json", 65), ("no", 66)] {
        let outcome = try Distill.run(["metrics", "diff", side, side], in: folder)
        #expect(outcome.status == Int32(status), "\(side): \(outcome.errors)")
        #expect(outcome.errorLines.count == 1)
      }
    }
  }
}

@Suite struct SettingCommandTests {
  @Test func `a value on the command line has the effect of the file's`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let change = ["--set", "stages.prediction.temperature=2"]
      let plan = try Distill.succeed(["plan", "tiny.yaml"] + change, in: folder)
      #expect(plan.output.contains("temperature 1 -> 2"))
      #expect(try Distill.run(["status", "tiny.yaml", "--check"] + change, in: folder).status == 3)
      try Distill.succeed(["run", "tiny.yaml"] + change, in: folder)
      #expect(try Distill.run(["status", "tiny.yaml", "--check"] + change, in: folder).status == 0)
      let student = folder + "/.distill/tiny/artifacts/student.h5"
      let given = try Disk.bytes(student)
      try Disk.write(SmallWorld.pipeline(temperature: "2"), to: folder + "/tiny.yaml")
      #expect(try Distill.run(["status", "tiny.yaml", "--check"], in: folder).status == 0)
      try Distill.succeed(["run", "tiny.yaml", "--force", "prediction"], in: folder)
      #expect(try Disk.bytes(student) == given)
    }
  }

  @Test func `faults of a value are told at their place, with the codes of usage and of files`()
    throws
  {
    let world = try FinishedWorld.shared()
    for command in ["run", "plan", "status", "metrics", "verify", "clean"] {
      let faulty = try Distill.run(
        [command, "tiny.yaml", "--set", "stages.prediction.temprature=2"], in: world.folder)
      #expect(faulty.status == 78, "\(command)")
      #expect(
        faulty.errorLines == [
          "distill: --set stages.prediction.temprature: prediction has no such option; did you mean "
            + "\"temperature\"?"
        ])
      let usage = try Distill.run([command, "tiny.yaml", "--set", "seed"], in: world.folder)
      #expect(usage.status == 64, "\(command)")
      #expect(usage.errorLines.count == 1)
    }
  }
}
