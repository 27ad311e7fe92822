import Files
import TestSupport
import Testing

/// Rows that teach nothing: told where they are read, left out where that is asked for, and no command that
/// is suggested stumbles over them.
struct RowsOfNoUseTests {
  private func write(to folder: String) throws {
    try SmallWorld.writeEncoder(to: folder + "/encoder")
    let rows = [
      #"{"sentence": "good film", "label": "a"}"#,
      #"{"sentence": "bad film", "logits": {"a": 0, "b": 1}}"#,
      #"{"sentence": "warm film"}"#,
      #"{"sentence": "cold film", "label": "b", "logits": {"a": 0, "b": 2}}"#,
    ]
    try Disk.write(rows.map { $0 + "\n" }.joined(), to: folder + "/rows.jsonl")
  }

  private func dataset(_ arguments: [String], in folder: String) throws -> Program.Outcome {
    try Distill.run(
      [
        "dataset", "--train", "rows.jsonl", "--tokenizer", "encoder", "--max-seq-length", "24",
        "--output", "rows.h5", "--overwrite",
      ] + arguments, in: folder)
  }

  @Test func `rows with neither label nor answer are counted, and can be left out`() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let refused = try dataset([], in: folder)
      #expect(refused.status == 65 && refused.errors.contains("1 of 4 rows have no label (line 3)"))
      let made = try dataset(["--allow-missing-labels"], in: folder)
      #expect(made.status == 0, "\(made.errors)")
      #expect(
        made.errors.contains(
          "rows.jsonl:3: 1 of 4 rows have neither a label nor a teacher's answer (the first here)"))
      let next = try #require(made.errors.split(separator: "\n").first { $0.hasPrefix("next: ") })
      #expect(next.contains("distill prediction --teacher TEACHER.h5 --answers-from teacher "))
      let student = [
        "prediction", "--student", "encoder", "--dataset", "rows.h5", "--output", "m.h5",
        "--max-steps", "1",
      ]
      let untaught = try Distill.run(student + ["--alpha", "0.3"], in: folder)
      #expect(untaught.status == 65 && untaught.errorLines.count == 1, "\(untaught.errors)")
      #expect(
        untaught.errors.contains(
          "1 of 4 rows of 'train' have no teacher's answer and no label, the first is row 3, from 1; "
            + "make the dataset with --skip-unlabelled-rows"))
      // Before any work: no stage has begun.
      #expect(!untaught.errors.contains("prediction  never run"), "\(untaught.errors)")

      let left = try dataset(["--skip-unlabelled-rows"], in: folder)
      #expect(left.status == 0, "\(left.errors)")
      #expect(
        left.errors.contains(
          "rows.jsonl: 1 rows with neither a label nor a teacher's answer are left out"))
      #expect(left.errors.contains("train_rows 3"))
      // One of the three has a label alone: the suggested command takes it for that.
      let command = try #require(
        left.errors.split(separator: "\n").first { $0.hasPrefix("next: ") })
      #expect(command.contains("--alpha 0.5"), "\(command)")
      let names = ["STUDENT.h5": "encoder", "MODEL.h5": "m.h5"]
      try Distill.succeed(
        command.split(separator: " ").dropFirst(2).map { names[String($0)] ?? String($0) }
          + ["--max-steps", "1"], in: folder)
      let soft = try Distill.run(student + ["--overwrite"], in: folder)
      #expect(soft.status == 65)
      #expect(
        soft.errors.contains("1 of 3 rows of 'train' have no teacher's answer, the first is row 1,")
      )
    }
  }

  @Test func `rows that need no label are not to be left out for want of one`() throws {
    try withTemporaryFolder { folder in
      try write(to: folder)
      let refused = try dataset(
        ["--task", "sentence-embedding", "--skip-unlabelled-rows"], in: folder)
      #expect(refused.status == 64)
      #expect(
        refused.errors.contains("--skip-unlabelled-rows: given for sentence-embedding, whose"))
    }
  }

  @Test func `what cannot be learnt or measured is told before any work`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(to: folder)
      try Disk.write("good film\nbad film\n", to: folder + "/text.txt")
      let made = try Distill.run(
        [
          "dataset", "--train", "text.txt", "--labels", "negative,positive", "--tokenizer",
          world.folder + "/encoder", "--max-seq-length", "24", "--output", "bare.h5",
        ], in: folder)
      #expect(made.status == 0, "\(made.errors)")
      func told(_ words: [String], _ message: String) throws {
        let refused = try Distill.run(words, in: folder)
        #expect(refused.errors.contains(message), "\(refused.errors)")
        #expect(refused.errorLines.count == 1 && refused.status != 0, "\(refused.errors)")
        #expect(!refused.errors.contains("never run"), "\(refused.errors)")
      }
      let bare = ["--dataset", "bare.h5", "--output", "m.h5", "--max-steps", "1"]
      try told(
        ["finetune", "--model", world.folder + "/encoder"] + bare,
        "2 of 2 rows of 'train' have no label, the first is row 1, from 1; label them, or let a student"
      )
      try told(
        [
          "prediction", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("intermediate_student"), "--alpha", "0.3",
        ] + bare, "2 of 2 rows of 'train' have no label")
      try told(
        [
          "evaluate", "--models", world.artifact("student"), "--dataset", world.artifact("rows"),
          "--metric", "pearson",
        ], "--metric: classification has no intervals of 'pearson'; name one of accuracy, f1, ")
    }
  }

  @Test func `an objective is the dataset's, and one that is named must be`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", "m.h5", "--max-steps", "1",
      ]
      let other = try Distill.run(words + ["--objective", "regression"], in: folder)
      #expect(other.status == 64)
      #expect(
        other.errors.contains("--objective: the dataset is for classification, not for regression"))
      try Distill.succeed(words, in: folder)
      try Distill.succeed(words + ["--objective", "classification", "--overwrite"], in: folder)
    }
  }
}
