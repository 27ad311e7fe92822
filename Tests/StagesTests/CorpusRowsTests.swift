import Artifacts
import Compute
import Files
import TestSupport
import Testing
import Text
import Training

@testable import Stages

/// Rows without label that `augment` makes of a corpus.
@Suite struct CorpusRowsTests {
  private let text = """
    the songs was brightly and warm .
    we saw the film
    it was dull , so dull and grim and poor and weak and bad and cold

    a funny story
    qqq like x
    """

  /// Writes the text's corpus in a folder, and runs `augment` on a dataset with it.
  private func augmented(
    _ rows: String, in folder: String, length: String = "32", mode: String = "sentences",
    flags: [String] = []
  ) throws -> Program.Outcome {
    let world = try FinishedWorld.shared()
    let encoder = world.folder + "/encoder"
    try Disk.write(text, to: folder + "/text.txt")
    try Distill.succeed(
      [
        "corpus", "--text", "text.txt", "--tokenizer", encoder, "--max-seq-length", length,
        "--mode", mode, "--output",
        "corpus.h5", "--overwrite",
      ], in: folder)
    return try Distill.run(
      [
        "augment", "--dataset", rows, "--embedding-model", encoder, "--corpus", "corpus.h5",
        "--rewrites", "1", "--output", "more.h5",
      ] + flags, in: folder)
  }

  private func read(_ path: String) throws -> DatasetSplit {
    let tokenizer = try tokenizer()
    let (reader, description) = try DatasetArtifact.open(path)
    return try DatasetArtifact.read(
      reader, description, split: "train", vocabularySize: tokenizer.vocabularySize)
  }

  private func tokenizer() throws -> Tokenizer {
    try Tokenizer(folder: try FinishedWorld.shared().folder + "/encoder")
  }

