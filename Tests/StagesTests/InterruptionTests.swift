import Files
import Foundation
import TestSupport
import Testing

@Suite struct InterruptionTests {
  /// `distill general`, long enough to be stopped.
  private func general(_ world: FinishedWorld, _ more: [String] = []) -> (String) -> [String] {
    { output in
      [
        "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
        "--output", output, "--num-hidden-layers", "2", "--hidden-size", "24",
        "--num-attention-heads", "2", "--intermediate-size", "48", "--max-steps", "400",
        "--per-device-train-batch-size", "8", "--gradient-accumulation-steps", "2",
        "--max-tokens", "40", "--logging-steps", "1",
      ] + more
    }
  }

  @Test func `a training stopped by any signal goes on and ends as if it never had been stopped`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = general(world, ["--save-steps", "0"])
      try Distill.succeed(command("whole.h5"), in: folder)
      let checkpoints = folder + "/cut.h5.distill/checkpoints/general"
      var earlier = 0
      for (signal, status) in [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129), (SIGUSR1, 143)] {
        let record = folder + "/cut.h5.distill/metrics.jsonl"
        let stopped = try Distill.run(command("cut.h5"), in: folder) { process in
          try waitForSteps(earlier + 10, in: record)
          kill(process, signal)
        }
        #expect(stopped.status == status, "\(stopped.errors)")
        #expect(stopped.errors.contains("state saved"))
        #expect(stopped.errors.contains("resumed at step") == (earlier > 0))
        #expect(!FileManager.default.fileExists(atPath: folder + "/cut.h5"))
        #expect(!Disk.files(checkpoints).isEmpty)
        earlier = try steps(record)
      }
      let status = try Distill.run(command("cut.h5") + ["--json"], in: folder)
      #expect(status.status == 0)
      #expect(status.errors.contains("resumed at step"))
      #expect(try Disk.content(folder + "/cut.h5") == Disk.content(folder + "/whole.h5"))
      #expect(try Disk.bytes(folder + "/cut.h5") == Disk.bytes(folder + "/whole.h5"))
      #expect(!Disk.isFolder(checkpoints))
      #expect(try figures(folder + "/cut.h5") == figures(folder + "/whole.h5"))
    }
  }

  @Test func `what was begun under --force goes on by the command that is told`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for format in ["text", "json"] {
        let command = general(world, ["--log-format", format])(format + ".h5")
        let stopped = try Distill.run(command + ["--force"], in: folder) { process in
          try waitForSteps(10, in: "\(folder)/\(format).h5.distill/metrics.jsonl")
          kill(process, SIGTERM)
        }
        #expect(stopped.status == 143, "\(stopped.errors)")
        let line = try #require(stopped.errors.split(separator: "\n").last)
        let told = " " + command.joined(separator: " ")
        if format == "text" {
          #expect(line.hasPrefix("to go on, give this command: "), "\(line)")
          #expect(line.hasSuffix(told), "\(line)")
        } else {
          let end = try StrictJSON.parse(Array(line.utf8), path: "event").object
          #expect(end?["next"]?.string?.hasSuffix(told) == true, "\(line)")
        }
        let resumed = try Distill.succeed(command, in: folder)
        #expect(resumed.errors.contains("resumed at step") || format == "json")
      }
    }
  }

  @Test
  func `both phases of task go on by the command that is told, whichever was forced and stopped`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for phase in ["intermediate", "prediction"] {
        let output = phase + ".h5"
        let record = "\(folder)/\(output).distill/metrics.jsonl"
        let command = [
          "task", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("general_student"), "--dataset", world.artifact("augmented"), "--output",
          output, "--intermediate-max-steps", phase == "intermediate" ? "100000" : "4",
          "--prediction-max-steps", phase == "prediction" ? "100000" : "4",
          "--per-device-train-batch-size", "4", "--logging-steps", "1",
        ]
        let stopped = try Distill.run(command + ["--force"], in: folder) { process in
          try waitForSteps(20, in: record)
          kill(process, SIGTERM)
        }
        #expect(stopped.status == 143, "\(stopped.errors)")
        let line = try #require(stopped.errors.split(separator: "\n").last)
        #expect(line.hasPrefix("to go on, give this command: "), "\(line)")
        #expect(line.hasSuffix(" " + command.joined(separator: " ")), "\(line)")
        // However late the signal came: what was written by then is no sign of the second run.
        let earlier = try steps(record)
        let resumed = try Distill.run(command, in: folder) { process in
          try waitForSteps(earlier + 20, in: record)
          kill(process, SIGTERM)
        }
        #expect(resumed.errors.contains("resumed at step"), "\(resumed.errors)")
      }
    }
  }

  @Test func `a training that is killed has in the end the record of one that was not`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = general(world, ["--save-steps", "7"])
      try Distill.succeed(command("whole.h5"), in: folder)
      let record = folder + "/cut.h5.distill/metrics.jsonl"
      var earlier = 0
      for more in [3, 27, 30] {
        let killed = try Distill.run(command("cut.h5"), in: folder) { process in
          try waitForSteps(earlier + more, in: record)
          kill(process, SIGKILL)
        }
        #expect(killed.status == -SIGKILL)
        earlier = try steps(record)
      }
      try Distill.succeed(command("cut.h5"), in: folder)
      #expect(try Disk.bytes(folder + "/cut.h5") == Disk.bytes(folder + "/whole.h5"))
      let whole = try figures(folder + "/whole.h5")
      #expect(whole.count == 401)
      #expect(try figures(folder + "/cut.h5") == whole)
      // A stage that is done again leaves one record of itself, not two.
      try Distill.succeed(command("cut.h5") + ["--force"], in: folder)
      #expect(try figures(folder + "/cut.h5") == whole)
    }
  }

  @Test func `a training goes on in the numbers it was begun in, or not at all`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = general(world)
      let stopped = try Distill.run(command("cut.h5"), in: folder) { process in
        try waitForSteps(5, in: folder + "/cut.h5.distill/metrics.jsonl")
        kill(process, SIGTERM)
      }
      #expect(stopped.status == 143)
      let checkpoints = folder + "/cut.h5.distill/checkpoints/general"
      let saved = try Disk.files(checkpoints).map { try Disk.bytes("\(checkpoints)/\($0)") }
      // An old core's kernels, which no processor of today is taken for.
      let refused = try Program.run(
        Distill.path, command("cut.h5"), in: folder,
        variables: ["OPENBLAS_CORETYPE": "Nehalem", "DNNL_MAX_CPU_ISA": "SSE41"])
      #expect(refused.status == 65, "\(refused.errors)")
      #expect(refused.errorLines.count == 1)
      #expect(refused.errors.contains("OpenBLAS Nehalem"))
      #expect(refused.errors.contains("--allow-numeric-change"))
      #expect(try Disk.files(checkpoints).map { try Disk.bytes("\(checkpoints)/\($0)") } == saved)
      let resumed = try Distill.succeed(command("cut.h5"), in: folder)
      #expect(resumed.errors.contains("resumed at step"))
    }
  }

  /// The records of a stage command's run, without times and speeds.
  private func figures(_ output: String) throws -> [String] {
    try Disk.figures(output + ".distill/metrics.jsonl")
  }

  @Test func `a pipeline stopped while it trains goes on with the stage it was at`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let same = #"stages.evaluate.compare=["student:baseline"]"#
      let forced = ["--force", "corpus", "--force=evaluate"]
      let stopped = try Distill.run(["run", "tiny.yaml", "--set", same] + forced, in: folder) {
        process in
        try waitForSteps(4, in: folder + "/.distill/tiny/metrics.jsonl")
        kill(process, SIGTERM)
      }
      #expect(stopped.status == 143, "\(stopped.errors)")
      // What has begun need not be forced again.
      #expect(stopped.errors.contains("to go on, give this command: "))
      #expect(stopped.errors.contains("run tiny.yaml --set '\(same)' --force=evaluate\n"))
      #expect(try Distill.run(["status", "tiny.yaml", "--check"], in: folder).status == 3)
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      for artifact in SmallWorld.artifacts {
        #expect(
          try Disk.content("\(folder)/.distill/tiny/artifacts/\(artifact).h5")
            == Disk.content(world.artifact(artifact)), "\(artifact)")
      }
    }
  }

  /// Lines in the record of a run so far.
  private func steps(_ record: String) throws -> Int {
    try Disk.text(record).split(separator: "\n").count
  }

  /// Waits until the record has so many lines.
  private func waitForSteps(_ count: Int, in record: String) throws {
    struct NothingHappened: Error {}
    for _ in 0..<6000 {
      if let lines = try? steps(record), lines >= count { return }
      usleep(5_000)
    }
    throw NothingHappened()
  }
}
