import Compute
import Foundation
import Pipelines
import Stages
import Tasks
import TestSupport
import Testing
import Training

/// The preset `tinybert`: what it sets, what stands above it, and what is refused beside its switches.
@Suite struct TinyBERTPresetTests {
  private static let presets: [(any Stage.Type)] = [
    CorpusStage.self, GeneralStage.self, AugmentStage.self, IntermediateStage.self,
    PredictionStage.self,
  ]

  private func options(_ kind: any Stage.Type, _ flags: [String: String]) throws -> OptionValues {
    try OptionValues(
      flags: flags.sorted { $0.key < $1.key }.map { (name: $0.key, text: $0.value) },
      fields: kind.fields)
  }

  @Test(arguments: 0..<5)
  func `every value of the preset is one that its option takes, and the options go together`(
    index: Int
  ) throws {
    let kind = Self.presets[index]
    let field = try #require(kind.fields.first { $0.name == "preset" })
    let values = try #require(field.presets["tinybert"])
    #expect(!values.isEmpty)
    for (name, value) in values {
      #expect(kind.fields.contains { $0.name == name }, "\(kind.kind): \(name)")
      // Written as a person would, it reads back.
      let read = try options(kind, [name: "\(value)"])
      #expect(read[name] == value, "\(kind.kind): \(name) \(value)")
    }
    _ = try kind.init(try options(kind, ["preset": "tinybert"]))
  }

  @Test func `what is given stands above the preset, and the rest is the reference's`() throws {
    let values = try options(
      IntermediateStage.self, ["preset": "tinybert", "learning_rate": "1e-3"])
    let training = TrainingFields.options(values, seed: 1)
    #expect(training.learningRate == 1e-3)
    #expect(training.optimizer.rule == .bertAdam)
    #expect(training.optimizer.clipping == .perTensor(1))
    #expect(training.optimizer.epsilon == 1e-6)
    #expect(training.lrSchedulerType == .constant && training.warmupRatio == 0)
    #expect(training.dataloaderDropLast && training.numTrainEpochs == 10)
    #expect(values.boolean("pad_to_max_length") && values.boolean("teacher_dropout"))
    #expect(values.real("attention_cutoff") == -100)
    #expect(values.presetSettings.contains("optim bertadam"))
    #expect(!values.presetSettings.contains { $0.hasPrefix("learning_rate") })
  }