  @Test
  func `sentences of text stand behind rows and rewrites, without label, as they were tokenised`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = world.artifact("rows")
      let outcome = try augmented(rows, in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errors.contains(
          "5 of 5 sequences of the corpus are rows without label, which a teacher answers"))
      try Distill.succeed(
        [
          "augment", "--dataset", rows, "--embedding-model", world.folder + "/encoder",
          "--rewrites",
          "1", "--output", "plain.h5",
        ], in: folder)
      let (made, plain) = (try read(folder + "/more.h5"), try read(folder + "/plain.h5"))
      let count = plain.texts.count
      #expect(made.texts.prefix(count) == plain.texts[...])
      #expect(made.sequences.prefix(count) == plain.sequences[...])
      #expect(made.targets.prefix(count) == plain.targets[...])
      let tokenizer = try tokenizer()
      let lines = text.split(separator: "\n").map(String.init)
      #expect(made.sequences.dropFirst(count).map(\.ids) == lines.map { tokenizer.encode($0).ids })
      #expect(made.targets.dropFirst(count) == [.none, .none, .none, .none, .none])
      #expect(made.texts[count] == "the songs was brightly and warm .")
      #expect(made.texts[count + 4] == "[UNK] like x")
      // Labels alone do not teach them, and that is said; a teacher does.
      let refused = try Distill.run(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "more.h5", "--output",
          "m.h5",
        ],
        in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("let a student learn from a teacher: distill task"))
      let student = try Distill.succeed(
        [
          "prediction", "--teacher", world.artifact("teacher"), "--student",
          world.artifact("general_student"), "--dataset", "more.h5", "--max-steps", "2", "--output",
          "student.h5",
        ], in: folder)
      #expect(student.errors.contains("\(count + 5) examples"), "\(student.errors)")
    }
  }

  @Test func `of words each that the tokenizer cuts is asked for`() throws {
    let tagged = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try augmented(tagged.folder + "/rows.h5", in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let made = try read(folder + "/more.h5")
      let (ignored, unknown) = (ignoredLabel, unknownLabel)
      // The second and the fourth word have two pieces; around the row stand special tokens.
      #expect(
        made.targets[made.targets.count - 5]
          == .tokenLabels(
            [
              ignored, unknown, unknown, ignored, unknown, unknown, ignored, unknown, unknown,
              unknown, ignored,
            ]))
      #expect(
        made.targets.last == .tokenLabels([ignored, unknown, unknown, unknown, ignored]))
      #expect(
        made.targets.dropLast(5).allSatisfy {
          if case .tokenLabels(let labels) = $0 { !labels.contains(unknown) } else { false }
        })
    }
  }

  @Test func `a part of the corpus is drawn by the seed, and a smaller one is a part of it`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var drawn: [[String]] = []
      for (count, seed) in [("2", "1"), ("2", "1"), ("3", "1"), ("2", "5"), ("9", "1")] {
        let outcome = try augmented(
          world.artifact("rows"), in: folder,
          flags: ["--corpus-rows", count, "--seed", seed, "--overwrite"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let made = try read(folder + "/more.h5")
        drawn.append(zip(made.texts, made.targets).filter { $1 == .none }.map(\.0))
      }
      #expect(drawn.map(\.count) == [2, 2, 3, 2, 5])
      #expect(drawn[0] == drawn[1] && Set(drawn[0]).isSubset(of: drawn[2]))
      #expect(drawn[0] != drawn[3])
      let refused = try Distill.run(
        [
          "augment", "--dataset", world.artifact("rows"), "--embedding-model",
          world.folder + "/encoder", "--corpus-rows", "2", "--output", "other.h5",
        ], in: folder)
      #expect(refused.status == 64 && refused.errors.contains("--corpus"))
    }
  }

  @Test func `rows that are there, held-out ones and sequences beyond the limit are left out`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let encoder = world.folder + "/encoder"
      try Disk.write("sentence\tlabel\na funny story\tx\na song\ty\n", to: folder + "/train.tsv")
      // Texts of the same ids: an accent, and what no piece spells.
      try Disk.write(
        "sentence\tlabel\nWé saw  the film\tx\n\u{1f600} like x\ty\n", to: folder + "/dev.tsv")
      let dataset = { (length: String) in
        [
          "dataset", "--train", "train.tsv", "--dev", "dev.tsv", "--tokenizer", encoder,
          "--max-seq-length", length, "--output", "rows.h5", "--overwrite",
        ]
      }
      try Distill.succeed(dataset("12"), in: folder)
      let outcome = try augmented("rows.h5", in: folder, flags: ["--corpus-rows", "9"])
      #expect(
        outcome.errors.contains(
          "1 of 5 sequences of the corpus are rows without label, which a teacher answers (9 were "
            + "asked for); left out: 1 are beyond max_seq_length, 2 are held-out rows, 1 are there "
            + "already"), "\(outcome.errors)")
      #expect(try read(folder + "/more.h5").texts.last == "the songs was brightly and warm .")
      // None fits: the cure makes a corpus that does.
      try Distill.succeed(dataset("4"), in: folder)
      let refused = try augmented("rows.h5", in: folder, flags: ["--overwrite"])
      #expect(refused.status == 65)
      #expect(
        refused.errors.contains(
          "corpus.h5: none of its 5 sequences can be a row: 5 are beyond max_seq_length; make it "
            + "with --max-seq-length 4 and --mode sentences of other text, or leave it out"),
        "\(refused.errors)")
      let mended = try augmented("rows.h5", in: folder, length: "4", flags: ["--overwrite"])
      #expect(mended.status == 0, "\(mended.errors)")
    }
  }

  @Test func `a plan knows that labels lack, and what a corpus adds`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      #expect(try augmented(world.artifact("rows"), in: folder).status == 0)
      func plan(_ stage: String, _ source: String = "") throws -> Program.Outcome {
        try Disk.write(
          """
          pipeline: p
          sources:
            rows: \(world.artifact("rows"))
            encoder: \(world.folder)/encoder
            corpus: corpus.h5
          \(source)
          stages:
            augment:
              inputs: { dataset: rows, embedding_model: encoder, corpus: corpus }
              output: more
              rewrites: 1
            next:
              \(stage)
              output: made
          """, to: folder + "/p.yaml")
        return try Distill.run(["plan", "p.yaml"], in: folder)
      }
      let refused = try plan(
        "run: finetune\n    inputs: { model: encoder, dataset: more }")
      #expect(refused.status == 65, "\(refused.output) \(refused.errors)")
      #expect(refused.errors.contains("its training rows have no labels, or some have none"))
      let taught = try plan(
        "run: prediction\n    inputs: { teacher: teacher, student: encoder, dataset: more }",
        "  teacher: \(world.artifact("teacher"))")
      #expect(taught.status == 0, "\(taught.errors)")
      #expect(!taught.output.contains("?"), "\(taught.output)")
    }
  }

  @Test func `pairs are made of sequences of two segments`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "sentence1\tsentence2\tlabel\nthe film\ta song\tx\na song\tthe film\ty\n",
        to: folder + "/train.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "train.tsv", "--tokenizer", world.folder + "/encoder", "--output",
          "rows.h5", "--max-seq-length", "32",
        ], in: folder)
      let refused = try augmented("rows.h5", in: folder)
      #expect(refused.status == 65)
      #expect(
        refused.errors.contains(
          "corpus.h5: holds single texts alone, and the rows are pairs; make it with --mode pairs, or leave it out"
        ),
        "\(refused.errors)")
      let made = try augmented("rows.h5", in: folder, mode: "pairs")
      #expect(made.status == 0, "\(made.errors)")
      let rows = try read(folder + "/more.h5")
      #expect(rows.pairs.count == rows.texts.count && rows.targets.last == Target.none)
      let tokenizer = try tokenizer()
      for index in rows.texts.indices where rows.targets[index] == .none {
        #expect(!rows.pairs[index].isEmpty && !rows.texts[index].isEmpty)
        #expect(
          rows.sequences[index]
            == TokenizedRow(tokenizer.encode(rows.texts[index], rows.pairs[index]))
            || rows.texts[index].contains("[UNK]") || rows.pairs[index].contains("[UNK]"))
      }
      // The other way round, pairs are no single texts.
      let other = try augmented(
        world.artifact("rows"), in: folder, mode: "pairs", flags: ["--overwrite"])
      #expect(
        other.status == 65 && other.errors.contains("are of another number of segments"),
        "\(other.errors)")
    }
  }
}
