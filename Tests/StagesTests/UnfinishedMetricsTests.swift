import Foundation
import TestSupport
import Testing

/// `distill metrics` of stages that are not done.
@Suite struct UnfinishedMetricsTests {
  private func command(_ world: FinishedWorld, steps: Int) -> [String] {
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
      "--output", "m.h5", "--num-hidden-layers", "1", "--hidden-size", "16",
      "--num-attention-heads", "2", "--intermediate-size", "32", "--max-steps", "\(steps)",
      "--per-device-train-batch-size", "4", "--logging-steps", "1",
    ]
  }

  /// Waits until the record has so many lines.
  private func waitForSteps(_ count: Int, in record: String) throws {
    struct NothingHappened: Error {}
    for _ in 0..<12_000 {
      if let text = try? Disk.text(record), text.split(separator: "\n").count >= count { return }
      usleep(5_000)
    }
    throw NothingHappened()
  }

  @Test func `a stage that runs and one that was stopped show their numbers so far`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let record = folder + "/m.h5.distill/metrics.jsonl"
      let stopped = try Distill.run(command(world, steps: 100_000), in: folder) { process in
        try waitForSteps(60, in: record)
        let running = try Distill.succeed(["metrics", "m.h5.distill"], in: folder)
        #expect(running.lines[0] == "general")
        #expect(running.lines[1].hasPrefix("  running, step "))
        #expect(running.lines[1].contains("\(process)"), "\(running.lines[1])")
        kill(process, SIGTERM)
      }
      #expect(stopped.status == 143)
      let figures = try Disk.figures(record)
      let text = try Distill.succeed(["metrics", "m.h5.distill", "--stage", "general"], in: folder)
      #expect(text.lines[0] == "interrupted after step \(figures.count)")
      #expect(text.lines[1].hasPrefix("step "))
      #expect(text.lines[1].contains("attention_loss") && text.lines[1].contains("learning_rate"))
      #expect(
        text.output.contains("of \(figures.count) records up to step \(figures.count); all with"))
      #expect(text.lines.contains { $0.hasPrefix("\(figures.count) ") })
      #expect(text.lines.count < 60)

      let document = try Distill.object(["metrics", "m.h5.distill", "--json"], in: folder)
      let general = try #require(document["general"] as? [String: Any])
      #expect(general["state"] as? String == "interrupted")
      #expect(general["step"] as? Int == figures.count)
      let series = try #require(general["series"] as? [[String: Any]])
      #expect(series.map { $0["step"] as? Int } == (1...figures.count).map { $0 })
      #expect((series[0]["values"] as? [String: Any])?["hidden_loss"] is Double)

      let markdown = try Distill.succeed(["metrics", "m.h5.distill", "--markdown"], in: folder)
      #expect(markdown.lines[..<2] == ["### general", text.lines[0]])
      #expect(markdown.lines[2].hasPrefix("| step | "))
      // A document with a stage that is not done is compared by what is.
      try Disk.write(
        try Distill.succeed(["metrics", "m.h5.distill", "--json"], in: folder).output,
        to: folder + "/numbers.json")
      let same = try Distill.object(
        ["metrics", "diff", "numbers.json", "m.h5.distill", "--json"], in: folder)
      #expect((same["stages"] as? [Any])?.isEmpty == true)
    }
  }

  @Test func `a stage that was killed, or failed, says so`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let record = folder + "/m.h5.distill/metrics.jsonl"
      let killed = try Distill.run(command(world, steps: 100_000), in: folder) { process in
        try waitForSteps(3, in: record)
        kill(process, SIGKILL)
      }
      #expect(killed.status == -SIGKILL)
      // The kill may have torn the last line.
      try Disk.write(try Disk.text(record) + "{\"time\": 1", to: record)
      let text = try Distill.succeed(["metrics", "m.h5.distill"], in: folder)
      #expect(text.lines[1].hasPrefix("  interrupted after step "))
      try Disk.write("{}\n" + (try Disk.text(record)), to: record)
      let damaged = try Distill.run(["metrics", "m.h5.distill"], in: folder)
      #expect(damaged.status == 65 && damaged.errorLines.count == 1)
      #expect(damaged.errors.contains("metrics.jsonl:1"))
      try FileManager.default.removeItem(atPath: record)

      let failed = try Distill.run(
        ["finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "f.h5"], in: folder)
      #expect(failed.status != 0)
      let nothing = try Distill.run(["metrics", "f.h5"], in: folder)
      #expect(nothing.status == 66)
    }
  }
}