  @Test func `the preset is what it sets, and without it nothing is set`() throws {
    let field = try #require(PredictionStage.fields.first { $0.name == "preset" })
    let values = try #require(field.presets["tinybert"])
    let written = try options(PredictionStage.self, values.mapValues { "\($0)" })
    let preset = try options(PredictionStage.self, ["preset": "tinybert"])
    for name in preset.semanticNames { #expect(written[name] == preset[name], "\(name)") }
    #expect(!preset.semanticNames.contains("preset"))
    let none = try options(PredictionStage.self, [:])
    #expect(none.presetSettings.isEmpty && none["soft_ce_mean"] == .null)
    #expect(!none.boolean("gold_scores") && none.text("optim") == "adamw")
  }

  @Test func `help and plan say what the preset sets`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let help = try Distill.succeed(
        ["general", "--preset", "tinybert", "--help-all"], in: folder
      ).output
      #expect(help.contains("(warmup_linear)") && help.contains("(bertadam)"))
      let phase = try Distill.succeed(
        ["task", "--intermediate-preset", "tinybert", "--help-all"], in: folder
      ).output
      #expect(phase.contains("(constant)") && !phase.contains("(warmup_linear)"))
    }
    try world.withCopy { copy in
      let set = ["--set", "stages.general.preset=tinybert"]
      let plan = try Distill.succeed(["plan", "tiny.yaml"] + set, in: copy).output
      #expect(plan.contains("general: preset sets") && plan.contains("optim bertadam"), "\(plan)")
      let same = try Distill.succeed(["plan", "tiny.yaml"], in: copy).output
      #expect(!same.contains("preset"), "\(same)")
    }
  }

  @Test func `both phases give the same bits at any thread count, and export is refused`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let task = [
        "task", "--preset", "tinybert", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("general_student"), "--dataset", world.artifact("rows"), "--max-steps", "3",
        "--allow-weak-teacher",
      ]
      try Distill.succeed(task + ["--output", "one.h5"], in: folder)
      try Distill.succeed(task + ["--output", "two.h5", "--threads", "1"], in: folder)
      let bytes = { (path: String) in
        try Data(contentsOf: URL(fileURLWithPath: folder + "/" + path))
      }
      #expect(try bytes("one.h5") == bytes("two.h5"))
      let export = try Distill.run(
        ["export", "--model", "one.h5", "--output", "exported"], in: folder)
      #expect(export.status != 0 && export.errors.contains("tinybert"), "\(export.errors)")
    }
  }

  @Test func `a teacher that says something else at every visit cannot be kept`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let general = [
        "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
        "--output", "g.h5", "--num-hidden-layers", "1", "--hidden-size", "16",
        "--num-attention-heads", "2", "--intermediate-size", "32", "--max-steps", "1",
        "--preset", "tinybert", "--cache-teacher",
      ]
      let refused = try Distill.run(general, in: folder)
      #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      let cure = [
        "--pad-to-max-length", "false", "--teacher-dropout", "false", "--masked-min", "0",
      ]
      #expect(
        refused.errors.contains("give " + cure.joined(separator: " ")), "\(refused.errors)")
      try Distill.succeed(general + cure, in: folder)
      try Distill.succeed(
        general.filter { $0 != "--cache-teacher" }.map { $0 == "g.h5" ? "h.h5" : $0 }, in: folder)
    }
  }

  @Test func `switches of no use to a task are refused where they are given`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let prediction = [
        "prediction", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("intermediate_student"), "--dataset", world.artifact("rows"), "--output",
        "p.h5", "--max-steps", "1", "--allow-weak-teacher",
      ]
      let gold = try Distill.run(prediction + ["--gold-scores"], in: folder)
      #expect(gold.status == 64 && gold.errorLines.count == 1, "\(gold.errors)")
      #expect(gold.errors.contains("--gold-scores: the task classification has no scores"))
      let both = try Distill.run(prediction + ["--gold-scores", "--alpha", "0.5"], in: folder)
      #expect(both.status == 64 && both.errors.contains("--alpha: would do nothing beside"))
      let pairs = try Distill.run(
        [
          "augment", "--dataset", world.artifact("rows"), "--embedding-model",
          world.folder + "/encoder", "--output", "a.h5", "--aug-pair", "leak",
        ], in: folder)
      #expect(pairs.status == 64 && pairs.errors.contains("--aug-pair: the rows are single texts"))
      // As part of the preset they have no effect.
      try Distill.succeed(prediction + ["--preset", "tinybert"], in: folder)
    }
  }

  @Test func `an epoch too small for a step is refused where its last step is dropped`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", "m.h5", "--max-steps", "1", "--per-device-train-batch-size", "1000",
      ]
      let refused = try Distill.run(words + ["--dataloader-drop-last"], in: folder)
      #expect(refused.status == 64 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("too few for a step of 1000"), "\(refused.errors)")
      try Distill.succeed(words, in: folder)
      try Distill.succeed(
        words.map { ["m.h5": "n.h5", "1000": "8"][$0] ?? $0 } + ["--dataloader-drop-last"],
        in: folder)
    }
  }

  @Test func `a best model may be chosen by the mean of both correlations`() throws {
    let task = RegressionTask()
    #expect(try task.chooser(named: "corr", labels: 1).name == "corr")
    #expect(try task.chooser(named: nil, labels: 1).name == "pearson")
    let scores = ["pearson": 0.5, "spearmanr": 0.7, "mse": 1.0]
    let mean = try #require(task.scores(scores, withMean: "corr")["corr"])
    #expect(abs(mean - 0.6) < 1e-12)
    #expect(task.scores(scores, withMean: "pearson") == scores)
    #expect(throws: (any Error).self) {
      try ClassificationTask().chooser(named: "corr", labels: 2)
    }
  }
}
