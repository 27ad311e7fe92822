import Foundation
import TestSupport
import Testing

/// Trainings that go on from a finished one: `--extend`.
@Suite struct ExtensionTests {
  /// A stage with what it extends and what it reads beside that.
  struct Stage: Sendable, CustomTestStringConvertible {
    /// Its kind, with what makes of it the stage in question.
    let words: [String]
    /// The artifact of the finished world that it extends.
    let artifact: String
    /// The flag of a training of its own that starts from the same model.
    let start: String
    /// What it reads, by flag: an artifact of the finished world, or its encoder.
    let inputs: [String: String]

    var testDescription: String { words.joined(separator: " ") }

    /// The command that trains for so many steps from the artifact, named by a flag.
    func command(
      in world: FinishedWorld, from flag: String, _ model: String? = nil, steps: Int = 5
    ) -> [String] {
      words + [flag, model ?? world.artifact(artifact)]
        + inputs.sorted { $0.key < $1.key }.flatMap { flag, name in
          [flag, name == "encoder" ? world.folder + "/encoder" : world.artifact(name)]
        } + ["--max-steps", "\(steps)", "--warmup-ratio", "0.5"]
    }
  }

  static let finetune = Stage(
    words: ["finetune"], artifact: "teacher", start: "--model", inputs: ["--dataset": "rows"])
  static let task = ["--teacher": "teacher", "--dataset": "augmented"]
  static let prediction = Stage(
    words: ["prediction"], artifact: "student", start: "--student", inputs: task)
  static let stages = [
    finetune, prediction,
    Stage(
      words: ["finetune", "--objective", "masked-language"], artifact: "masked_language_model",
      start: "--model", inputs: ["--corpus": "corpus"]),
    Stage(
      words: ["general"], artifact: "general_student", start: "--start",
      inputs: ["--teacher": "encoder", "--corpus": "corpus"]),
    Stage(
      words: ["intermediate"], artifact: "intermediate_student", start: "--student", inputs: task),
    Stage(
      words: ["task", "--phase", "prediction"], artifact: "student", start: "--student",
      inputs: task),
  ]

