import Foundation
import TestSupport
import Testing

/// `pipelines/soft_labels.yaml`, on rows of the small world.
@Suite struct SoftLabelsPipelineTests {
  @Test func `the pipeline of answers in a file makes a student, and is foreseen`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let own = Fixtures.folder(from: #filePath)
        .replacing("/Tests/Fixtures", with: "/pipelines/soft_labels.yaml")
      try FileManager.default.copyItem(atPath: own, toPath: folder + "/soft_labels.yaml")
      let answers = try Distill.succeed(
        [
          "predict", "--model", world.artifact("teacher"), "--input", world.folder + "/train.tsv",
          "--json", "--logits",
        ], in: folder)
      try Disk.write(answers.output, to: folder + "/answered.jsonl")
      let sources = [
        "encoder=" + world.folder + "/encoder", "answered_rows=answered.jsonl",
        "dev_rows=" + world.folder + "/dev.tsv", "test_rows=" + world.folder + "/test.tsv",
      ]
      let settings =
        (sources.map { "sources." + $0 } + [
          "stages.dataset.max_seq_length=32", "stages.prediction.learning_rate=2e-3",
          "stages.prediction.num_train_epochs=8",
          "stages.prediction.per_device_train_batch_size=8",
        ]).flatMap { ["--set", $0] }
      let run = ["soft_labels.yaml"] + settings
      try Distill.succeed(["run"] + run, in: folder)
      let metrics = try Distill.object(["metrics"] + run + ["--json"], in: folder)
      let scores = try #require(metrics["evaluate"] as? [String: Double])
      #expect((scores["student.test_accuracy"] ?? 0) > 0.8)

      // The same rows without answers: known before any work.
      let bare = (["plan"] + run).map {
        $0.hasPrefix("sources.answered_rows=")
          ? "sources.answered_rows=" + world.folder + "/train.tsv" : $0
      }
      let foreseen = try Distill.run(bare, in: folder)
      #expect(foreseen.status == 65)
      #expect(foreseen.errors.contains("carry no teacher's answers, and there is no teacher"))
    }
  }
}
