import Artifacts
import Files
import Foundation
import HDF5
import TestSupport
import Testing

/// Corpora of pairs and of cleaned text, from the command line to what models learn from them.
@Suite struct CorpusModesTests {
  /// Documents of sentences of the small world in `text.txt`.
  private func write(in folder: String, repeating: Int = 1) throws {
    var numbers = ArbitraryNumbers(41)
    let documents = (0..<40).map { number in
      (0..<1 + number % 7).map { _ in SmallWorld.sentence(isGood: number % 2 == 0, &numbers) }
        .joined(separator: "\n")
    }
    let text = documents.joined(separator: "\n\n") + "\n\n"
    try Disk.write(String(repeating: text, count: repeating), to: folder + "/text.txt")
  }

  private func corpus(_ world: FinishedWorld, _ more: [String], output: String = "c.h5")
    -> [String]
  {
    [
      "corpus", "--text", "text.txt", "--tokenizer", world.folder + "/encoder", "--output", output,
      "--max-seq-length", "32",
    ] + more
  }

  private func general(_ world: FinishedWorld, corpus: String, output: String = "s.h5") -> [String]
  {
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus", corpus, "--output", output,
      "--max-steps", "2",
    ]
      + SmallWorld.flags(SmallWorld.general.filter { $0.key != "num_train_epochs" })
  }

  @Test func `pairs are made, told, stored and learnt from`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder)
      try Distill.succeed(corpus(world, ["--mode", "mixed"]), in: folder)
      let reader = try ArtifactReader(path: folder + "/c.h5")
      let (offsets, second) = (try reader.int64s("offsets"), try reader.int32s("second"))
      let ids = try reader.int32s("ids")
      #expect(second.count == offsets.count - 1)
      var pairs = 0
      for (number, start) in second.enumerated() {
        let sequence = ids[Int(offsets[number])..<Int(offsets[number + 1])]
        #expect(sequence.count <= 32 && start <= sequence.count && start > 2)
        #expect(sequence[sequence.startIndex + Int(start) - 1] == 3 && sequence.last == 3)
        if start < sequence.count { pairs += 1 }
      }
      #expect(pairs > 10 && pairs < second.count)
      let told = try Distill.succeed(["inspect", "c.h5"], in: folder).lines
      #expect(told.contains { $0.hasPrefix("pairs: \(pairs), ") }, "\(told)")
      #expect(told.contains { $0.hasPrefix("lengths up to: shortest ") }, "\(told)")

      try Distill.succeed(general(world, corpus: "c.h5"), in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--corpus", "c.h5", "--objective",
          "masked-language", "--output", "m.h5", "--max-steps", "2",
        ], in: folder)

      // Another seed mixes otherwise; the modes without pairs have nothing of them.
      try Distill.succeed(
        corpus(world, ["--mode", "mixed", "--seed", "7"], output: "d.h5"), in: folder)
      #expect(try ArtifactReader(path: folder + "/d.h5").contentDigest != reader.contentDigest)
      try Distill.succeed(corpus(world, ["--mode", "packed"], output: "e.h5"), in: folder)
      #expect(try !ArtifactReader(path: folder + "/e.h5").contains("second"))
    }
  }

  @Test func `text of one document is told to have no other`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("the film is good .\nthe cast was bad .\n", to: folder + "/text.txt")
      let made = try Distill.succeed(corpus(world, ["--mode", "pairs"]), in: folder)
      #expect(
        made.errors.contains(
          "no second text is of another document: a blank line, or a row, ends a document, and there "
            + "is one only"), "\(made.errors)")
      try Disk.write("the film is good .\n", to: folder + "/text.txt")
      let single = try Distill.succeed(
        corpus(world, ["--mode", "pairs"], output: "d.h5"), in: folder)
      #expect(single.errors.contains("1 sentence found no second text and stays single"))
    }
  }

  @Test func `what is repeated, held out, short or no prose is left out and counted`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let lines = [
        "the film is good", "the  FILM is good", "the cast was bad", "a good song", "x = 1 + 2 ;",
        "it was the end", "so funny",
        "the scene was dull and the plot was weak but the end was fine",
      ]
      try Disk.write(lines.joined(separator: "\n") + "\n", to: folder + "/text.txt")
      try Disk.write(
        "sentence\tlabel\nThe cast was bad.\tnegative\n"
          + "we saw the scene was dull and the plot was weak\tnegative\n", to: folder + "/dev.tsv")
      try Disk.write("It was the end!\n", to: folder + "/test.txt")
      let made = try Distill.succeed(
        corpus(
          world,
          [
            "--drop-duplicates", "exact", "--min-words", "3", "--prose-only", "--exclude",
            "dev.tsv",
            "--exclude", "test.txt",
          ]), in: folder)
      for line in [
        "1 sentence left out: fewer than 3 words", "1 sentence left out: no prose",
        "3 sentences left out: the words of one of 3 held-out texts, or 8 in a row of it",
        "1 sentence left out: repeated",
      ] { #expect(made.errors.contains(line), "\(line) in \(made.errors)") }
      #expect(try ArtifactReader(path: folder + "/c.h5").rows("offsets") == 3)

      // A dataset's development and test rows, not its training rows.
      let rows = try Disk.text(world.folder + "/dev.tsv").split(separator: "\n").dropFirst()
        .map { $0.split(separator: "\t")[0] }
      let taught = try Disk.text(world.folder + "/train.tsv").split(separator: "\n")[1]
        .split(separator: "\t")[0]
      try Disk.write(
        (rows + [taught, "z z z"]).joined(separator: "\n") + "\n", to: folder + "/text.txt")
      let other = try Distill.succeed(
        corpus(world, ["--exclude", world.artifact("rows")], output: "d.h5"), in: folder)
      #expect(other.errors.contains("sentences left out: the words of one of 48 held-out texts"))
      let count = try ArtifactReader(path: folder + "/d.h5").rows("offsets") - 1
      #expect((1...2).contains(count))

      // A held-out row is never left out for its form, as a row that is learnt from may be.
      try Disk.write(
        "sentence\tlabel\nso funny\tpositive\nso\tdull\tnegative\n", to: folder + "/odd.tsv")
      try Disk.write("it was the end\n", to: folder + "/text.txt")
      let odd = try Distill.run(
        corpus(world, ["--skip-malformed-rows", "--exclude", "odd.tsv"], output: "e.h5"), in: folder
      )
      #expect(
        odd.status == 65
          && odd.errors.contains("odd.tsv:3: has 3 columns, the header has 2; correct the row\n"),
        "\(odd.errors)")

      let none = try Distill.run(
        corpus(world, ["--min-words", "9"], output: "f.h5"), in: folder)
      #expect(none.status == 65)
      #expect(
        none.errors.contains("no text in it, or all was left out; give at least one sentence"))
    }
  }

  @Test func `near repetitions are left out`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write(in: folder, repeating: 3)
      let made = try Distill.succeed(corpus(world, ["--drop-duplicates", "near"]), in: folder)
      #expect(made.errors.contains("left out: nearly the same as one before"), "\(made.errors)")
      let sentences = try Disk.text(folder + "/text.txt").split(separator: "\n").count
      let count = try ArtifactReader(path: folder + "/c.h5").rows("offsets") - 1
      #expect(count <= sentences / 3)
    }
  }

  @Test func `a task that uses what general distillation never showed is told so`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var numbers = ArbitraryNumbers(43)
      try write(in: folder)
      var rows = "sentence1\tsentence2\tlabel\n"
      for row in 0..<32 {
        let texts = (0..<2).map { _ in SmallWorld.sentence(isGood: row % 2 == 0, &numbers) }
        rows += "\(texts[0])\t\(texts[1])\t\(row % 2)\n"
      }
      try Disk.write(rows, to: folder + "/train.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "train.tsv", "--tokenizer", world.folder + "/encoder", "--output",
          "rows.h5", "--max-seq-length", "32",
        ], in: folder)
      let finetune = { (model: String, output: String) in
        [
          "finetune", "--model", model, "--dataset", "rows.h5", "--output", output, "--max-steps",
          "1",
        ]
      }
      try Distill.succeed(corpus(world, ["--limit", "5"]), in: folder)
      try Distill.succeed(general(world, corpus: "c.h5"), in: folder)
      let told = try Distill.succeed(finetune("s.h5", "m.h5"), in: folder)
      #expect(
        told.errors.contains(
          "s.h5: its general distillation saw no second segments and no sequence of more than "),
        "\(told.errors)")
      let cure = "distill corpus --mode mixed --max-seq-length"
      #expect(told.errors.contains(cure), "\(told.errors)")

      // The cure.
      try Distill.succeed(
        corpus(world, ["--mode", "mixed"], output: "d.h5"), in: folder)
      try Distill.succeed(general(world, corpus: "d.h5", output: "t.h5"), in: folder)
      let cured = try Distill.succeed(finetune("t.h5", "n.h5"), in: folder)
      #expect(!cured.errors.contains("general distillation saw"), "\(cured.errors)")
      // Of an encoder from elsewhere nothing is known.
      let foreign = try Distill.succeed(finetune(world.folder + "/encoder", "o.h5"), in: folder)
      #expect(!foreign.errors.contains("general distillation saw"), "\(foreign.errors)")
    }
  }
}