  @Test(arguments: stages)
  func `an extension has the bits of a training from the model under the seed that it names`(
    _ stage: Stage
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let extended = try Distill.succeed(
        stage.command(in: world, from: "--extend") + ["--output", "more.h5"], in: folder)
      let line = try #require(
        extended.errors.split(separator: "\n").first { $0.hasPrefix("  extends ") })
      let step = try #require(
        line.firstMatch(of: #/weights after step (\d+) of (\d+)\)/#), "\(line)")
      #expect(step.1 == step.2 && step.1 != "0")
      let seed = try #require(line.firstMatch(of: #/those of seed (\d+), which/#))
      #expect(line.contains("optimiser, warm-up, schedule and scores begin anew"))

      let byHand = stage.command(in: world, from: stage.start)
      try Distill.succeed(byHand + ["--output", "hand.h5", "--seed", "\(seed.1)"], in: folder)
      #expect(try Disk.content(folder + "/more.h5") == Disk.content(folder + "/hand.h5"))
      // Under the seed of the first training it would see again what it has seen.
      try Distill.succeed(byHand + ["--output", "same.h5"], in: folder)
      #expect(try Disk.content(folder + "/more.h5") != Disk.content(folder + "/same.h5"))

      // It tells what it is, and is never taken for something else.
      let inputs = try #require(
        try Distill.object(["inspect", "more.h5", "--json"], in: folder)["inputs"]
          as? [String: String])
      #expect(inputs["extend"] == (try Disk.content(world.artifact(stage.artifact))))
      let report = try Distill.object(["status", "more.h5", "--json"], in: folder)
      let records = try #require(report["stages"] as? [[String: Any]])
      #expect("\(records)".contains("extends "))
      let again = try Distill.succeed(
        stage.command(in: world, from: "--extend") + ["--output", "more.h5"], in: folder)
      #expect(again.errors.contains("nothing to do, 1 current"))
    }
  }

  @Test func `an extension that was stopped or killed goes on to the same bits`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      func words(_ output: String) -> [String] {
        Self.finetune.command(in: world, from: "--extend", steps: 300)
          + ["--logging-steps", "1", "--save-steps", "20", "--output", output]
      }
      try Distill.succeed(words("whole.h5"), in: folder)
      for (signal, steps) in [(SIGTERM, 30), (SIGKILL, 90)] {
        let stopped = try Distill.run(words("cut.h5"), in: folder) { process in
          for _ in 0..<6000 {
            let record = try? Disk.text(folder + "/cut.h5.distill/metrics.jsonl")
            if (record ?? "").split(separator: "\n").count > steps { break }
            usleep(5_000)
          }
          kill(process, signal)
        }
        #expect(stopped.status != 0, "it ended before it was stopped")
      }
      let last = try Distill.succeed(words("cut.h5"), in: folder)
      #expect(last.errors.contains("resumed at step"))
      #expect(try Disk.bytes(folder + "/cut.h5") == Disk.bytes(folder + "/whole.h5"))
    }
  }

  @Test func `the model to start from may be named beside what is extended, where it is the same`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = Self.finetune.command(in: world, from: "--extend") + ["--model"]
      let repeated = words + [world.folder + "/encoder", "--output"]
      try Distill.succeed(repeated + ["more.h5"], in: folder)
      let other = try Distill.run(
        words + [world.artifact("general_student"), "--output", "b.h5"], in: folder)
      #expect(other.status == 65)
      #expect(other.errors.contains("it was trained with another model; give it as --model"))

      // What is an extension itself does not say where the first one began.
      let twice = try Distill.run(
        Self.finetune.command(in: world, from: "--extend", "once.h5")
          + ["--model", world.folder + "/encoder", "--output", "twice.h5"], in: folder)
      #expect(twice.status == 66)
      try Distill.succeed(
        Self.finetune.command(in: world, from: "--extend") + ["--output", "once.h5"], in: folder)
      let beside = try Distill.run(
        Self.finetune.command(in: world, from: "--extend", "once.h5")
          + ["--model", world.folder + "/encoder", "--output", "twice.h5"], in: folder)
      #expect(beside.status == 64)
      #expect(beside.errors.contains("begins with no model; leave it out"), "\(beside.errors)")
      try Distill.succeed(
        Self.finetune.command(in: world, from: "--extend", "once.h5")
          + ["--output", "twice.h5"], in: folder)
    }
  }

  /// A command that extends what it cannot, what it says, and what helps.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: String
    let words: @Sendable (FinishedWorld) -> [String]
    let cure: @Sendable ([String]) -> [String]
  }

  private static func startingWith(_ flag: String) -> @Sendable ([String]) -> [String] {
    { words in words.map { $0 == "--extend" ? flag : $0 } }
  }

  static let refusals = [
    Refusal(
      testDescription: "a folder",
      fault: "it is a folder, which does not tell what it was trained on; give it as --model",
      words: { world in finetune.command(in: world, from: "--extend", world.folder + "/encoder") },
      cure: startingWith("--model")),
    Refusal(
      testDescription: "another dataset",
      fault: "it was trained with another dataset; give it as --model",
      words: { world in
        finetune.command(in: world, from: "--extend").map {
          $0 == world.artifact("rows") ? world.artifact("augmented") : $0
        }
      }, cure: startingWith("--model")),
    Refusal(
      testDescription: "a model of another stage",
      fault: "it was made of corpus and teacher, this training reads dataset; give it as --model",
      words: { world in
        finetune.command(in: world, from: "--extend", world.artifact("general_student"))
      }, cure: startingWith("--model")),
    Refusal(
      testDescription: "another head",
      fault: "it has another head than this training gives it; give it as --model",
      words: { world in finetune.command(in: world, from: "--extend") + ["--head", "tinybert"] },
      cure: startingWith("--model")),
    Refusal(
      testDescription: "the phase before", fault: "it has another head than this training gives it",
      words: { world in
        prediction.command(in: world, from: "--extend", world.artifact("intermediate_student"))
      }, cure: startingWith("--student")),
    Refusal(
      testDescription: "a projection that it does not have", fault: "it lacks distillation.",
      words: { world in
        Self.stages[4].command(in: world, from: "--extend") + ["--projection", "per_layer"]
      }, cure: startingWith("--student")),
    Refusal(
      testDescription: "two phases",
      fault: "extends one phase; give --phase intermediate or --phase prediction",
      words: { world in
        ["task"] + prediction.command(in: world, from: "--extend").dropFirst()
      }, cure: { $0 + ["--phase", "prediction"] }),
    Refusal(
      testDescription: "in place", fault: "choose another place",
      words: { world in finetune.command(in: world, from: "--extend") },
      cure: { $0.filter { !$0.isEmpty } }),
  ]

  @Test(arguments: refusals)
  func `what cannot be extended is refused before any work, and the cure helps`(
    _ refusal: Refusal
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = refusal.words(world)
      let isInPlace = refusal.testDescription == "in place"
      let refused = try Distill.run(
        words + ["--output", isInPlace ? world.artifact("teacher") : "more.h5"]
          + (isInPlace ? ["--workspace", folder + "/w"] : []), in: folder)
      #expect([64, 65].contains(refused.status))
      #expect(
        refused.errorLines.count == 1 && refused.errors.contains(refusal.fault),
        "\(refused.errors)")
      #expect(!refused.errors.contains(" steps, "))
      try Distill.succeed(refusal.cure(words) + ["--output", "more.h5"], in: folder)
    }
  }

  @Test func `more epochs of a finished training begin anew, and the way to extend it is named`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = Self.finetune.inputs.flatMap { [$0.key, world.artifact($0.value)] }
      let first = ["finetune", "--model", world.folder + "/encoder", "--output", "t.h5"] + words
      try Distill.succeed(first + ["--num-train-epochs", "1"], in: folder)
      let before = try Disk.content(folder + "/t.h5")
      let more = try Distill.succeed(first + ["--num-train-epochs", "2"], in: folder)
      let cure = "to train t.h5 further instead, give --extend t.h5 and another --output"
      #expect(
        more.errors.contains("num_train_epochs 1 -> 2; all its steps are taken anew: " + cure))
      #expect(try Disk.content(folder + "/t.h5") != before)
      let extended = try Distill.succeed(
        ["finetune", "--extend", "t.h5", "--output", "t2.h5", "--num-train-epochs", "1"] + words,
        in: folder)
      #expect(extended.errors.contains("extends t.h5"))
      // Nothing of the kind is said of other changes.
      let other = try Distill.succeed(
        first + ["--num-train-epochs", "2", "--learning-rate", "1e-3"], in: folder)
      #expect(!other.errors.contains("taken anew"))
      let fewer = try Distill.succeed(
        first + ["--num-train-epochs", "1", "--learning-rate", "2e-3"], in: folder)
      #expect(fewer.errors.contains("num_train_epochs 2 -> 1"))
      #expect(!fewer.errors.contains("taken anew"))
      // What was trained before is restored: no step of it is taken.
      let restored = try Distill.succeed(first + ["--num-train-epochs", "2"], in: folder)
      #expect(restored.errors.contains("taken from what attempt "), "\(restored.errors)")
      #expect(!restored.errors.contains("taken anew"))
    }
  }

  @Test func `a stage of a pipeline extends what another one made`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for (name, path) in [
        ("encoder", world.folder + "/encoder"), ("rows.h5", world.artifact("rows")),
      ] {
        try FileManager.default.copyItem(atPath: path, toPath: folder + "/" + name)
      }
      try Disk.write(
        """
        pipeline: more
        sources: { encoder: encoder, rows: rows.h5 }
        stages:
          teacher:
            run: finetune
            inputs: { model: encoder, dataset: rows }
            output: teacher
            max_steps: 3
          longer:
            run: finetune
            inputs: { extend: teacher, dataset: rows }
            output: longer
            max_steps: 2

        """, to: folder + "/more.yaml")
      let first = try Distill.succeed(["run", "more.yaml"], in: folder)
      #expect(first.errors.contains("weights after step 3 of 3"), "\(first.errors)")
      let second = try Distill.succeed(["run", "more.yaml"], in: folder)
      #expect(second.errors.contains("nothing to do, 2 current"))
      let plan = try Distill.succeed(
        ["plan", "more.yaml", "--set", "stages.teacher.max_steps=4"], in: folder)
      #expect(
        plan.output.contains("add a stage of this kind with inputs: { extend: teacher, ... }"),
        "\(plan.output)")
      let anew = try Distill.succeed(
        ["run", "more.yaml", "--set", "stages.teacher.max_steps=4"], in: folder)
      #expect(anew.errors.contains("weights after step 4 of 4"))
      let metrics = try Distill.object(
        ["metrics", "more.yaml", "--set", "stages.teacher.max_steps=4", "--json"], in: folder)
      let longer = try #require(metrics["longer"] as? [String: Any])
      // A loss is called one.
      #expect(longer["train_label_loss"] != nil && longer["train_label"] == nil)
    }
  }
}
