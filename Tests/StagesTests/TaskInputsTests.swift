import Pipelines
import Stages
import TestSupport
import Testing

@Suite struct TaskInputsTests {
  private func options(_ kind: any Stage.Type, _ flags: [(name: String, text: String)]) throws
    -> OptionValues
  {
    try OptionValues(flags: flags, fields: kind.fields)
  }

  @Test func `inputs that fit each other have no fault`() throws {
    let world = try FinishedWorld.shared()
    let inputs = TaskInputs(
      dataset: world.artifact("rows"),
      models: [
        (world.artifact("teacher"), .answers(labelOption: "teacher_labels", ofSeveral: false)),
        (world.artifact("general_student"), .reads),
      ])
    #expect(inputs.faults(try options(PredictionStage.self, [])).isEmpty)
  }

  @Test func `everything that headers tell is told at once`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("sentence\tlabel\ngood\ta\nbad\tb\nfine\tc\n", to: folder + "/three.tsv")
      try Distill.succeed(
        Command.dataset(world, train: "three.tsv", dev: "three.tsv")
          + ["--max-seq-length", "64"], in: folder)
      try SmallWorld.writeEncoder(
        to: folder + "/other", vocabulary: SmallWorld.vocabulary.dropLast() + ["w"])
      let inputs = TaskInputs(
        dataset: folder + "/out/rows.h5",
        models: [
          (world.artifact("teacher"), .answers(labelOption: "teacher_labels", ofSeveral: false)),
          (folder + "/other", .reads),
        ])
      let faults = inputs.faults(
        try options(PredictionStage.self, [(name: "metric_for_best_model", text: "f1")])
      ).map { "\($0)" }
      let wanted = [
        "`f1` is not measured here", "64 tokens, the model has 40 positions",
        "its labels are negative, positive, the dataset's a, b, c",
        "made with another tokenizer than that of", "64 tokens, the model has 40 positions",
      ]
      #expect(faults.count == wanted.count, "\(faults)")
      for (fault, part) in zip(faults, wanted) { #expect(fault.contains(part), "\(fault)") }
      let error = #expect(throws: PipelineError.self) {
        try inputs.check(
          options(PredictionStage.self, [(name: "metric_for_best_model", text: "f1")]))
      }
      // The two models lack the same positions: that is one fault of the dataset.
      #expect(error?.status == .badData && error?.faults.count == wanted.count - 1)
    }
  }
}
