import Foundation
import HDF5
import TestSupport
import Testing

/// From the answers of a teacher that is elsewhere to a student.
@Suite struct SoftLabelsTests {
  /// What `predict` writes for rows of the world, as a file of rows to learn from.
  private func answered(
    _ world: FinishedWorld, _ split: String, in folder: String, as kind: String = "logits",
    change: ([String]) -> [String] = { $0 }
  ) throws -> String {
    let said = try Distill.succeed(
      [
        "predict", "--model", world.artifact("teacher"), "--input", "\(world.folder)/\(split).tsv",
        "--json", "--\(kind)",
      ], in: folder)
    try Disk.write(
      change(said.lines).map { $0 + "\n" }.joined(), to: "\(folder)/\(split)-\(kind).jsonl")
    return "\(split)-\(kind).jsonl"
  }

  @discardableResult
  private func dataset(
    _ world: FinishedWorld, _ files: [String: String], in folder: String,
    output: String = "soft.h5", _ more: [String] = []
  ) throws -> Program.Outcome {
    try Distill.succeed(
      [
        "dataset", "--tokenizer", world.folder + "/encoder", "--max-seq-length", "32", "--output",
        output,
      ] + files.flatMap { ["--" + $0.key, $0.value] } + more, in: folder)
  }

  private func prediction(
    _ world: FinishedWorld, _ dataset: String, output: String, _ more: [String] = []
  ) -> [String] {
    [
      "prediction", "--student", world.artifact("intermediate_student"), "--dataset", dataset,
      "--output", output, "--precision", "fp32",
    ] + SmallWorld.flags(SmallWorld.prediction) + SmallWorld.flags(SmallWorld.batch) + more
  }

  @Test func `a student of a file of answers has the bits of the teacher's own student`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let made = try dataset(
        world,
        [
          "train": try answered(world, "train", in: folder),
          "dev": try answered(world, "dev", in: folder),
        ], in: folder)
      #expect(made.errors.contains("64 of 64 rows have a teacher's answer (logits)"))
      let next =
        "next: distill prediction --student STUDENT.h5 --dataset soft.h5 --output MODEL.h5\n"
      #expect(made.errors.hasSuffix(next))
      let (soft, rows) = (
        try ArtifactReader(path: folder + "/soft.h5"),
        try ArtifactReader(path: world.artifact("rows"))
      )
      for name in ["train/ids", "train/labels"] {
        #expect(try soft.int32s(name) == rows.int32s(name), "\(name)")
      }

