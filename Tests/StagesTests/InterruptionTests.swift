import Foundation
import TestSupport
import Testing

@Suite struct InterruptionTests {
  @Test func `A training stopped by any signal goes on and ends as if it never had been stopped`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = { (output: String) in
        [
          "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
          "--output", output, "--num-hidden-layers", "2", "--hidden-size", "24",
          "--num-attention-heads", "2", "--intermediate-size", "48", "--max-steps", "400",
          "--per-device-train-batch-size", "16", "--logging-steps", "1", "--save-steps", "0",
        ]
      }
      try Distill.succeed(command("whole.h5"), in: folder)
      let checkpoints = folder + "/cut.h5.distill/checkpoints/general"
      var earlier = 0
      for (signal, status) in [(SIGTERM, 143), (SIGINT, 130), (SIGHUP, 129)] {
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
    }
  }

  @Test func `A pipeline stopped while it trains goes on with the stage it was at`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let stopped = try Distill.run(["run", "tiny.yaml"], in: folder) { process in
        try waitForSteps(4, in: folder + "/.distill/tiny/metrics.jsonl")
        kill(process, SIGTERM)
      }
      #expect(stopped.status == 143, "\(stopped.errors)")
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
