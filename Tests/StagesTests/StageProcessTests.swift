import Files
import Foundation
import TestSupport
import Testing

/// Stages in processes of their own: through launchers, several at a time, and without their runner.
@Suite struct StageProcessTests {
  /// The small world's pipeline with a line added to a stage.
  private func world(in folder: String, _ changes: [(stage: String, line: String)]) throws {
    _ = try SmallWorld(in: folder)
    var text = SmallWorld.pipeline()
    for (stage, line) in changes {
      text = text.replacingOccurrences(of: "  \(stage):\n", with: "  \(stage):\n    \(line)\n")
    }
    try Disk.write(text, to: folder + "/tiny.yaml")
  }

  private func expectSameArtifacts(in folder: String) throws {
    let world = try FinishedWorld.shared()
    for artifact in SmallWorld.artifacts {
      let made = "\(folder)/.distill/tiny/artifacts/\(artifact).h5"
      #expect(try Disk.bytes(made) == Disk.bytes(world.artifact(artifact)), "\(artifact)")
    }
  }

  /// Processes of their own tell what one process tells, stage by stage, and none of it twice.
  private func expectSameEvents(in folder: String) throws {
    let records = try [FinishedWorld.shared().folder, folder].map {
      Dictionary(grouping: try Disk.figures("\($0)/.distill/tiny/metrics.jsonl")) { line in
        line.prefix { $0 != "," }
      }
    }
    #expect(records[0].count == SmallWorld.stages.count)
    #expect(records[0] == records[1])
  }

  @Test func `several jobs and launchers make the same bytes`() throws {
    try withTemporaryFolder { folder in
      try world(
        in: folder,
        [("general", "launcher: nice -n 1"), ("augment", "launcher: [env, \"WORDS=two of them\"]")])
      let outcome = try Distill.succeed(["run", "tiny.yaml", "--jobs", "2"], in: folder)
      #expect(outcome.errors.contains("general: done in"))
      try expectSameArtifacts(in: folder)
      try expectSameEvents(in: folder)
      let record = try Disk.text(folder + "/.distill/tiny/manifest.json")
      #expect(record.contains("\"launcher\": \"nice -n 1\""))
    }
  }

  @Test func `a launcher that starts nothing, or too much, is told with its cure`() throws {
    try withTemporaryFolder { folder in
      for (launcher, variables, status, text) in [
        ("\"false\"", [:], Int32(74), "ended with code 1 without a result"),
        ("env", ["OMPI_COMM_WORLD_SIZE": "4"], 64, "ask the launcher for one"),
      ] {
        try world(in: folder, [("corpus", "launcher: \(launcher)")])
        let outcome = try Program.run(
          Distill.path, ["run", "tiny.yaml"], in: folder, variables: variables)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(text))
      }
    }
  }

  @Test func `a launcher that is not there is told before any work, with its place`() throws {
    try withTemporaryFolder { folder in
      try Disk.write("", to: folder + "/plain")
      for (launcher, text) in [
        ("there-is-no-such-program -n 1", "there is no program there-is-no-such-program in PATH"),
        ("./nowhere", "./nowhere: there is no such program"),
        ("[./plain, -n, \"1\"]", "./plain may not be executed"),
      ] {
        try world(in: folder, [("prediction", "launcher: \(launcher)")])
        let lines = try Disk.text(folder + "/tiny.yaml").split(
          separator: "\n", omittingEmptySubsequences: false)
        let line = try #require(lines.firstIndex { $0.contains("launcher:") }) + 1
        for command in ["plan", "run"] {
          let outcome = try Distill.run([command, "tiny.yaml"], in: folder)
          #expect(outcome.status == 78 && outcome.errorLines.count == 1, "\(outcome.errors)")
          #expect(outcome.errors.contains("distill: tiny.yaml:\(line):"), "\(outcome.errors)")
          #expect(
            outcome.errors.contains("stages.prediction.launcher: \(text)"), "\(outcome.errors)")
        }
        #expect(!Disk.isFolder(folder + "/.distill"))
      }
    }
  }

  @Test func `a stage's process ends with its runner, and a new run goes on`() throws {
    try withTemporaryFolder { folder in
      try world(in: folder, [])
      let killed = try Distill.run(["run", "tiny.yaml", "--jobs", "2"], in: folder) { process in
        try waitFor { Disk.files(folder + "/.distill/tiny/locks").count > 2 }
        kill(process, SIGKILL)
      }
      #expect(killed.status == -9)
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      try expectSameArtifacts(in: folder)
      try expectSameEvents(in: folder)
    }
  }

  @Test func `a stop reaches the stages that run, which save`() throws {
    try withTemporaryFolder { folder in
      try world(in: folder, [])
      let stopped = try Distill.run(["run", "tiny.yaml", "--jobs", "2"], in: folder) { process in
        try waitFor {
          ((try? Disk.text(folder + "/.distill/tiny/metrics.jsonl")) ?? "").contains("step")
        }
        kill(process, SIGUSR1)
      }
      #expect(stopped.status == 143, "\(stopped.errors)")
      #expect(stopped.errors.contains("give the same command again"))
      try Distill.succeed(["run", "tiny.yaml", "--jobs", "2"], in: folder)
      try expectSameArtifacts(in: folder)
      try expectSameEvents(in: folder)
    }
  }

  @Test func `adopted outputs are used as they are`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try self.world(in: folder, [])
      try Distill.succeed(
        ["adopt", "tiny.yaml", "general", world.artifact("general_student")], in: folder)
      let outcome = try Distill.succeed(["run", "tiny.yaml", "--until", "baseline"], in: folder)
      #expect(outcome.errors.contains("general: current"))
      let baseline = folder + "/.distill/tiny/artifacts/baseline.h5"
      #expect(try Disk.bytes(baseline) == Disk.bytes(world.artifact("baseline")))
      let refused = try Distill.run(
        ["adopt", "tiny.yaml", "teacher", world.artifact("corpus")], in: folder)
      #expect(refused.status == 65 && refused.errors.contains("is a corpus"))
    }
  }

  @Test func `a folder of Hugging Face is adopted as a model`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try self.world(in: folder, [])
      let adopted = try Distill.succeed(
        ["adopt", "tiny.yaml", "general", world.folder + "/encoder"], in: folder)
      let path = folder + "/.distill/tiny/artifacts/general_student.h5"
      #expect(adopted.output.contains("general: adopted "))
      #expect(try Distill.succeed(["inspect", path], in: folder).output.contains("model"))
      let again = try Distill.run(["status", "tiny.yaml", "--json"], in: folder)
      #expect(again.output.contains("\"frozen\""))
      let text = " a good story \n"
      #expect(
        try Distill.succeed(["tokenize", "--model", path], in: folder, input: text).output
          == Distill.succeed(
            ["tokenize", "--model", world.folder + "/encoder"], in: folder, input: text
          ).output)
      try ensureDirectory(folder + "/x")
      try Disk.write("not a model", to: folder + "/x/config.json")
      let refused = try Distill.run(["adopt", "tiny.yaml", "general", "x"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
    }
  }

  private func waitFor(_ condition: () -> Bool) throws {
    struct NothingHappened: Error {}
    for _ in 0..<6000 {
      if condition() { return }
      usleep(5_000)
    }
    throw NothingHappened()
  }
}
