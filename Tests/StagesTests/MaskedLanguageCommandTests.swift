import Foundation
import HDF5
import TestSupport
import Testing

/// Masked language modelling as a task, from text to scores.
@Suite struct MaskedLanguageCommandTests {
  /// Texts of the small world in `train.txt`, `dev.txt` and `test.wiki`, the last as WikiText writes.
  private func write(in folder: String) throws {
    var numbers = ArbitraryNumbers(31)
    func sentences(_ count: Int) -> [String] {
      (0..<count).map { SmallWorld.sentence(isGood: $0 % 2 == 0, &numbers) }
    }
    try Disk.write(sentences(48).joined(separator: "\n") + "\n", to: folder + "/train.txt")
    // A blank line ends a document and is no row; one text is two sequences.
    let long = sentences(6).joined(separator: " ")
    try Disk.write(
      (sentences(12) + ["", long]).joined(separator: "\n") + "\n", to: folder + "/dev.txt")
    try Disk.write(sentences(10).joined(separator: "\n") + "\n", to: folder + "/test.txt")
  }

  private func dataset(_ encoder: String, _ more: [String] = [], output: String = "rows.h5")
    -> [String]
  {
    [
      "dataset", "--task", "masked-language", "--train", "train.txt", "--dev", "dev.txt", "--test",
      "test.txt", "--tokenizer", encoder, "--max-seq-length", "32", "--output", output,
    ] + more
  }

  private func finetune(
    _ model: String, output: String, rate: String = "5e-3", _ more: [String] = []
  ) -> [String] {
    [
      "finetune", "--objective", "masked-language", "--model", model, "--dataset", "rows.h5",
      "--output", output, "--learning-rate", rate, "--num-train-epochs", "4",
    ] + SmallWorld.flags(SmallWorld.batch) + more
  }

