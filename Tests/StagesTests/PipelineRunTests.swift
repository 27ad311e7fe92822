import Foundation
import TestSupport
import Testing

@Suite struct PipelineRunTests {
  @Test func `a pipeline of every stage kind runs to its end, and students learn`() throws {
    let world = try FinishedWorld.shared()
    let metrics = try Distill.object(["metrics", "tiny.yaml", "--json"], in: world.folder)
    #expect(Set(metrics.keys) == Set(SmallWorld.stages).union(["schema"]))
    let scores = try #require(metrics["evaluate"] as? [String: Double])
    for model in ["teacher", "student", "baseline"] {
      let accuracy = try #require(scores["\(model).test_accuracy"])
      #expect(accuracy > 0.9, "\(model): \(accuracy)")
    }
    #expect(scores["student.hidden_size"] == 16)
    #expect(scores["compare.test_difference"] != nil)
    for artifact in SmallWorld.artifacts {
      #expect(FileManager.default.fileExists(atPath: world.artifact(artifact)), "\(artifact)")
    }
    let left = Disk.files(world.folder + "/.distill/tiny").filter {
      !$0.hasPrefix("artifacts/") && !$0.hasPrefix("locks/") && !$0.hasPrefix("runs/")
        && !["lock", "manifest.json", "metrics.jsonl"].contains($0)
    }
    #expect(left.isEmpty, "left behind: \(left)")
  }

  @Test func `a second run runs no stage, and status agrees`() throws {
    let world = try FinishedWorld.shared()
    let second = try Distill.succeed(["run", "tiny.yaml"], in: world.folder)
    for stage in SmallWorld.stages { #expect(second.errors.contains("\(stage): current\n")) }
    #expect(second.errors.contains("nothing to do"))
    #expect(try Distill.run(["status", "tiny.yaml", "--check"], in: world.folder).status == 0)
    let status = try Distill.object(["status", "tiny.yaml", "--json"], in: world.folder)
    #expect(status["current"] as? Bool == true)
  }

  @Test func `a changed temperature runs the prediction phase and what follows it, no more`()
    throws
  {
    try FinishedWorld.shared().withCopy { folder in
      // Elsewhere, but the same content: a copied workspace is current.
      #expect(try Distill.run(["status", "tiny.yaml", "--check"], in: folder).status == 0)
      try Disk.write(SmallWorld.pipeline(temperature: "2"), to: folder + "/tiny.yaml")
      let plan = try Distill.succeed(["plan", "tiny.yaml"], in: folder)
      #expect(plan.output.contains("temperature 1 -> 2"))
      let stale = try Distill.run(["status", "tiny.yaml", "--check"], in: folder)
      #expect(stale.status == 3)
      let run = try Distill.succeed(["run", "tiny.yaml"], in: folder)
      let skipped = SmallWorld.stages.filter { run.errors.contains("\n\($0): current\n") }
      #expect(Set(SmallWorld.stages).subtracting(skipped) == ["prediction", "evaluate", "export"])
    }
  }

  @Test func `two runs in different folders give the same bytes`() throws {
    let first = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      for artifact in SmallWorld.artifacts {
        let second = "\(folder)/.distill/tiny/artifacts/\(artifact).h5"
        #expect(
          try Disk.bytes(first.artifact(artifact)) == Disk.bytes(second), "\(artifact) differs")
      }
    }
  }

  @Test(arguments: ["1", "2", "4"])
  func `the number of threads changes no bit`(threads: String) throws {
    let first = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Distill.succeed(["run", "tiny.yaml", "--threads", threads], in: folder)
      for artifact in SmallWorld.artifacts {
        let second = "\(folder)/.distill/tiny/artifacts/\(artifact).h5"
        #expect(
          try Disk.content(first.artifact(artifact)) == Disk.content(second),
          "\(artifact) differs on \(threads) threads")
      }
    }
  }

  @Test func `another seed gives another student`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let student = folder + "/.distill/tiny/artifacts/student.h5"
      let before = try Disk.content(student)
      try Distill.succeed(["run", "tiny.yaml", "--seed", "7", "--until", "prediction"], in: folder)
      #expect(try Disk.content(student) != before)
    }
  }
}
