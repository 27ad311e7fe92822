import Foundation
import TestSupport
import Testing

/// A training that was stopped and whose options are changed.
@Suite struct EditedTrainingTests {
  @Test func `what a changed option gives up is said, and is there again when it is changed back`()
    throws
  {
    try withTemporaryFolder { folder in
      let world = try FinishedWorld.shared()
      func words(_ epochs: Int) -> [String] {
        [
          "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
          "--output", "g.h5", "--num-train-epochs", "\(epochs)", "--save-steps", "5",
        ] + SmallWorld.flags(SmallWorld.general.filter { $0.key != "num_train_epochs" })
      }
      func stopped(_ epochs: Int) throws -> Program.Outcome {
        let record = folder + "/g.h5.distill/checkpoints/general/checkpoint-b.safetensors"
        let start = Date.now
        return try Distill.run(words(epochs), in: folder) { process in
          // Until it has saved twice by itself: what is there before is of the run before.
          for _ in 0..<1200 {
            let written =
              try? FileManager.default.attributesOfItem(atPath: record)[.modificationDate] as? Date
            if let written, written > start { break }
            Thread.sleep(forTimeInterval: 0.05)
          }
          kill(process, SIGINT)
        }
      }
      #expect(try stopped(20_000).status == 130)
      let done = try Self.resumesAt(folder)
      #expect(done > 0)

      let edited = try stopped(30_000)
      #expect(edited.status == 130)
      #expect(edited.errors.contains("num_train_epochs 20000 -> 30000"))
      #expect(
        edited.errors.contains("begins anew, the \(done) steps done are set aside"),
        "\(edited.errors)")
      #expect(
        edited.errors.contains(
          "to train longer than was begun, undo the change, let it end, then give --extend g.h5"))
      #expect(!edited.errors.contains("resumed at"))

      let back = try stopped(20_000)
      #expect(back.errors.contains("goes on from what was set aside, after step \(done)"))
      #expect(back.errors.contains("resumed at step \(done) of "), "\(back.errors)")
      #expect(!back.errors.contains("taken anew"), "\(back.errors)")

      let later = try Self.resumesAt(folder)
      #expect(later > done)
      // What is left aside goes when the stage is done, or when it is cleaned away.
      let cleaned = try Distill.succeed(["clean", "g.h5"], in: folder)
      #expect(cleaned.output.contains("set aside when options or inputs changed"))
      try Distill.succeed(words(1), in: folder)
      #expect(Disk.files(folder + "/g.h5.distill/checkpoints").isEmpty)
      try Distill.succeed(
        Array(words(1).prefix(5)) + [
          "--extend", "g.h5", "--output", "longer.h5", "--max-steps", "3",
        ],
        in: folder)
    }
  }

  private static func resumesAt(_ folder: String) throws -> Int {
    let status = try Distill.object(["status", "g.h5", "--json"], in: folder)
    let stages = try #require(status["stages"] as? [[String: Any]])
    return try #require(stages.first?["resumes_at"] as? Int)
  }

  @Test func `a model of the last weights says so where others scored best`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = [
        // Of what knows everything, by a rate that begins at zero and then spoils it.
        "finetune", "--model", world.artifact("teacher"), "--dataset", world.artifact("rows"),
        "--num-train-epochs", "8", "--learning-rate", "0.1", "--eval-strategy", "steps",
        "--eval-steps", "1", "--output",
      ]
      let last = try Distill.succeed(command + ["last.h5"], in: folder)
      let best = try Distill.succeed(
        command + ["best.h5", "--load-best-model-at-end"], in: folder)
      #expect(last.errors.contains("the model holds the weights after the last step, "))
      #expect(last.errors.contains("whose weights --load-best-model-at-end would keep"))
      #expect(best.errors.contains("the model holds the weights of the best score, after step "))
    }
  }

  @Test func `progress is told by the clock, not by logging_steps alone`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try Distill.run(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--num-train-epochs", "5000", "--logging-steps", "1000000", "--eval-strategy", "no",
          "--output", "m.h5",
        ], in: folder
      ) { process in
        Thread.sleep(forTimeInterval: 6)
        kill(process, SIGINT)
      }
      #expect(outcome.errors.contains(" tokens/s  "), "\(outcome.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/m.h5.distill/metrics.jsonl"))
    }
  }
}
