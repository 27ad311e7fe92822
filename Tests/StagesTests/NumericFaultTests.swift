import Compute
import Foundation
import HDF5
import Interchange
import TestSupport
import Testing
import Training
import Transformer

@testable import Stages

/// NaN and infinity, wherever they come from: nothing is published of them, and what was good stays.
@Suite struct NumericFaultTests {
  private static let faults = [
    BadInput("NaN in a teacher's folder", 65, #"layer\.1\.output\.dense\.weight has 1 NaN or inf"#)
    {
      world, folder in
      _ = try Spoiled.encoder(folder) { model, weights in
        weights.change(model, suffix: "layer.1.output.dense.weight") { $0[5] = .nan }
      }
      return general(world, teacher: "encoder")
    },
    BadInput("infinity in a teacher's folder", 65, #"word_embeddings\.weight has 2 NaN or inf"#) {
      world, folder in
      _ = try Spoiled.encoder(folder) { model, weights in
        weights.change(model, suffix: "word_embeddings.weight") {
          $0[0] = .infinity
          $0[1] = -.infinity
        }
      }
      return general(world, teacher: "encoder")
    },
    BadInput("NaN in a model artifact", 65, #"classifier\.bias holds 1 values that are NaN"#) {
      world, folder in
      let reader = try ArtifactReader(path: world.artifact("teacher"))
      try ArtifactWriter.write(
        to: folder + "/spoiled.h5", kind: reader.kind, configuration: reader.configuration,
        inputs: reader.inputs, createdBy: reader.createdBy
      ) { body in
        for dataset in reader.datasets where dataset.name != "weights/classifier.bias" {
          try body.copy(dataset, from: reader)
        }
        try body.floats("weights/classifier.bias", shape: [2], values: [0, .nan])
      }
      return Command.finetune("spoiled.h5", dataset: world.artifact("rows"))
    },
    BadInput("a learning rate of 1e30", 64, "--learning-rate: expected a number from 0 to 1") {
      world, _ in
      Command.finetune(world.folder + "/encoder", dataset: world.artifact("rows"))
        + ["--learning-rate", "1e30"]
    },
    BadInput("a learning rate that is no number", 64, "--learning-rate: expected a number") {
      world, _ in
      Command.finetune(world.folder + "/encoder", dataset: world.artifact("rows"))
        + ["--learning-rate", "nan"]
    },
    BadInput("scores beyond all floats", 70, "loss `hidden` is not finite at step 1;") {
      world, folder in
      try overflow(folder)
      return general(world, teacher: "encoder")
    },
    BadInput("a student's scores beyond all floats", 70, "loss `label` is not finite at step 1;") {
      world, folder in
      try overflow(folder)
      return Command.finetune("encoder", dataset: world.artifact("rows"))
    },
    BadInput("masked words under such scores", 70, "`masked_language` is not finite at step 1;") {
      world, folder in
      try overflow(folder)
      return [
        "finetune", "--objective", "masked-language", "--model", "encoder", "--corpus",
        world.artifact("corpus"), "--output", "out/model.h5", "--max-steps", "3",
      ]
    },
    BadInput("a teacher whose logits are beyond", 70, "logits of example 0 are not finite;") {
      world, folder in
      try overflow(folder, head: .classification(labels: 2, style: .hf))
      return Command.task(world, teacher: "encoder")
    },
    BadInput("a model to score whose logits are beyond", 70, "logits of example 0 are not finite;")
    {
      world, folder in
      try overflow(folder, head: .classification(labels: 2, style: .hf))
      return [
        "evaluate", "--models", "encoder", "--dataset", world.artifact("rows"), "--output",
        "out/predictions.h5",
      ]
    },
  ]

  /// An encoder of finite weights whose attention scores are infinite.
  private static func overflow(_ folder: String, head: Head = .none) throws {
    try SmallWorld.writeEncoder(
      to: folder + "/encoder", head: head,
      labels: head == .none ? [] : ["negative", "positive"]
    ) { model, weights in
      for suffix in ["query.weight", "key.weight"] {
        weights.change(model, suffix: suffix) { values in
          for index in values.indices { values[index] *= 1e25 }
        }
      }
    }
  }

  private static func general(_ world: FinishedWorld, teacher: String) -> [String] {
    [
      "general", "--teacher", teacher, "--corpus", world.artifact("corpus"), "--output",
      "out/student.h5", "--num-hidden-layers", "1", "--hidden-size", "16",
      "--num-attention-heads", "2", "--max-steps", "3",
    ]
  }

  @Test(arguments: faults)
  func `numbers that are not finite end with one line that names them, and no artifact`(
    _ bad: BadInput
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try Distill.run(try bad.prepare(world, folder), in: folder)
      #expect(outcome.status == bad.status, "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      let line = outcome.errorLines.first ?? ""
      #expect(try Regex(bad.pattern).firstMatch(in: line) != nil, "\(line)")
      for path in Disk.files(folder + "/out") {
        #expect(!path.hasSuffix(".h5") && !path.hasSuffix(".safetensors"), "\(path)")
        // Everything that is recorded can be read.
        if path.hasSuffix(".json") {
          _ = try JSONSerialization.jsonObject(with: Disk.bytes("\(folder)/out/\(path)"))
        } else if path.hasSuffix(".jsonl") {
          for line in try Disk.text("\(folder)/out/\(path)").split(separator: "\n") {
            _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
          }
        }
      }
    }
  }

