import Foundation
import HDF5
import TestSupport
import Testing

/// Rows without labels: distillation needs none, everything that does says so.
@Suite struct UnlabelledRowsTests {
  private static let texts = ["the film was good", "the plot was bad", "this is fine", "so dull"]

  private func dataset(
    _ world: FinishedWorld, _ folder: String, _ flags: [String], output: String = "rows.h5"
  ) throws -> Program.Outcome {
    try Distill.run(
      [
        "dataset", "--tokenizer", world.folder + "/encoder", "--max-seq-length", "32", "--output",
        output,
      ] + flags, in: folder)
  }

  /// Writes the texts without a label, and with some.
  private func write(_ folder: String) throws {
    let bare = "sentence\n" + Self.texts.map { $0 + "\n" }.joined()
    try Disk.write(bare, to: folder + "/bare.tsv")
    let mixed = zip(Self.texts, ["positive", "", "positive", "negative"])
    try Disk.write(
      "sentence\tlabel\n" + mixed.map { "\($0)\t\($1)\n" }.joined(), to: folder + "/mixed.tsv")
    try Disk.write(
      "index\tsentence\n" + Self.texts.enumerated().map { "\($0 + 7)\t\($1)\n" }.joined(),
      to: folder + "/test.tsv")
  }

  @Test func `a transfer set without labels is distilled from, and not fine-tuned on`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(folder)
      let refused = try dataset(world, folder, ["--train", "bare.tsv"])
      #expect(refused.status == 65)
      #expect(refused.errors.contains("bare.tsv:2: has no label; name the column with"))
      let made = try dataset(
        world, folder,
        [
          "--train", "bare.tsv", "--labels", "negative,positive", "--dev",
          world.folder + "/dev.tsv",
        ])
      #expect(made.status == 0, "\(made.errors)")
      #expect(made.errors.contains("bare.tsv: 4 of 4 rows have no label"))
      let next = try #require(made.errors.split(separator: "\n").last)
      #expect(
        next
          == "next: distill prediction --teacher TEACHER.h5 --student STUDENT.h5 --dataset rows.h5 "
          + "--output MODEL.h5")
      let models = [
        "TEACHER.h5": world.artifact("teacher"),
        "STUDENT.h5": world.artifact("intermediate_student"),
      ]
      try Distill.succeed(
        next.split(separator: " ").dropFirst(2).map { models[String($0)] ?? String($0) }
          + ["--max-steps", "1"], in: folder)
      let stored = try ArtifactReader(path: folder + "/rows.h5")
      #expect(!stored.contains("train/labels"))

      let task = [
        "task", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("general_student"), "--dataset", "rows.h5", "--output", "student.h5",
        "--max-steps", "2",
      ]
      let hard = try Distill.run(task + ["--prediction-alpha", "0.5"], in: folder)
      #expect(hard.status == 65)
      #expect(hard.errors.contains("4 of 4 rows of 'train' have no label, the first is row 1,"))
      #expect(hard.errors.contains("give --alpha 0"))
      try Distill.succeed(task + ["--alpha", "0"], in: folder)

      let tuned = try Distill.run(
        Command.finetune(world.folder + "/encoder", dataset: "rows.h5"), in: folder)
      #expect(tuned.status == 65)
      #expect(
        tuned.errorLines.first?.contains("have no label, the first is row 1, from 1; label") == true
      )
    }
  }

  @Test func `some rows without label need leave, and count as such`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(folder)
      let refused = try dataset(world, folder, ["--train", "mixed.tsv"])
      #expect(refused.status == 65)
      #expect(refused.errors.contains("mixed.tsv:3: 1 of 4 rows have no label (line 3)"))
      let made = try dataset(world, folder, ["--train", "mixed.tsv", "--allow-missing-labels"])
      #expect(made.errors.contains("1 of 4 rows have no label"), "\(made.errors)")
      let reader = try ArtifactReader(path: folder + "/rows.h5")
      #expect(try reader.int32s("train/labels") == [1, -1, 1, 0])
    }
  }

  @Test func `a benchmark's test file is a split without labels, in which models are compared`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(folder)
      let made = try dataset(
        world, folder, ["--train", world.folder + "/train.tsv", "--test", "test.tsv"])
      #expect(made.status == 0, "\(made.errors)")
      let evaluate = ["evaluate", "--dataset", "rows.h5", "--models", world.artifact("student")]
      let alone = try Distill.run(evaluate, in: folder)
      #expect(alone.status == 65)
      #expect(alone.errors.contains("rows have no labels, and no model is compared"))
      let figures = try Distill.object(
        evaluate + ["--teacher", world.artifact("teacher"), "--json"], in: folder)
      let metrics = try #require(figures["evaluate"] as? [String: Double])
      #expect(metrics["student.test_agreement"] != nil)
      #expect(metrics.keys.allSatisfy { !$0.contains("accuracy") })

      // Beside labelled rows they are said to be left out.
      let both = try dataset(
        world, folder,
        ["--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv", "--test"]
          + ["test.tsv", "--force"])
      #expect(both.status == 0, "\(both.errors)")
      let mixed = try Distill.succeed(evaluate, in: folder)
      #expect(mixed.errors.contains("'test' has no labels, and no model is compared"))
      #expect(mixed.output.contains("dev: model") && !mixed.output.contains("test: model"))
    }
  }

  @Test func `that nothing can be measured is said before any work`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(folder)
      let rows = [
        "--train", world.folder + "/dev.tsv", "--test", "bare.tsv", "--labels", "negative,positive",
      ]
      #expect(try dataset(world, folder, rows).status == 0)
      let student = world.artifact("student")
      let scoring = ["evaluate", "--models", student, "--dataset", "rows.h5"]
      let refused = try Distill.run(scoring, in: folder)
      let fault = "rows.h5: its rows have no labels, and no model is compared with a teacher"
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains(fault) && !refused.errors.contains("of 1 models"))
      // Either cure.
      try Distill.succeed(scoring + ["--splits", "train"], in: folder)
      try Distill.succeed(scoring + ["--teacher", world.artifact("teacher")], in: folder)
      // Rows that are not tokenised yet tell it by their header.
      try Disk.write(
        """
        pipeline: bare
        sources: { train: \(world.folder)/dev.tsv, test: bare.tsv, model: \(student) }
        stages:
          rows:
            run: dataset
            inputs: { train: train, test: test, tokenizer: model }
            output: rows
            max_seq_length: 32
          evaluate: { inputs: { models: model, dataset: rows } }
        """, to: folder + "/p.yaml")
      let planned = try Distill.run(["plan", "p.yaml"], in: folder)
      #expect(
        planned.status == 65 && planned.errors.contains("have no labels"), "\(planned.errors)")
    }
  }
}