      let teacher = ["--teacher", world.artifact("teacher")]
      let live = try Distill.succeed(
        prediction(world, world.artifact("rows"), output: "live.h5", teacher), in: folder)
      #expect(live.errors.contains("teacher logits: computed once"))
      let kept = try #require(
        Disk.files(folder + "/live.h5.distill/cache").first { $0.hasSuffix(".h5") })
      #expect(
        try soft.floats("train/teacher/logits")
          == ArtifactReader(path: "\(folder)/live.h5.distill/cache/\(kept)").floats("logits"))
      let stored = try Distill.succeed(
        prediction(world, "soft.h5", output: "stored.h5"), in: folder)
      #expect(stored.errors.contains("the answers in the dataset's rows are learnt"))
      let figures = try #require(live.errors.firstMatch(of: /teacher accuracy \d.* % on the/))
      #expect(stored.errors.contains(figures.output), "the teacher is worth the same")
      let content = try Disk.content(folder + "/live.h5")
      #expect(try Disk.content(folder + "/stored.h5") == content)

      // With both, one must be named, and either is the same teacher here.
      let both = try Distill.run(
        prediction(world, "soft.h5", output: "both.h5", teacher), in: folder)
      #expect(both.status == 64)
      #expect(both.errors.contains("give --answers-from teacher or --answers-from dataset"))
      for source in ["teacher", "dataset"] {
        let named = try Distill.succeed(
          prediction(
            world, "soft.h5", output: "\(source).h5", teacher + ["--answers-from", source]),
          in: folder)
        #expect(
          named.errors.contains(
            source == "teacher" ? "rows are not used" : "the teacher is not used"))
        #expect(try Disk.content("\(folder)/\(source).h5") == content)
      }
      // The command of both phases has the option, and needs no teacher for the second.
      let task = try Distill.run(
        ["task", "--phase", "prediction"]
          + prediction(world, "soft.h5", output: "task.h5").dropFirst(), in: folder)
      #expect(task.status == 0, "\(task.errors)")
      #expect(try Disk.content(folder + "/task.h5") == content)
    }
  }

  @Test func `probabilities teach what logits teach`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      for kind in ["logits", "probabilities"] {
        try dataset(
          world, ["train": try answered(world, "train", in: folder, as: kind)], in: folder,
          output: kind + ".h5")
      }
      let shares = try ["logits", "probabilities"].map { kind in
        let logits = try ArtifactReader(path: "\(folder)/\(kind).h5").floats("train/teacher/logits")
        return stride(from: 0, to: logits.count, by: 2).map { Double(logits[$0] - logits[$0 + 1]) }
      }
      #expect(
        Comparison(shares[1], shares[0], within: Tolerance(absolute: 1e-5, relative: 1e-5)).isClose)
    }
  }

  @Test func `rows without label or without answer count for what they have`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let train = try answered(world, "train", in: folder) { lines in
        lines.enumerated().map { index, line in
          switch index % 4 {
          case 0: line.replacing(/"label":"[a-z]*",/, with: "")
          case 1: line.replacing(/,"logits":.*/, with: "}")
          default: line
          }
        }
      }
      let made = try dataset(world, ["train": train], in: folder)
      #expect(made.errors.contains("16 of 64 rows have no label"))
      #expect(made.errors.contains("48 of 64 rows have a teacher's answer (logits)"))
      let soft = try Distill.run(prediction(world, "soft.h5", output: "s.h5"), in: folder)
      #expect(soft.status == 65)
      #expect(
        soft.errors.contains(
          "16 of 64 rows of 'train' have no teacher's answer, the first is row 2,"))
      #expect(soft.errors.contains("or give --alpha above 0 for their labels"))
      let mixed = try Distill.succeed(
        prediction(world, "soft.h5", output: "m.h5", ["--alpha", "0.5"]), in: folder)
      #expect(mixed.errors.contains("16 of 64 rows have no label: they count for the teacher's"))
      #expect(mixed.errors.contains("16 of 64 rows have no teacher's answer: they count for their"))
      let hard = try Distill.run(
        prediction(world, "soft.h5", output: "h.h5", ["--alpha", "1"]), in: folder)
      #expect(hard.status == 65)
      #expect(hard.errors.contains("16 of 64 rows of 'train' have no label, the first is row 1,"))
      // However a step is cut, and at any number of threads, the same bits.
      try Distill.succeed(
        prediction(
          world, "soft.h5", output: "n.h5", ["--alpha", "0.5", "--threads", "1"]), in: folder)
      #expect(try Disk.content(folder + "/n.h5") == Disk.content(folder + "/m.h5"))
    }
  }

  @Test func `a transfer set of answers alone needs no label and names its labels`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let train = try answered(world, "train", in: folder) { lines in
        lines.map { $0.replacing(/"label":"[a-z]*",/, with: "") }
      }
      try dataset(world, ["train": train, "dev": world.folder + "/dev.tsv"], in: folder)
      let run = try Distill.succeed(prediction(world, "soft.h5", output: "s.h5"), in: folder)
      #expect(run.errors.contains("no labelled development rows have answers"))
      let refused = try Distill.run(
        prediction(world, "soft.h5", output: "t.h5", ["--alpha", "0.5"]), in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("64 of 64 rows of 'train' have no label"))
    }
  }

  @Test func `answers that are worth nothing are refused, and allowed when asked for`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let exchange = { (lines: [String]) in
        lines.map {
          $0.replacing("\"negative\":", with: "\"x\":").replacing(
            "\"positive\":", with: "\"negative\":"
          )
          .replacing("\"x\":", with: "\"positive\":")
        }
      }
      try dataset(
        world,
        [
          "train": try answered(world, "train", in: folder, change: exchange),
          "dev": try answered(world, "dev", in: folder, change: exchange),
        ], in: folder)
      let refused = try Distill.run(prediction(world, "soft.h5", output: "s.h5"), in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("soft.h5: the answers in its rows: teacher "))
      try Distill.succeed(
        prediction(world, "soft.h5", output: "s.h5", ["--allow-weak-teacher"]), in: folder)
    }
  }

  @Test func `evaluation says what the answers are worth and who agrees with them`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let partly = { (lines: [String]) in
        lines.enumerated().map { index, line in
          index % 2 == 0 ? line : line.replacing(/,"logits":.*/, with: "}")
        }
      }
      try dataset(
        world,
        [
          "train": try answered(world, "train", in: folder),
          "dev": try answered(world, "dev", in: folder),
          "test": try answered(world, "test", in: folder, change: partly),
        ], in: folder)
      let evaluate = ["evaluate", "--models", world.artifact("student"), "--dataset", "soft.h5"]
      func figures(_ more: [String]) throws -> [String: Double] {
        try #require(
          try Distill.object(evaluate + more + ["--json"], in: folder)["evaluate"]
            as? [String: Double])
      }
      let alone = try figures([])
      let beside = try figures(["--teacher", world.artifact("teacher")])
      for name in ["dev_agreement", "dev_accuracy_difference"] {
        #expect(alone["student." + name] == beside["student." + name], "\(name)")
      }
      #expect(alone["student.dev_agreement"] != nil && alone["student.test_agreement"] != nil)
      #expect(alone["stored_answers.dev_accuracy"] == beside["teacher.dev_accuracy"])
      #expect(beside["stored_answers.dev_accuracy"] == beside["teacher.dev_accuracy"])
      let told = try Distill.succeed(evaluate, in: folder)
      #expect(told.errors.contains("12 of 24 rows of 'test' carry a teacher's answer, shown as"))
      #expect(told.output.contains("stored_answers"))

      // Without labels the agreement is all there is.
      let bare = try answered(world, "test", in: folder) { lines in
        lines.map { $0.replacing(/"label":"[a-z]*",/, with: "") }
      }
      try dataset(
        world, ["train": world.folder + "/train.tsv", "test": bare], in: folder, output: "bare.h5")
      let agreement = try Distill.object(
        ["evaluate", "--models", world.artifact("student"), "--dataset", "bare.h5", "--json"],
        in: folder)
      let metrics = try #require(agreement["evaluate"] as? [String: Double])
      #expect(metrics["student.test_agreement"] != nil)
      #expect(metrics["stored_answers.test_accuracy"] == nil)
    }
  }

  @Test func `a rewritten row has no answer, the original keeps its own`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try dataset(world, ["train": try answered(world, "train", in: folder)], in: folder)
      try Distill.succeed(
        [
          "augment", "--dataset", "soft.h5", "--masked-language-model",
          world.artifact("masked_language_model"), "--rewrites", "1", "--output", "more.h5",
        ], in: folder)
      let (before, after) = (
        try ArtifactReader(path: folder + "/soft.h5"), try ArtifactReader(path: folder + "/more.h5")
      )
      #expect(
        try before.floats("train/teacher/logits") == after.floats("train/teacher/logits"))
      let starts = try after.int64s("train/teacher/starts")
      let labels = try after.int32s("train/labels")
      #expect(starts.last == 64 && starts.count == labels.count + 1)
      #expect(starts.count > 65)
    }
  }

  @Test func `columns carry the same answers`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "sentence\tlogits.positive\tlogits.negative\nso good\t1.5\t-2\nso bad\t-1\t0.25\n",
        to: folder + "/rows.tsv")
      try Disk.write(
        "sentence,logits\nso good,\"[-2, 1.5]\"\nso bad,\"{\"\"positive\"\": -1, \"\"negative\"\": 0.25}\"\n",
        to: folder + "/rows.csv")
      try dataset(world, ["train": "rows.tsv"], in: folder, output: "t.h5")
      try dataset(
        world, ["train": "rows.csv"], in: folder, output: "c.h5", ["--labels", "negative,positive"])
      #expect(try Disk.content(folder + "/t.h5") == Disk.content(folder + "/c.h5"))
      #expect(
        try ArtifactReader(path: folder + "/t.h5").floats("train/teacher/logits")
          == [-2, 1.5, 0.25, -1])
      let none = try dataset(
        world, ["train": "rows.tsv"], in: folder, output: "n.h5",
        ["--teacher-answers", "none", "--labels", "negative,positive"])
      #expect(!none.errors.contains("answer"))
      #expect(!(try ArtifactReader(path: folder + "/n.h5").contains("train/teacher/logits")))
    }
  }

  @Test func `scores of a regression and labels by themselves go the same way`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows: [(task: String, label: (Int) -> String, kinds: [String])] = [
        ("regression", { "\(Double($0 % 7) / 2)" }, ["logits"]),
        (
          "multi-label", { ["good", "good,short", "", "short"][$0 % 4] },
          ["logits", "probabilities"]
        ),
      ]
      for (task, label, kinds) in rows {
        let texts = try Disk.text(world.folder + "/train.tsv").split(separator: "\n").dropFirst()
          .map { $0.split(separator: "\t")[0] }
        let lines = texts.enumerated().map { "\($1)\t\(label($0))\n" }
        try Disk.write("sentence\tlabel\n" + lines.joined(), to: "\(folder)/\(task).tsv")
        try dataset(
          world, ["train": "\(task).tsv", "dev": "\(task).tsv"], in: folder, output: task + ".h5",
          ["--task", task])
        try Distill.succeed(
          [
            "finetune", "--model", world.folder + "/encoder", "--dataset", task + ".h5", "--output",
            task + "-teacher.h5", "--num-train-epochs", "2", "--precision", "fp32",
            "--learning-rate", "2e-3",
          ], in: folder)
        try Distill.succeed(
          prediction(
            world, task + ".h5", output: task + "-live.h5",
            ["--teacher", task + "-teacher.h5", "--allow-weak-teacher", "--alpha", "0.5"]),
          in: folder)
        for kind in kinds {
          let said = try Distill.succeed(
            [
              "predict", "--model", task + "-teacher.h5", "--input", task + ".tsv", "--json",
              "--" + kind,
            ], in: folder)
          let file = "\(task)-\(kind)"
          try Disk.write(said.output, to: "\(folder)/\(file).jsonl")
          let made = try dataset(
            world, ["train": file + ".jsonl", "dev": file + ".jsonl"], in: folder,
            output: file + ".h5", ["--task", task])
          #expect(
            made.errors.contains(task == "regression" ? "answer (score)" : "answer (\(kind))"))
          let stored = ["--allow-weak-teacher", "--alpha", "0.5"]
          try Distill.succeed(
            prediction(world, file + ".h5", output: file + "-student.h5", stored), in: folder)
          if kind == "logits" {
            #expect(
              try Disk.content("\(folder)/\(file)-student.h5")
                == Disk.content("\(folder)/\(task)-live.h5"), "\(task)")
          }
        }
      }
      let none = try Distill.run(
        [
          "predict", "--model", "regression-teacher.h5", "--input", "regression.tsv", "--json",
          "--probabilities",
        ], in: folder)
      #expect(none.status == 64)
      #expect(
        none.errors.contains("answers are no probabilities")
          && none.errors.contains(#""cure":"give --logits in their place""#))
    }
  }

  @Test func `rows for learning keep texts, name and right label of the rows they are of`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "id\tfirst\tsecond\tclass\nr1\tso good\tit is fine\tnegative\nr2\tso bad\tit is dull\t\n",
        to: folder + "/pairs.tsv")
      let said = try Distill.succeed(
        [
          "predict", "--model", world.artifact("student_folder"), "--input", "pairs.tsv",
          "--text-column", "first", "--pair-column", "second", "--label-column", "class", "--json",
          "--probabilities",
        ], in: folder)
      let objects = try said.lines.map { line in
        try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      }
      try #require(objects.count == 2)
      #expect(
        Set(objects[0].keys) == ["id", "sentence1", "sentence2", "label", "probabilities"])
      #expect(Set(objects[1].keys) == ["id", "sentence1", "sentence2", "probabilities"])
      #expect(objects[0]["label"] as? String == "negative", "the right one, not the model's own")
      let shares = try #require(objects[0]["probabilities"] as? [String: Double])
      #expect(Set(shares.keys) == ["negative", "positive"])
      #expect(abs(shares.values.reduce(0, +) - 1) < 1e-12)
    }
  }
}