  /// What transformers makes of the same rows.
  private struct Told: Decodable {
    let perplexity: Double
    let accuracy: Double
    let answers: [Int]
    let losses: [Double]
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `perplexity, accuracy and every answer are those of transformers on the same masked rows`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      let made = try Distill.succeed(dataset(world.folder + "/encoder"), in: folder)
      #expect(made.errors.contains("dev.txt: ") && made.errors.contains("1 long texts are several"))
      let student = world.artifact("general_student")
      let trained = try Distill.succeed(
        finetune(world.folder + "/encoder", output: "teacher.h5", ["--load-best-model-at-end"]),
        in: folder)
      #expect(trained.errors.contains("perplexity"))
      try Distill.succeed(finetune(student, output: "student.h5"), in: folder)
      for model in ["teacher", "student"] {
        try Distill.succeed(["export", "--model", model + ".h5", "--output", model], in: folder)
      }
      let metrics = try Distill.object(
        [
          "evaluate", "--teacher", "teacher.h5", "--models", "student.h5", "--dataset", "rows.h5",
          "--output", "answers.h5", "--json",
        ], in: folder)
      let scores = try #require(metrics["evaluate"] as? [String: Double])
      let output = try PythonOracle.run(
        "masked_language.py", [folder + "/rows.h5", folder + "/teacher", folder + "/student"])
      let told = try JSONDecoder().decode([[String: Told]].self, from: Data(output.utf8))
      let answers = try ArtifactReader(path: folder + "/answers.h5")
      for (model, splits) in zip(["teacher", "student"], told) {
        for split in ["dev", "test"] {
          let known = try #require(splits[split])
          let perplexity = try #require(scores["\(model).\(split)_perplexity"])
          #expect(abs(perplexity - known.perplexity) <= 1e-4 * known.perplexity)
          let accuracy = try #require(scores["\(model).\(split)_accuracy"])
          #expect(abs(accuracy - known.accuracy) < 1e-12)
          let values = try answers.floats("logits/\(model)/\(split)")
          #expect(
            stride(from: 1, to: values.count, by: 2).map { Int(values[$0]) } == known.answers)
          let losses = stride(from: 0, to: values.count, by: 2).map { values[$0] }
          let compared = Comparison(
            losses, known.losses, within: Tolerance(absolute: 1e-4, relative: 1e-4))
          #expect(compared.isClose, "\(compared)")
        }
        // Text that a model has learnt from is no longer a riddle: 36 words as probable would be 36.
        if model == "teacher" { #expect((splits["dev"]?.perplexity ?? 99) < 20) }
      }
      #expect(scores["student.dev_agreement"] != nil)
      #expect(scores["student.dev_perplexity_difference"] != nil)
      // The exported folder is a model of the task too.
      let table = try Distill.succeed(
        ["evaluate", "--models", "student", "--dataset", "rows.h5"], in: folder)
      #expect(table.output.contains("perplexity") && table.output.contains("95 %"))
    }
  }

  @Test func `what is hidden hangs on seed and text alone, and layouts are those of a corpus`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      let encoder = world.folder + "/encoder"
      for threads in ["1", "2"] {
        try Distill.succeed(
          dataset(encoder, ["--threads", threads], output: threads + ".h5"), in: folder)
      }
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))
      try Distill.succeed(dataset(encoder, ["--seed", "7"], output: "7.h5"), in: folder)
      let (one, other) = (
        try ArtifactReader(path: folder + "/1.h5"), try ArtifactReader(path: folder + "/7.h5")
      )
      #expect(try one.rows("dev/text/offsets") == 14 && one.rows("dev/offsets") == 15)
      func hidden(_ file: ArtifactReader) throws -> (labels: [Int32], whole: [Int32]) {
        let (ids, labels) = (
          try file.int32s("dev/ids"), try file.int32s("dev/token_labels/values")
        )
        return (labels, zip(ids, labels).map { $1 >= 0 ? $1 : $0 })
      }
      #expect(try hidden(one).labels != hidden(other).labels)
      #expect(try hidden(one).whole == hidden(other).whole)

      let dev = try Disk.text(folder + "/dev.txt").replacing(" and ", with: " @-@ ")
        .replacing("film", with: "<unk>")
      try Disk.write(" = A story = \n\n" + dev, to: folder + "/dev.txt")
      let wiki = try Distill.succeed(
        dataset(encoder, ["--layout", "wikitext"], output: "wiki.h5"), in: folder)
      #expect(wiki.errors.contains("heading"))
      let reader = try ArtifactReader(path: folder + "/wiki.h5")
      #expect(try reader.rows("dev/text/offsets") == 14)
      let bytes = try reader.bytes("dev/text/bytes")
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("[UNK]") && !text.contains("@") && !text.contains("="))
    }
  }

  @Test
  func `a corpus is learnt while rows choose the best model, with the same bits on any threads`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(dataset(encoder), in: folder)
      let corpus = ["--corpus", world.artifact("corpus")]
      let best = [
        "--load-best-model-at-end", "--metric-for-best-model", "perplexity",
        "--early-stopping-patience", "1",
      ]
      for threads in ["1", "2"] {
        let run = try Distill.succeed(
          finetune(
            encoder, output: threads + ".h5", rate: "0.3",
            corpus + best + ["--threads", threads]), in: folder)
        #expect(run.errors.contains("stopped early"), "\(run.errors)")
      }
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))

      // Without scores the rows change nothing: the bits of a corpus alone.
      let alone = finetune(encoder, output: "alone.h5", corpus)
        .filter { !["--dataset", "rows.h5"].contains($0) }
      try Distill.succeed(alone, in: folder)
      try Distill.succeed(finetune(encoder, output: "scored.h5", corpus), in: folder)
      func weights(_ name: String) throws -> [Float] {
        try ArtifactReader(path: folder + "/" + name).floats(
          "weights/cls.predictions.transform.dense.weight")
      }
      #expect(try weights("alone.h5") == weights("scored.h5"))
    }
  }

  @Test func `a teacher is asked for hidden tokens in every step`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      try Distill.succeed(dataset(world.folder + "/encoder"), in: folder)
      try Distill.succeed(
        finetune(world.folder + "/encoder", output: "teacher.h5"), in: folder)
      let student = world.artifact("general_student")
      for threads in ["1", "2"] {
        let run = try Distill.succeed(
          [
            "prediction", "--teacher", "teacher.h5", "--student", student, "--dataset", "rows.h5",
            "--output", threads + ".h5", "--threads", threads, "--alpha", "0.5",
          ] + SmallWorld.flags(SmallWorld.prediction) + SmallWorld.flags(SmallWorld.batch),
          in: folder)
        #expect(run.errors.contains("teacher perplexity"), "\(run.errors)")
        #expect(!Disk.files(folder).contains { $0.contains("teacher-logits") })
      }
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))
      // Both phases; nothing of the teacher is kept between them.
      let both = try Distill.succeed(
        [
          "task", "--teacher", "teacher.h5", "--student", student, "--dataset", "rows.h5",
          "--output", "both.h5", "--num-train-epochs", "1",
        ], in: folder)
      #expect(!both.errors.contains("are used"))
      let weak = try Distill.run(
        [
          "prediction", "--teacher", world.artifact("masked_language_model"), "--student", student,
          "--dataset", "rows.h5", "--output", "x.h5", "--max-steps", "1",
        ], in: folder)
      #expect(weak.status == 0 || weak.errors.contains("a guess among the tokens that occur"))
    }
  }

  @Test func `what the task cannot do is refused in one line with a cure`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(dataset(encoder), in: folder)
      func expect(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let outcome = try Distill.run(arguments, in: folder)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
      }
      let model = world.artifact("masked_language_model")
      for (option, words) in [
        ("--pair-column", "given for masked-language, whose rows are texts alone"),
        ("--label-column", "given for masked-language, whose rows are texts alone"),
        ("--labels", "given for masked-language, whose rows are texts alone"),
        ("--label-separator", "given for masked-language, whose rows are texts alone"),
      ] {
        try expect(dataset(encoder, [option, "a"]), 64, option + ": " + words)
      }
      try expect(dataset(encoder, ["--skip-malformed-rows"]), 64, "--skip-malformed-rows: given")
      try expect(dataset(encoder, ["--format", "conll"]), 64, "conll holds words with tags")
      try expect(
        dataset(encoder, ["--layout", "wikitext", "--split-special-tokens"]), 64,
        "given beside layout wikitext")
      try expect(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", encoder, "--layout",
          "wikitext", "--output", "x.h5",
        ], 64, "--layout: given for classification, whose rows are no raw text")
      try expect(
        ["evaluate", "--models", world.artifact("general_student"), "--dataset", "rows.h5"], 65,
        "the model has no masked-language head; fine-tune it first: distill finetune --objective "
          + "masked-language")
      try expect(
        ["evaluate", "--models", world.artifact("student"), "--dataset", "rows.h5"], 65,
        "its logits are for classification, the dataset is for masked-language")
      try expect(
        ["evaluate", "--models", model, "--dataset", world.artifact("rows")], 65,
        "the model has no classifier; fine-tune it first")
      try expect(
        ["predict", "--model", model, "--input", "dev.txt"], 65,
        "answers with words of its vocabulary, not for texts; score it with distill evaluate, or "
          + "fine-tune it for a task: distill finetune")
      try expect(
        [
          "augment", "--dataset", "rows.h5", "--masked-language-model", model, "--output", "x.h5",
        ], 64, "have words hidden, which a rewrite would not know; train on the rows as they are")
      try expect(
        finetune(encoder, output: "x.h5").map {
          $0 == "masked-language" ? "regression" : $0
        }, 64, "the dataset is for masked-language, not for regression; leave the option out")
      try expect(
        finetune(encoder, output: "x.h5", ["--metric-for-best-model", "f1"]), 65,
        "`f1` is not measured here; name one of perplexity, accuracy")
      // The cures work.
      let left = finetune(encoder, output: "y.h5", ["--max-steps", "1"])
        .filter { !["--objective", "masked-language"].contains($0) }
      let made = try Distill.succeed(left, in: folder)
      #expect(made.errors.contains("distill evaluate --models y.h5 --dataset rows.h5"))
      try Distill.succeed(["evaluate", "--models", model, "--dataset", "rows.h5"], in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", model, "--dataset", world.artifact("rows"), "--output", "z.h5",
          "--max-steps", "1",
        ], in: folder)
    }
  }
}
