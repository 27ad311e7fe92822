import Files
import TestSupport
import Testing

/// Remarks are told where they say something, and not where they do not.
struct QuietRemarksTests {
  @Test func `a best score that the last one equals is not told as better`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", "m.h5", "--num-train-epochs", "2", "--learning-rate", "1e-9",
      ]
      let equal = try Distill.succeed(words, in: folder)
      #expect(!equal.errors.contains("load_best_model_at_end would keep"), "\(equal.errors)")
    }
  }

  @Test func `answers in rows without labels are told as compared with, not as scored`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = ["good film", "bad film"].map {
        #"{"sentence": "\#($0)", "logits": {"negative": 0, "positive": 1}}"# + "\n"
      }
      try Disk.write(rows.joined(), to: folder + "/rows.jsonl")
      try Distill.succeed(
        [
          "dataset", "--train", "rows.jsonl", "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "24", "--output", "rows.h5",
        ], in: folder)
      let told = try Distill.succeed(
        [
          "evaluate", "--models", world.artifact("student"), "--dataset", "rows.h5", "--splits",
          "train",
        ], in: folder)
      #expect(
        told.errors.contains(
          "2 of 2 rows of 'train' carry a teacher's answer; agreement is with these answers"),
        "\(told.errors)")
      #expect(!told.output.contains("stored_answers"))
      #expect(told.errors.contains("'train' has no labels: the agreement with a teacher is all"))
    }
  }

  @Test func `columns of labels that rows for learning leave out are told, and kept where named`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(
        "sentence,praise,blame\ngood film,1,0\nbad film,0,1\n", to: folder + "/rows.csv")
      let columns = ["--label-columns", "praise,blame"]
      try Distill.succeed(
        [
          "dataset", "--task", "multi-label", "--train", "rows.csv", "--tokenizer", "encoder",
          "--max-seq-length", "24", "--output", "rows.h5",
        ] + columns, in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "m.h5",
          "--max-steps", "1",
        ], in: folder)
      let predict = ["predict", "--model", "m.h5", "--input", "rows.csv", "--json", "--logits"]
      let bare = try Distill.succeed(predict, in: folder)
      #expect(!bare.output.contains("\"label\""))
      #expect(
        bare.errors.contains(
          "rows.csv: has columns that are called as labels, 'praise', 'blame', and rows are written "
            + "without: to keep what they say, give --label-columns praise,blame"))
      let kept = try Distill.succeed(predict + columns, in: folder)
      #expect(kept.output.contains(#""label":["praise"]"#), "\(kept.output)")
      #expect(!kept.errors.contains("called as labels"))
    }
  }

  @Test func `a teacher that has learnt the task is to learn it longer`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--output", "weak.h5", "--max-steps", "1", "--learning-rate", "1e-9",
        ], in: folder)
      let words = [
        "prediction", "--teacher", "weak.h5", "--student", world.artifact("intermediate_student"),
        "--dataset", world.artifact("rows"), "--output", "m.h5", "--max-steps", "1",
      ]
      let refused = try Distill.run(words, in: folder)
      #expect(refused.status == 65, "\(refused.errors)")
      #expect(refused.errors.contains("teacher accuracy "))
      #expect(
        refused.errors.contains(
          "train it longer (more --num-train-epochs where it was made), or give --allow-weak"))
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--output", "weak.h5", "--num-train-epochs", "8", "--learning-rate", "2e-3",
          "--per-device-train-batch-size", "8",
        ], in: folder)
      try Distill.succeed(words, in: folder)
    }
  }
}
