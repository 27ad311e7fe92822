import Foundation
import TestSupport
import Testing
import Transformer

/// `init` and `compress`: from a teacher and files to a pipeline that runs.
@Suite struct DraftCommandTests {
  private static let files = [
    "--train", "train.tsv", "--dev", "dev.tsv", "--test", "test.tsv", "--text", "text.txt",
  ]

  @Test func `what init writes has no fault, and runs to the end`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let made = try Distill.succeed(
        ["init", "mine.yaml", "--teacher", "encoder"] + Self.files, in: folder)
      #expect(made.output == "mine.yaml\n")
      #expect(made.errors.contains("train.tsv: texts in 'sentence', labels in 'label'"))
      #expect(made.errors.contains("2 classes: negative, positive"))
      #expect(made.errors.contains("it is fine-tuned on the rows first"))
      #expect(made.errors.contains("next: distill run mine.yaml"))
      let text = try Disk.text(folder + "/mine.yaml")
      // Teacher, prediction and baseline.
      #expect(text.split(separator: "load_best_model_at_end: true").count == 4)
      #expect(text.contains("# Effort usual: one pass over the raw text"))
      #expect(text.contains("pipeline: mine\n") && text.contains("  train_rows: train.tsv\n"))
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 110 })
      let plan = try Distill.object(["plan", "mine.yaml", "--json"], in: folder)
      let stages = try #require(plan["stages"] as? [[String: Any]])
      #expect(
        Set(stages.compactMap { $0["stage"] as? String }) == [
          "corpus", "dataset", "masked_language_model", "teacher", "general", "augment",
          "intermediate", "prediction", "baseline", "evaluate", "export",
        ])
      let again = try Distill.run(
        ["init", "mine.yaml", "--teacher", "encoder"] + Self.files, in: folder)
      #expect(again.status == 73 && again.errors.contains("replace it with --overwrite"))
      #expect(try Disk.text(folder + "/mine.yaml") == text)
      try Distill.succeed(
        ["init", "mine.yaml", "--overwrite", "--teacher", "encoder"] + Self.files, in: folder)
      try Distill.succeed(
        [
          "run", "mine.yaml", "--set", "stages.prediction.allow_weak_teacher=true",
          "--set", "stages.intermediate.allow_weak_teacher=true",
        ], in: folder)
      #expect(
        FileManager.default.fileExists(
          atPath: folder + "/.distill/mine/artifacts/student_folder/config.json"))
    }
  }

  @Test func `a teacher of the task is not fine-tuned, and its labels are held to the rows'`()
    throws
  {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try SmallWorld.writeEncoder(
        to: folder + "/teacher", head: .classification(labels: 2, style: .hf),
        labels: ["negative", "positive"])
      let made = try Distill.object(
        ["init", "--json", "--teacher", "teacher"] + Self.files, in: folder)
      #expect(made["teacher_is_fine_tuned"] as? Bool == false)
      #expect(made["schema"] as? String == "distill.init/1")
      let text = try Disk.text(folder + "/distill.yaml")
      #expect(!text.contains("run: finetune\n    inputs: { model: encoder"))
      #expect(text.contains("  teacher: teacher  # a teacher of classification\n"))
      try SmallWorld.writeEncoder(
        to: folder + "/unnamed", head: .classification(labels: 2, style: .hf),
        labels: ["LABEL_0", "LABEL_1"])
      let command = ["init", "other.yaml", "--teacher", "unnamed"] + Self.files
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--teacher-labels: the outputs of"))
      for cure in [["--teacher-labels", "negative,positive"], ["--finetune", "--overwrite"]] {
        try Distill.succeed(command + cure, in: folder)
      }
    }
  }

  @Test func `a budget decides how thorough it is, and one that is too small is told`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let command = ["init", "--json", "--overwrite", "--teacher", "encoder"] + Self.files
      let much = try Distill.object(command + ["--budget", "4w"], in: folder)
      #expect(much["effort"] as? String == "longest" && much["over_budget"] as? Bool == false)
      let little = try Distill.object(command + ["--budget", "0.001s"], in: folder)
      #expect(little["effort"] as? String == "shortest" && little["over_budget"] as? Bool == true)
      // A student that takes less time is advised where there is one.
      let words = command.filter { $0 != "--json" } + ["--budget", "0.001s"]
      let least = try Distill.succeed(words, in: folder).errors
      #expect(least.contains("more than --budget: give fewer rows"), "\(least)")
      var deep = SmallWorld.configuration
      deep.layerCount = 4
      try SmallWorld.writeEncoder(to: folder + "/deep", of: deep)
      let teacher = words.map { $0 == "encoder" ? "deep" : $0 }
      let large = try Distill.succeed(teacher + ["--student", "tinybert-4l-312"], in: folder).errors
      #expect(large.contains("give --student tinybert-3l-312, fewer rows"), "\(large)")
      let none = try Distill.run(command + ["--budget", "soon"], in: folder)
      #expect(none.status == 64 && none.errors.contains("such as 30m or 4h"))
    }
  }

  @Test func `a budget takes no effort of which it is not known what it costs`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      // So many rows that how many there are is not known before all are read.
      var rows = try Disk.text(folder + "/train.tsv").split(separator: "\n")
      let header = rows.removeFirst()
      let text = ([header] + (0..<100).flatMap { _ in rows }).joined(separator: "\n") + "\n"
      try Data(Packed.gzip(Array(text.utf8)))
        .write(to: URL(fileURLWithPath: folder + "/train.tsv.gz"))
      let command =
        ["init", "--json", "--overwrite", "--teacher", "encoder", "--budget", "4w"]
        + Self.files.map { $0 == "train.tsv" ? "train.tsv.gz" : $0 }
      let made = try Distill.object(command, in: folder)
      // A longer one would rewrite rows, which makes another stage of which nothing is known.
      #expect(made["effort"] as? String == "short" && made["over_budget"] as? Bool == false)
    }
  }

  @Test func `what rewriting words with tags costs is known before`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(String(repeating: "a good film\n", count: 50), to: folder + "/text.txt")
      let made = try Distill.object(
        [
          "init", "--json", "--teacher", world.folder + "/encoder", "--train",
          world.folder + "/train.conll", "--dev", world.folder + "/dev.conll", "--text", "text.txt",
          "--budget", "4w",
        ], in: folder)
      #expect(made["effort"] as? String == "longest")
      let plan = try Distill.object(["plan", "distill.yaml", "--json"], in: folder)
      let stages = try #require(plan["stages"] as? [[String: Any]])
      let augment = try #require(stages.first { $0["stage"] as? String == "augment" })
      let cost = try #require(augment["cost"] as? [String: Any])
      #expect(try #require(cost["seconds"] as? Double) > 0)
      #expect(try #require(cost["tokens"] as? Double) > 64, "\(cost)")
    }
  }

  @Test func `what is missing is told at once where nobody can be asked`() throws {
    let outcome = try Distill.run(["init", "nothing.yaml"], in: "/tmp")
    #expect(outcome.status == 64)
    #expect(
      outcome.errorLines.map { $0.prefix(20) } == ["distill: --teacher: ", "distill: --train: mi"])
  }

  @Test func `compress makes the folder in one command, and the next call has nothing to do`()
    throws
  {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try SmallWorld.writeEncoder(
        to: folder + "/teacher", head: .classification(labels: 2, style: .hf),
        labels: ["negative", "positive"])
      let command =
        ["compress", "--teacher", "teacher", "--output", "small"] + Self.files
        + [
          "--set", "stages.prediction.allow_weak_teacher=true",
          "--set", "stages.intermediate.allow_weak_teacher=true",
        ]
      let first = try Distill.succeed(command, in: folder)
      #expect(first.output.contains("student") && first.output.contains("baseline"))
      #expect(first.errors.contains("folder: small\n"))
      #expect(first.errors.hasSuffix("next: distill predict --model small --input FILE\n"))
      let answers = try Distill.succeed(
        ["predict", "--model", "small", "--input", "test.tsv"], in: folder)
      #expect(answers.lines.count == 24)
      let second = try Distill.succeed(command, in: folder)
      #expect(second.errors.contains("nothing to do") && second.output == first.output)
      #expect(
        second.errors.contains("small.distill/pipeline.yaml: the pipeline of an earlier call"))
      let plan = try Distill.object(
        ["plan", "small.distill/pipeline.yaml", "--json"], in: folder)
      #expect(plan["workspace"] as? String == "small.distill")
      let told = try Distill.object(command + ["--json"], in: folder)
      #expect(told["schema"] as? String == "distill.compress/1")
      #expect((told["metrics"] as? [String: Any])?["evaluate"] != nil)
    }
  }

  @Test func `without raw text the rows' own is learnt from, and that is said`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let made = try Distill.succeed(
        ["init", "--teacher", "encoder", "--train", "train.tsv", "--dev", "dev.tsv"], in: folder)
      #expect(made.errors.contains("no raw text is given"))
      try Distill.succeed(["plan", "distill.yaml"], in: folder)
      try Disk.write("the O\nfilm B-x\n\ngood O\nfilm B-x\n", to: folder + "/t.conll")
      let words = ["init", "words.yaml", "--teacher", "encoder", "--train", "t.conll"]
      let own = try Distill.succeed(words, in: folder)
      #expect(own.errors.contains("no raw text is given"))
      #expect(try !Disk.text(folder + "/words.yaml").contains("corpus_rows"))
      try Distill.succeed(words + ["--text", "text.txt", "--overwrite"], in: folder)
      try Distill.succeed(["plan", "words.yaml"], in: folder)
      // What entities are is learnt from other names too, and from as many sentences of the text as rows and
      // rewrites.
      let file = try Disk.text(folder + "/words.yaml")
      #expect(file.contains("augment_entities: true\n"))
      #expect(file.contains("corpus_rows: 18\n") && !file.contains("exclude:"))
      // What is scored is not learnt from.
      try Disk.write("good O\nfilm B-x\n", to: folder + "/d.conll")
      try Distill.succeed(
        words + ["--dev", "d.conll", "--text", "text.txt", "--overwrite"], in: folder)
      #expect(try Disk.text(folder + "/words.yaml").contains("exclude: rows }"))
      try Distill.succeed(["run", "words.yaml", "--until", "augment"], in: folder)
    }
  }
}