  /// A loss that is right until a step, then not a number, or has a gradient that is none.
  private struct Faulty: Objective {
    let honest = TargetObjective(CrossEntropy())
    let spoilsLoss: Bool
    let isDue: () -> Bool
    var taps: BertModel.Taps { honest.taps }
    var denominators: [Denominator] { honest.denominators }

    func evaluate(
      _ batch: TrainingBatch, student: Activations, tapGradients: TapMatrices,
      weights: ParameterSet, gradients: ParameterSet, totals: StepTotals,
      on context: ComputeContext, in arena: Arena
    ) throws -> LossTerms {
      var terms = try honest.evaluate(
        batch, student: student, tapGradients: tapGradients, weights: weights,
        gradients: gradients, totals: totals, on: context, in: arena)
      guard isDue() else { return terms }
      if spoilsLoss {
        terms.add("label", .nan)
      } else {
        tapGradients.logits?.fill(.infinity)
      }
      return terms
    }
  }

  @Test(arguments: [true, false])
  func `the step that fails is the one that is at fault, and the checkpoint before it stays`(
    inLoss: Bool
  ) throws {
    try withTemporaryFolder { folder in
      let surroundings = Surroundings(folder)
      for attempt in 0..<2 {
        var small = SmallTraining()
        small.options.saveSteps = 1
        var trainer: Trainer?
        small.objective = Faulty(spoilsLoss: inLoss, isDue: { trainer?.state.step == 3 })
        trainer = try small.make()
        let error = #expect(throws: TrainingError.self) {
          _ = try TrainingRun(context: surroundings.context).run(try #require(trainer))
        }
        trainer = nil
        #expect(error?.kind == .nonFinite)
        #expect(error?.description.contains("at step 4;") == true, "\(error?.description ?? "")")
        #expect(error?.subject == (inLoss ? "label" : "bert.embeddings.word_embeddings.weight"))
        #expect(surroundings.resumedSteps == (attempt == 0 ? [0] : [0, 3]))
        let files = Disk.files(folder)
        #expect(files == ["a", "b"].map { "checkpoints/checkpoint-\($0).safetensors" })
        for path in files { try SafetensorsFile(path: "\(folder)/\(path)").verifySeal() }
      }
      // With the fault gone it goes on, to the bits of a training that never had it.
      surroundings.stop(after: .max)
      let (mended, whole) = (try SmallTraining().make(), try SmallTraining().make())
      _ = try TrainingRun(context: surroundings.context).run(mended)
      _ = try whole.run()
      #expect(mended.weights.values.values() == whole.weights.values.values())
    }
  }

  @Test func `a learning rate of 1e30 stops the step after`() throws {
    try withTemporaryFolder { folder in
      var small = SmallTraining()
      small.options.saveSteps = 1
      small.options.learningRate = 1e30
      small.options.warmupRatio = 0
      let trainer = try small.make()
      let error = #expect(throws: TrainingError.self) {
        _ = try TrainingRun(context: Surroundings(folder).context).run(trainer)
      }
      #expect(error?.kind == .nonFinite)
      #expect(error?.description.contains("at step 2;") == true)
      #expect(trainer.state.step == 1)
      #expect(Disk.files(folder) == ["checkpoints/checkpoint-a.safetensors"])
    }
  }
}
