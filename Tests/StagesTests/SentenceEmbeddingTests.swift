import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct SentenceEmbeddingTests {
  private let texts = [
    "the film was good and warm .", "The FILM was Bad, dull and cold!", "a storys warmly told ?",
    "so very very very very very very very very very very very very long", "good",
  ]

  private struct Vectors: Decodable {
    let vectors: [[Double]]
    let faults: [String]
    let modules: [String]
    let limit: Int
  }

  /// What sentence-transformers makes of the texts.
  private func oracle(_ models: [String], in folder: String) throws -> [Vectors] {
    let path = folder + "/texts.json"
    try Data(JSONEncoder().encode(texts)).write(to: URL(fileURLWithPath: path))
    let output = try PythonOracle.run("sentence_vectors.py", [path] + models)
    return try JSONDecoder().decode([Vectors].self, from: Data(output.utf8))
  }

  /// What `predict` says of them.
  private func vectors(_ model: String, in folder: String, _ more: [String] = []) throws
    -> [[Double]]
  {
    struct Row: Decodable { let embedding: [Double] }
    try Disk.write(texts.joined(separator: "\n") + "\n", to: folder + "/texts.txt")
    let outcome = try Distill.succeed(
      ["predict", "--model", model, "--input", "texts.txt", "--json"] + more, in: folder)
    return try outcome.lines.map {
      try JSONDecoder().decode(Row.self, from: Data($0.utf8)).embedding
    }
  }

  private func expectEqual(_ ours: [[Double]], _ theirs: [[Double]]) {
    #expect(ours.map(\.count) == theirs.map(\.count))
    let compared = Comparison(
      ours.flatMap { $0 }, theirs.flatMap { $0 },
      within: Tolerance(absolute: 1e-4, relative: 0))
    #expect(compared.isClose, "\(compared)")
  }

  @Test func `blank lines of plain text are no rows to learn from, and still lines to answer`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      try Disk.write("\n" + Disk.text(folder + "/train.txt") + " \n\n", to: folder + "/train.txt")
      let made = try Distill.succeed(SentenceFiles.dataset(world.folder + "/encoder"), in: folder)
      #expect(made.errors.contains("train_rows 48 "), "\(made.errors)")
      #expect(made.errors.contains("train.txt:1: 3 lines are blank (the first here); left out"))
      let answers = try Distill.succeed(
        ["predict", "--model", world.artifact("student"), "--input", "-"], in: folder,
        input: "a\n\nb\n")
      #expect(answers.lines.count == 3)
    }
  }

  @Test(
    .enabled(if: PythonOracle.isAvailable), arguments: [("mean", "no"), ("cls", "yes")])
  func `a folder of sentence-transformers teaches a student that it loads again`(
    mode: String, normalized: String
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      _ = try PythonOracle.run(
        "sentence_vectors.py",
        ["--make", mode, normalized, folder + "/teacher", world.folder + "/encoder"])
      // Its limit of 12 tokens cuts the fourth text.
      let taught = try oracle([folder + "/teacher"], in: folder)[0]
      #expect(taught.limit == 12)
      expectEqual(try vectors("teacher", in: folder), taught.vectors)

      try Distill.succeed(SentenceFiles.dataset("teacher"), in: folder)
      let student = world.artifact("general_student")
      let run = try Distill.succeed(
        SentenceFiles.prediction("teacher", student, output: "student.h5"), in: folder)
      #expect(run.errors.contains("reduced to 16 by their principal axes"))
      let table = try Distill.succeed(
        ["evaluate", "--teacher", "teacher", "--models", "student.h5", "--dataset", "rows.h5"],
        in: folder)
      #expect(table.output.contains("spearmanr") && table.output.contains("recall at 1"))
      try Distill.succeed(["export", "--model", "student.h5", "--output", "out"], in: folder)
      let exported = try oracle([folder + "/out"], in: folder)[0]
      #expect(exported.faults.isEmpty, "\(exported.faults)")
      #expect(
        exported.modules
          == ["Transformer", "Pooling"] + (normalized == "yes" ? ["Normalize"] : []))
      #expect(exported.limit == 12)
      for model in ["student.h5", "out"] {
        expectEqual(try vectors(model, in: folder), exported.vectors)
      }
      let inspected = try Distill.succeed(["inspect", "out"], in: folder)
      #expect(inspected.output.contains("embedding, \(mode)"))
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `a module that is not computed is named, and its encoder serves with a pooling`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try PythonOracle.run(
        "sentence_vectors.py",
        ["--make", "mean", "dense", folder + "/dense", world.folder + "/encoder"])
      try Disk.write("good\n", to: folder + "/texts.txt")
      let refused = try Distill.run(
        ["predict", "--model", "dense", "--input", "texts.txt"], in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("a model of sentence-transformers with the module Dense"))
      #expect(try vectors("dense", in: folder, ["--pooling", "mean"])[0].count == 32)
    }
  }

  @Test func `an encoder teaches by a pooling that is named; bits depend on no thread, no cache`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      let (student, pooling) = (world.artifact("general_student"), ["--pooling", "mean"])
      let refused = try Distill.run(
        SentenceFiles.prediction(encoder, student, output: "no.h5"), in: folder)
      #expect(refused.status == 65)
      #expect(
        refused.errors.contains(
          "the model has no pooling; say how its states become a vector with --pooling mean"))
      for threads in ["1", "2"] {
        try Distill.succeed(
          SentenceFiles.prediction(
            encoder, student, output: "\(threads).h5", pooling + ["--threads", threads]),
          in: folder)
      }
      #expect(try Disk.content(folder + "/1.h5") == Disk.content(folder + "/2.h5"))
      let other = try Distill.succeed(
        SentenceFiles.prediction(
          encoder, student, output: "cosine.h5", ["--pooling", "cls", "--embedding-loss", "cosine"]),
        in: folder)
      #expect(!other.errors.contains("is used"))
      #expect(try Disk.content(folder + "/cosine.h5") != Disk.content(folder + "/1.h5"))

      // Both phases: what the first keeps of the teacher is what the second learns.
      let both = try Distill.succeed(
        [
          "task", "--teacher", encoder, "--student", encoder, "--dataset", "rows.h5", "--output",
          "both.h5", "--allow-weak-teacher", "--num-train-epochs", "1",
        ] + pooling, in: folder)
      #expect(both.errors.contains("those kept by the intermediate phase are used"))
      #expect(!both.errors.contains("principal axes"))
      let scores = try Distill.succeed(
        [
          "evaluate", "--teacher", encoder, "--models", "both.h5", "--dataset", "rows.h5",
          "--splits", "train",
        ] + pooling, in: folder)
      #expect(scores.output.contains("teacher cosine"))
    }
  }

  @Test func `what vectors cannot be asked is refused in one line with a cure`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(SentenceFiles.dataset(encoder), in: folder)
      let student = world.artifact("general_student")
      func expect(_ arguments: [String], _ status: Int32, _ words: String) throws {
        let outcome = try Distill.run(arguments, in: folder)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
      }
      let pooling = ["--pooling", "mean"]
      try expect(
        ["finetune", "--model", encoder, "--dataset", "rows.h5", "--output", "x.h5"], 65,
        "does not learn from the answers of rows; let a student learn from a teacher: "
          + "distill prediction")
      try expect(
        SentenceFiles.prediction(encoder, student, output: "x.h5", pooling + ["--alpha", "0.5"]),
        64,
        "alpha: a model of sentence-embedding does not learn from the answers of rows")
      try expect(
        ["predict", "--model", encoder, "--input", "train.txt", "--pooling", "max"], 64,
        "--pooling: there is no pooling 'max'; name mean or cls")
      try expect(
        SentenceFiles.prediction(
          world.artifact("student"), encoder, output: "x.h5", ["--pooling", "mean"]), 64,
        "the student's vectors have 32 numbers, the teacher's 16")
      try expect(
        SentenceFiles.dataset(encoder, ["--labels", "a,b"]), 65,
        "have no names; leave the option out")
      try Disk.write(
        "sentence1,sentence2,label\na,b,high\n", to: folder + "/pairs.csv")
      try expect(
        SentenceFiles.dataset(encoder), 65, "pairs.csv:2: 1 pairs have no number for a label")
    }
  }

  @Test func `pairs to learn from are texts of their own, and can be rewritten`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SentenceFiles.write(in: folder)
      let encoder = world.folder + "/encoder"
      let made = try Distill.succeed(
        [
          "dataset", "--task", "sentence-embedding", "--train", "pairs.csv", "--dev", "train.txt",
          "--tokenizer", encoder, "--max-seq-length", "24", "--output", "rows.h5",
        ], in: folder)
      #expect(made.errors.contains("train.txt: 48 of 48 rows have no label"))
      let augmented = try Distill.succeed(
        [
          "augment", "--dataset", "rows.h5", "--masked-language-model",
          world.artifact("masked_language_model"), "--output", "more.h5", "--rewrites", "1",
        ], in: folder)
      #expect(augmented.status == 0)
      let reader = try ArtifactReader(path: folder + "/more.h5")
      #expect(!reader.contains("train/pair/bytes") && !reader.contains("train/numbers"))
      let rows = try reader.rows("train/second")
      #expect(rows > 32 && rows <= 64)
      // Predict: of a pair the cosine of both.
      let answers = try Distill.succeed(
        ["predict", "--model", encoder, "--pooling", "cls", "--input", "pairs.csv"], in: folder)
      #expect(answers.lines.count == 16)
      #expect(answers.lines.allSatisfy { abs(Double($0) ?? 9) <= 1.000001 })
    }
  }
}
