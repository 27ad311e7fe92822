import Foundation
import TestSupport
import Testing

/// What is seen of a run while it goes: on a terminal, elsewhere, from another process, by a machine.
@Suite struct ProgressTests {
  private func finetune(
    _ world: FinishedWorld, epochs: Int, output: String = "m.h5", _ more: [String] = []
  ) -> [String] {
    [
      "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
      "--num-train-epochs", "\(epochs)", "--logging-steps", "7", "--output", output,
    ] + more
  }

  /// Waits until `body` says so.
  private func wait(until body: () throws -> Bool) throws {
    struct NothingHappened: Error {}
    for _ in 0..<1_200 {
      if try body() { return }
      usleep(50_000)
    }
    throw NothingHappened()
  }

  @Test func `every line of a log of JSON is an object with schema, time and kind`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let run = try Distill.succeed(
        finetune(world, epochs: 3, ["--log-format", "json"]), in: folder)
      let events = try run.errors.split(separator: "\n").map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
      #expect(events.allSatisfy { $0["schema"] as? String == "distill.event/1" })
      #expect(events.allSatisfy { $0["time"] is Int })
      let kinds = events.compactMap { $0["kind"] as? String }
      #expect(kinds.count == events.count)
      #expect(kinds.first == "run_started" && kinds.last == "run_finished")
      for kind in ["stage_started", "note", "resumed", "step", "evaluated", "stage_finished"] {
        #expect(kinds.contains(kind), "\(kind)")
      }
      let step = try #require(events.first { $0["kind"] as? String == "step" })
      #expect(step["stage"] as? String == "finetune" && step["step"] is Int)
      #expect(step["learning_rate"] is Double && (step["losses"] as? [String: Double])?.count == 1)
      let finished = try #require(events.first { $0["kind"] as? String == "stage_finished" })
      let metrics = try #require(finished["metrics"] as? [String: Double])
      // The best score says what it is a score of, and after which step it was.
      #expect(metrics["best_accuracy"] != nil && metrics["best_step"] != nil)
      let end = try #require(events.last)
      #expect(end["outcome"] as? String == "done" && end["exit_code"] as? Int == 0)
      let outputs = try #require(end["outputs"] as? [[String: String]])
      #expect(outputs == [["port": "model", "path": "m.h5"]])
      #expect((end["next"] as? String)?.hasPrefix("distill evaluate --models m.h5") == true)
      // What is wrong is told in the same form.
      let wrong = try Distill.run(
        finetune(world, epochs: 3, ["--learning-rate", "x", "--log-format", "json"]), in: folder)
      let last = try #require(wrong.errors.split(separator: "\n").last)
      let told = try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
      #expect(wrong.status != 0 && told?["kind"] as? String == "error", "\(wrong.errors)")
    }
  }

  @Test func `away from a terminal there are plain lines, as often as is asked for`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = finetune(world, epochs: 20_000, ["--progress-interval", "1"])
      let start = ContinuousClock.now
      let run = try Distill.run(command, in: folder) { process in
        let record = folder + "/m.h5.distill/metrics.jsonl"
        try wait { FileManager.default.fileExists(atPath: record) }
        Thread.sleep(forTimeInterval: 5.5)
        kill(process, SIGINT)
      }
      let seconds = ContinuousClock.now - start
      #expect(run.status == 130)
      #expect(!run.errors.contains("\r") && !run.errors.contains("\u{1B}"))
      let lines = run.errors.split(separator: "\n").filter { $0.contains(" tokens/s") }
      // A busy machine may be late with some of them.
      #expect(lines.count >= 3 && .seconds(lines.count - 1) <= seconds, "\(run.errors)")
      #expect(lines.allSatisfy { $0.contains("epoch ") && $0.contains("rate ") })
      let scores = run.errors.split(separator: "\n").filter { $0.contains(": accuracy ") }
      #expect(scores.contains { $0.contains("epoch ") && $0.contains("loss ") }, "\(scores)")
      #expect(run.errors.contains("to go on, give the same command again"))
    }
  }

  @Test func `another process sees how far a stage is, follows it, and learns how it ended`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let none = try Distill.run(["watch", "m.h5"], in: folder)
      #expect(none.status == 66 && none.errors.contains("wait for it with --wait"))
      let workspace = folder + "/m.h5.distill"
      let stopped = try Distill.run(finetune(world, epochs: 20_000), in: folder) { process in
        // On a busy machine it may tell of itself before it has taken a step.
        try wait {
          let told = try? Disk.text(workspace + "/progress.json")
          return told?.contains(#""unit":"steps""#) == true
        }
        let status = try Distill.object(["status", "m.h5", "--json"], in: folder)
        let stage = try #require((status["stages"] as? [[String: Any]])?.first)
        let progress = try #require(stage["progress"] as? [String: Any], "\(status)")
        let work = try #require(progress["work"] as? [String: Any])
        #expect(work["unit"] as? String == "steps" && work["total"] as? Int ?? 0 > 1_000)
        #expect((stage["running_step"] as? Int ?? 0) > 0)
        let text = try Distill.succeed(["status", "m.h5"], in: folder)
        #expect(text.output.contains(" left; in use by process \(process)"), "\(text.output)")
        #expect(text.errors == "next: distill watch m.h5\n")
        let watched = try Distill.run(
          ["watch", "m.h5", "--progress-interval", "1"], in: folder
        ) { _ in
          Thread.sleep(forTimeInterval: 5)
          kill(process, SIGTERM)
        }
        #expect(watched.status == 130, "\(watched.errors)")
        #expect(watched.errors.contains("process \(process)"))
        #expect(watched.errors.contains(" tokens/s"))
        #expect(watched.errors.contains("finetune: stopped after step "))
      }
      #expect(stopped.status == 143)
      #expect(!FileManager.default.fileExists(atPath: workspace + "/progress.json"))
    }
  }

  @Test func `a run that is waited for is seen from its beginning, one that was killed is told of`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let path = Distill.path
      let waiting = try Program.run(
        "/bin/sh",
        [
          "-c",
          #""$0" watch m.h5 --wait 2> told; echo $? > code"#, path,
        ], in: folder
      ) { _ in
        Thread.sleep(forTimeInterval: 1)
        try Distill.succeed(finetune(world, epochs: 2), in: folder)
      }
      #expect(waiting.status == 0)
      let told = try Disk.text(folder + "/told")
      #expect(try Disk.text(folder + "/code") == "0\n", "\(told)")
      #expect(told.contains("waiting for a run to begin"))
      #expect(told.contains("all that was asked for is done"))
      #expect(told.contains("next: distill metrics m.h5"))
      try Distill.succeed(["metrics", "m.h5"], in: folder)

      _ = try Distill.run(finetune(world, epochs: 20_000, output: "k.h5"), in: folder) { process in
        try wait {
          FileManager.default.fileExists(atPath: folder + "/k.h5.distill/progress.json")
        }
        kill(process, SIGKILL)
      }
      let killed = try Distill.run(["watch", "k.h5"], in: folder)
      #expect(killed.status == 143)
      #expect(killed.errors.contains("finetune: whoever ran it is gone without a word"))
      // What it left behind is nobody's progress.
      let status = try Distill.object(["status", "k.h5", "--json"], in: folder)
      let stage = try #require((status["stages"] as? [[String: Any]])?.first)
      #expect(stage["progress"] is NSNull && stage["state"] as? String == "interrupted")
      let cleaned = try Distill.succeed(["clean", "k.h5"], in: folder)
      #expect(cleaned.output.contains("progress.json"), "\(cleaned.output)")
    }
  }

  @Test func `predict and evaluate say what they did, with figures`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let predicted = try Distill.succeed(
        ["predict", "--model", world.artifact("student"), "--input", world.folder + "/text.txt"],
        in: folder)
      #expect(predicted.lines.count == 60)
      #expect(predicted.errors.contains("answered: 60 rows"), "\(predicted.errors)")
      // In a pipeline, where there is no table, each model has its score.
      let copy = try world.withCopy { folder in
        try Distill.succeed(
          ["run", "tiny.yaml", "--only", "evaluate", "--force", "evaluate"], in: folder)
      }
      #expect(copy.errors.contains("teacher.test_accuracy "), "\(copy.errors)")
      #expect(copy.errors.contains("student.test_accuracy "))
    }
  }
}

