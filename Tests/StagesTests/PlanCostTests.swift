import Files
import Foundation
import TestSupport
import Testing

/// What `plan` says that a pipeline costs, against what it does cost.
@Suite struct PlanCostTests {
  /// A stage's cost, as `plan --json` gives it.
  private typealias Cost = [String: Any]

  private func costs(
    _ arguments: [String] = [], in folder: String
  ) throws -> (stages: [(name: String, cost: Cost)], total: Cost) {
    let plan = try Distill.object(["plan", "tiny.yaml", "--json"] + arguments, in: folder)
    let stages = try #require(plan["stages"] as? [[String: Any]])
    return (
      try stages.map { stage in
        (
          try #require(stage["stage"] as? String),
          stage["cost"] as? Cost ?? [:]
        )
      }, plan["cost"] as? Cost ?? [:]
    )
  }

  private static let trainings = [
    "masked_language_model", "teacher", "general", "intermediate", "prediction", "baseline",
  ]

  @Test func `steps, parameters, memory and disk are those that a run then has`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let (stages, total) = try costs(in: folder)
      for (name, cost) in stages {
        for key in ["seconds", "memory_bytes", "disk_bytes", "flops"] {
          #expect((cost[key] as? Double).map { $0 >= 0 } == true, "\(name): \(key)")
        }
      }
      var peak = 0
      let outcome = try Distill.run(["run", "tiny.yaml"], in: folder) { process in
        while let resident = Self.peakMemory(of: process) {
          peak = max(peak, resident)
          usleep(2000)
        }
      }
      #expect(outcome.status == 0, "\(outcome.errors)")

      let pattern = /(\d+) steps, .*, (\d+) trained parameters/
      let told = outcome.errors.split(separator: "\n").compactMap { line in
        line.firstMatch(of: pattern).map { ["\($0.output.1)", "\($0.output.2)"] }
      }
      let reckoned = stages.filter { Self.trainings.contains($0.name) }.map { _, cost in
        ["steps", "trained_parameters"].map { "\(cost[$0] as? Int ?? -1)" }
      }
      #expect(reckoned == told)

      let memory = try #require(total["memory_bytes"] as? Double)
      let resident = Double(peak)
      #expect((1 / 1.5...1.5).contains(memory / resident), "\(memory) of \(resident)")

      let artifacts = folder + "/.distill/tiny/artifacts"
      let disk = stages.reduce(0) { $0 + ($1.cost["disk_bytes"] as? Double ?? 0) }
      let written = Double(try treeSize(artifacts))
      #expect((1 / 1.1...1.1).contains(disk / written), "\(disk) of \(written)")

      // Nothing is left to reckon.
      #expect(try costs(in: folder).stages.allSatisfy { $0.cost.isEmpty })
    }
  }

  @Test func `a recorded speed goes before a measured one, while the work is the same`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let logging = ["--set", "stages.teacher.logging_steps=4"]
      try Distill.succeed(["run", "tiny.yaml", "--until", "teacher"] + logging, in: folder)
      func teacher(_ changes: [String]) throws -> Cost {
        let stages = try costs(logging + changes.flatMap { ["--set", $0] }, in: folder).stages
        return try #require(stages.first { $0.name == "teacher" }?.cost)
      }
      let twice = try teacher(["stages.teacher.num_train_epochs=16"])
      #expect(twice["measured"] as? Bool == true)
      #expect(twice["steps"] as? Int == 128)
      let other = try teacher(["stages.teacher.per_device_train_batch_size=16"])
      #expect(other["measured"] as? Bool == false)
    }
  }

  @Test func `what is not known is said to be so, and why`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let text = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/text.txt")))
      let many = (0..<20_000).flatMap { _ in text }
      try Data(Packed.gzip(many)).write(to: URL(fileURLWithPath: folder + "/text.txt.gz"))
      let change = ["--set", "sources.sentences=text.txt.gz"]
      let stages = try costs(change, in: folder).stages
      let corpus = try #require(stages.first { $0.name == "corpus" }?.cost)
      #expect(corpus["seconds"] is NSNull)
      #expect((corpus["remarks"] as? [String])?.first?.contains("unpacks to") == true)
      let shown = try Distill.succeed(["plan", "tiny.yaml"] + change, in: folder).output
      #expect(shown.contains("corpus: text.txt.gz: how much it unpacks to"))
      #expect(shown.contains("together: more than"))
    }
  }

  @Test func `a training on texts with hidden tokens is reckoned from the dataset too`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Disk.write(
        """
        pipeline: tiny
        sources: { encoder: encoder, text: text.txt }
        stages:
          dataset:
            task: masked-language
            inputs: { train: text, dev: text, tokenizer: encoder }
            output: texts
            max_seq_length: 24
          teacher:
            run: finetune
            objective: masked-language
            inputs: { model: encoder, dataset: texts }
            output: teacher

        """, to: folder + "/tiny.yaml")
      let foreseen = try costs(in: folder)
      #expect((foreseen.total["incomplete"] as? [String])?.isEmpty == true, "\(foreseen.total)")
      let steps = try #require(foreseen.stages.last?.cost["steps"] as? Int)
      let outcome = try Distill.succeed(["run", "tiny.yaml"], in: folder)
      #expect(outcome.errors.contains("  done in ") && outcome.errors.contains(" steps \(steps) "))
    }
  }

  @Test func `the table fits eighty columns`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let lines = try Distill.succeed(["plan", "tiny.yaml"], in: folder).output.split(
        separator: "\n")
      let first = try #require(lines.firstIndex { $0.hasPrefix("cost of") })
      #expect(lines[first...].allSatisfy { $0.count <= 80 }, "\(lines)")
      #expect(lines.contains { $0.hasPrefix("together: ") })
    }
  }

  /// The most bytes that a process has had resident; nil once it has ended.
  private static func peakMemory(of process: Int32) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
    else { return nil }
    return line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 }
  }
}
