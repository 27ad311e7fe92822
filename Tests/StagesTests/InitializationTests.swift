import Artifacts
import Compute
import Foundation
import TestSupport
import Testing
import Transformer

/// What a student begins with: `initialization` and `head_initialization`.
@Suite struct InitializationTests {
  private static func general(_ world: FinishedWorld, _ more: [String: String]) -> [String] {
    // A step that changes nothing: the student is what it began with.
    let options = SmallWorld.general
      .merging(["max_steps": "1", "learning_rate": "0"]) { $1 }
      .filter { $0.key != "num_train_epochs" }
      .merging(more) { $1 }
    return [
      "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
    ] + SmallWorld.flags(options)
  }

  /// The student's values, by the name of the parameter.
  private static func values(_ path: String) throws -> [String: [Float]] {
    let loaded = try ModelSource(path).loadEncoder()
    return Dictionary(
      uniqueKeysWithValues: loaded.model.layout.parameters.map {
        ($0.name, loaded.weights[$0].values())
      })
  }

  @Test func `a student of the teacher's sizes is its layer, a narrower one is told what is kept`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let whole = try Distill.succeed(
        Self.general(
          world,
          [
            "hidden_size": "32", "intermediate_size": "64", "layer_map": "2",
            "initialization": "teacher",
          ]) + ["--output", "whole.h5"], in: folder)
      #expect(whole.errors.contains("begins with layers 2 of the teacher\n"), "\(whole.errors)")
      let teacher = try Self.values(world.folder + "/encoder")
      let student = try Self.values(folder + "/whole.h5")
      for (name, values) in student where !name.contains("pooler") {
        let other = name.replacingOccurrences(of: "layer.0.", with: "layer.1.")
        #expect(values == teacher[other], "\(name)")
      }

      // Without being asked to.
      let narrow = Self.general(world, [:])
      let told = try Distill.succeed(narrow + ["--threads", "1", "--output", "a.h5"], in: folder)
      #expect(
        told.errors.contains(
          "begins with layers 2 of the teacher, reduced from 32 channels to 16, which keep "))
      try Distill.succeed(narrow + ["--threads", "2", "--output", "b.h5"], in: folder)
      #expect(try Disk.content(folder + "/a.h5") == Disk.content(folder + "/b.h5"))
      let drawn = try Distill.succeed(
        Self.general(world, ["initialization": "random"]) + ["--output", "c.h5"], in: folder)
      #expect(!drawn.errors.contains("begins with"))
      #expect(try Self.values(folder + "/a.h5") != Self.values(folder + "/c.h5"))
    }
  }

  @Test func `a wider student is refused before any work, and what is advised works`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let wide = ["hidden_size": "64", "initialization": "teacher"]
      let refused = try Distill.run(
        Self.general(world, wide) + ["--output", "a.h5"], in: folder)
      #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "the student is 64 wide, the teacher 32; take --hidden-size 32 or less, or "
            + "--initialization random"), "\(refused.errors)")
      for cure in [["hidden_size": "32"], ["initialization": "random"]] {
        try Distill.succeed(
          Self.general(world, wide.merging(cure) { $1 }) + ["--output", "b.h5", "--force"],
          in: folder)
      }
      for other in [["hidden_size": "64"], ["num_attention_heads": "4"]] {
        let told = try Distill.succeed(
          Self.general(world, other) + ["--output", "b.h5", "--force"], in: folder)
        #expect(
          told.errors.contains(
            "begins with weights that are drawn: it is wider or deeper than the teacher, or has other heads"
          ))
      }
    }
  }

  @Test
  func `a new head begins fitted to the teacher's answers, the same at any number of threads`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let phase = [
        "prediction", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("intermediate_student"), "--dataset", world.artifact("rows"),
        "--max-steps", "1", "--learning-rate", "0", "--eval-strategy", "no",
      ]
      let told =
        "the head begins fitted to the teacher's answers on 64 rows, of whose variance it says "
      let fitted = try Distill.succeed(
        phase + ["--threads", "1", "--output", "a.h5"], in: folder)
      #expect(fitted.errors.contains(told), "\(fitted.errors)")
      try Distill.succeed(phase + ["--threads", "2", "--output", "b.h5"], in: folder)
      #expect(try Disk.content(folder + "/a.h5") == Disk.content(folder + "/b.h5"))
      let drawn = try Distill.succeed(
        phase + ["--head-initialization", "random", "--output", "c.h5"], in: folder)
      #expect(!drawn.errors.contains("fitted"))
      // A head that is there already stays.
      let kept = try Distill.succeed(
        phase.map { $0 == world.artifact("intermediate_student") ? "a.h5" : $0 }
          + ["--output", "d.h5"], in: folder)
      #expect(!kept.errors.contains("fitted"))

      func loss(_ model: String) throws -> Double {
        let metrics = try Distill.object(["metrics", model, "--json"], in: folder)
        let numbers = try #require(metrics["prediction"] as? [String: Any])
        return try #require(numbers["train_prediction_loss"] as? Double)
      }
      #expect(try loss("a.h5") < loss("c.h5"))
    }
  }

  @Test func `a new masked-language head begins with the words' frequencies, where it is asked to`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let learn = [
        "finetune", "--model", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
        "--objective", "masked-language", "--max-steps", "1", "--learning-rate", "0",
        "--head-initialization", "text",
      ]
      let told = try Distill.succeed(learn + ["--output", "a.h5"], in: folder)
      #expect(
        told.errors.contains("the head begins with how often each token stands in the text"))
      let model = try ModelSource(folder + "/a.h5").loadWhole()
      func values(_ name: String) throws -> [Float] {
        model.weights[try #require(model.weights.layout["cls.predictions." + name])].values()
      }
      let width = SmallWorld.configuration.hiddenSize
      let transform = try values("transform.dense.weight")
      for row in 0..<width {
        for column in 0..<width {
          #expect(transform[row * width + column] == (row == column ? 1 : 0))
        }
      }
      // Each of the 60 sentences of the text says "the" once, and "x" never.
      let words = SmallWorld.vocabulary
      let bias = try values("bias")
      let (the, none) = (
        try #require(words.firstIndex(of: "the")), try #require(words.firstIndex(of: "x"))
      )
      #expect(abs(Double(bias[the] - bias[none]) - log(61)) < 1e-4)
      #expect(abs(bias.reduce(0) { $0 + exp(Double($1)) } - 1) < 1e-4)

      let refused = try Distill.run(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--head-initialization", "text", "--output", "b.h5",
        ], in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--objective masked-language"))
    }
  }
}
