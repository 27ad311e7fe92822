import Foundation
import HDF5
import TestSupport
import Testing
import Transformer

/// A student of several teachers.
@Suite struct SeveralTeachersTests {
  /// A second teacher, of the same rows by another seed; a third that names its labels the other way round.
  private func train(_ world: FinishedWorld, _ name: String, seed: Int, in folder: String) throws {
    try Distill.succeed(
      [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", name, "--num-train-epochs", "8", "--learning-rate", "2e-3",
        "--per-device-train-batch-size", "8", "--seed", "\(seed)",
      ], in: folder)
  }

  private func prediction(
    _ world: FinishedWorld, teachers: [String], output: String = "s.h5", _ more: [String] = []
  ) -> [String] {
    ["prediction"] + teachers.flatMap { ["--teacher", $0] }
      + [
        "--student", world.artifact("general_student"), "--dataset", world.artifact("rows"),
        "--output", output, "--max-steps", "3", "--workspace", "w", "--no-run-cache",
      ] + more
  }

  @Test func `each is asked once, and the mean of their answers is learnt`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try train(world, "b.h5", seed: 9, in: folder)
      let both = [world.artifact("teacher"), "b.h5"]
      let run = try Distill.succeed(prediction(world, teachers: both), in: folder)
      #expect(run.errors.contains("the mean of 2 teachers' probabilities is learnt: 0.5 "))
      #expect(run.errors.contains("teachers' mean accuracy"), "\(run.errors)")
      let first = try Disk.content(folder + "/s.h5")
      // One more thread, and what they said is kept: the same bits.
      let again = try Distill.succeed(
        prediction(world, teachers: both, output: "t.h5", ["--threads", "1"]), in: folder)
      #expect(again.errors.split(separator: "\n").count { $0.contains("h5 is used") } == 2)
      #expect(try Disk.content(folder + "/t.h5") == first)
      // A mean in which the first is everything is the first.
      func weights(_ output: String) throws -> [Float] {
        try ArtifactReader(path: folder + "/" + output).floats("weights/classifier.weight")
      }
      try Distill.succeed(
        prediction(
          world, teachers: both, output: "u.h5", ["--teacher-weights", "1e6,1e-6"]), in: folder)
      try Distill.succeed(
        prediction(world, teachers: [both[0]], output: "one.h5"), in: folder)
      #expect(
        Comparison(
          try weights("u.h5").map(Double.init), try weights("one.h5").map(Double.init),
          within: .forward
        ).isClose)
      #expect(try weights("s.h5") != weights("one.h5"))
      let logits = try Distill.succeed(
        prediction(
          world, teachers: both, output: "v.h5",
          ["--teacher-average", "logits", "--teacher-weights", "2", "--teacher-weights", "1"]),
        in: folder)
      #expect(logits.errors.contains("the mean of 2 teachers' outputs is learnt: 0.667 "))
      #expect(try weights("v.h5") != weights("s.h5"))
    }
  }

  @Test func `a training by several is extended by the same ones alone`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try train(world, "b.h5", seed: 9, in: folder)
      let both = [world.artifact("teacher"), "b.h5"]
      try Distill.succeed(prediction(world, teachers: both), in: folder)
      func extend(_ teachers: [String]) throws -> Program.Outcome {
        let words = prediction(world, teachers: teachers, output: "t.h5")
        let student = try #require(words.firstIndex(of: "--student"))
        return try Distill.run(
          Array(words[..<student]) + ["--extend", "s.h5"] + words[(student + 2)...], in: folder)
      }
      #expect(try extend(both).status == 0)
      let other = try extend([both[0]])
      #expect(other.status == 65 && other.errors.contains("cannot be extended here"))
    }
  }

  @Test func `labels in another order are brought into the rows'`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // The same teacher with its outputs changed round.
      try Distill.succeed(
        ["export", "--model", world.artifact("teacher"), "--output", "a"], in: folder)
      try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
          "--tokenizer", world.folder + "/encoder", "--labels", "positive,negative", "--output",
          "turned.h5", "--max-seq-length", "32",
        ], in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "turned.h5", "--output",
          "b.h5", "--num-train-epochs", "8", "--learning-rate", "2e-3",
          "--per-device-train-batch-size", "8",
        ], in: folder)
      let run = try Distill.succeed(
        prediction(world, teachers: ["a", "b.h5"]), in: folder)
      #expect(run.errors.contains("teachers' mean accuracy"))
    }
  }

  @Test func `distill task asks the first for layers and all for answers`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try train(world, "b.h5", seed: 9, in: folder)
      let words = [
        "task", "--teacher", world.artifact("teacher"), "--teacher", "b.h5", "--student",
        world.artifact("general_student"), "--dataset", world.artifact("rows"), "--output", "s.h5",
        "--intermediate-num-train-epochs", "1", "--prediction-max-steps", "2",
      ]
      let run = try Distill.succeed(words, in: folder)
      #expect(run.errors.contains("the mean of 2 teachers' probabilities"), "\(run.errors)")
      #expect(run.errors.contains("those kept by the intermediate phase are used"))
      let one = try Distill.run(words + ["--phase", "intermediate"], in: folder)
      #expect(one.status == 64 && one.errors.contains("one alone teaches the layers"))
    }
  }

  @Test(arguments: [
    (
      ["--teacher-weights", "2"], 2, 64,
      #"--teacher-weights: 1 weights for 2 teachers; give one each, in their order, such as --teacher-weights 2,1"#
    ),
    (
      ["--teacher-weights", "2,-1"], 2, 64,
      "'-1' is no number from 0.000001 to 1000000; write --teacher-weights 2,1"
    ),
    (
      ["--teacher-weights", "2,1"], 1, 64,
      "there is one teacher; give --teacher once for each, or leave"
    ),
    (["--teacher-average", "logits"], 1, 64, "there is one teacher; give --teacher once for each"),
  ])
  func `options that do not fit the teachers are refused, and what is advised works`(
    options: [String], teachers: Int, status: Int32, told: String
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: world.artifact("teacher"), toPath: folder + "/b.h5")
      let given = Array([world.artifact("teacher"), "b.h5"].prefix(teachers))
      let run = try Distill.run(prediction(world, teachers: given, options), in: folder)
      #expect(run.status == status && run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains(told), "\(run.errors)")
      let cured =
        teachers == 1
        ? prediction(world, teachers: [given[0], "b.h5"], options)
        : prediction(world, teachers: given, ["--teacher-weights", "2,1"])
      #expect(try Distill.run(cured, in: folder).status == 0)
    }
  }

  @Test func `a teacher of another task, or of other labels, is refused by its name`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/c", head: .classification(labels: 3, style: .hf), labels: ["x", "y", "z"])
      for (second, told) in [("c", "c"), (world.folder + "/encoder", "encoder")] {
        let run = try Distill.run(
          prediction(world, teachers: [world.artifact("teacher"), second]), in: folder)
        #expect(run.status == 65 && run.errors.contains(told), "\(run.errors)")
      }
    }
  }

  @Test func `a plan counts the work of all`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(atPath: world.artifact("teacher"), toPath: folder + "/b.h5")
      func flops(_ teachers: String) throws -> Double {
        try Disk.write(
          """
          pipeline: p
          sources:
            a: \(world.artifact("teacher"))\(teachers == "a" ? "" : "\n  b: \(folder)/b.h5")
            student: \(world.artifact("general_student"))
            rows: \(world.artifact("rows"))
          stages:
            prediction:
              inputs: { teacher: \(teachers), student: student, dataset: rows }
              output: s
          """, to: folder + "/p.yaml")
        let plan = try Distill.object(["plan", "p.yaml", "--json"], in: folder)
        let stage = try #require((plan["stages"] as? [[String: Any]])?.first)
        return try #require((stage["cost"] as? [String: Any])?["flops"] as? Double)
      }
      let (one, two) = (try flops("a"), try flops("[a, b]"))
      #expect(two > one)
    }
  }
}