/// The same on a real terminal, which Python plays.
@Suite(.enabled(if: PythonOracle.isAvailable)) struct TerminalTests {
  struct Seen: Decodable {
    let status: Int
    let lines: [String]
    let gone: [String]
    let blocks: Int
    let widest: Int
    let unknown: [String]
    let seconds: Double
    let column: Int
    /// All lines, without the empty ones at the end.
    var all: [String] {
      var all = gone + lines
      while all.last == "" { all.removeLast() }
      return all
    }
  }

  private func see(
    _ arguments: [String], in folder: String, columns: Int = 80, rows: Int = 24, resized: Int = 0,
    interruptAfter: Double = 0
  ) throws -> Seen {
    let words =
      ["\(columns)", "\(rows)", "\(resized)", "\(interruptAfter)"] + ["/bin/sh", "-c"]
      + [#"cd "$0" && exec "$@""#, folder, Distill.path] + arguments
    let text = try PythonOracle.run("terminal.py", words)
    return try JSONDecoder().decode(Seen.self, from: Data(text.utf8))
  }

  /// Lines that belong to a block and must not stay.
  private func leftOver(_ seen: Seen) -> [String] {
    seen.all.filter { line in
      ["[#", "[.", "left in all", "at work for"].contains { line.contains($0) }
        || line.hasPrefix("stage ")
    }
  }

  @Test func `a pipeline leaves a whole screen, and nothing wider than it`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let seen = try see(["run", "tiny.yaml"], in: folder, resized: 100)
      #expect(seen.status == 0, "\(seen.all)")
      #expect(seen.unknown == [])
      #expect(leftOver(seen) == [], "\(seen.all)")
      #expect(seen.blocks > 0 && seen.column == 0)
      // Four times a second, and once more for every line that stays.
      #expect(Double(seen.blocks) <= seen.seconds * 4 + Double(seen.all.count) + 4)
      #expect(seen.all.last == "next: distill metrics tiny.yaml", "\(seen.all)")
      for stage in SmallWorld.stages {
        #expect(seen.all.contains { $0.hasPrefix(stage) }, "\(stage)")
      }
    }
  }

  @Test func `a training that is interrupted takes its block away`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--num-train-epochs", "20000", "--eval-strategy", "no", "--output", "m.h5",
      ]
      let seen = try see(command, in: folder, interruptAfter: 6)
      #expect(seen.status == 130, "\(seen.all)")
      #expect(leftOver(seen) == [], "\(seen.all)")
      #expect(seen.blocks >= 4 && Double(seen.blocks) <= seen.seconds * 4 + 10)
      #expect(seen.all.contains { $0.contains("to go on, give the same command again") })
    }
  }

  @Test func `a small window and an error leave nothing broken either`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write("good\tx\tz\n", to: folder + "/dev.tsv")
      let seen = try see(["run", "tiny.yaml"], in: folder, columns: 40, rows: 6)
      #expect(seen.status != 0)
      #expect(leftOver(seen) == [], "\(seen.all)")
      #expect(seen.all.contains { $0.hasPrefix("distill: ") }, "\(seen.all)")
    }
  }
}
