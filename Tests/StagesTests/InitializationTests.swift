import Artifacts
import Compute
import Foundation
import TestSupport
import Testing
import Transformer

/// `general --initialization teacher`: what a student begins with.
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

      let narrow = Self.general(world, ["initialization": "teacher"])
      let told = try Distill.succeed(narrow + ["--threads", "1", "--output", "a.h5"], in: folder)
      #expect(
        told.errors.contains(
          "begins with layers 2 of the teacher, reduced from 32 channels to 16, which keep "))
      try Distill.succeed(narrow + ["--threads", "2", "--output", "b.h5"], in: folder)
      #expect(try Disk.content(folder + "/a.h5") == Disk.content(folder + "/b.h5"))
      try Distill.succeed(Self.general(world, [:]) + ["--output", "c.h5"], in: folder)
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
    }
  }
}
