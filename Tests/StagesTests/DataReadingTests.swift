import Foundation
import HDF5
import Pipelines
import Stages
import TestSupport
import Testing
import Text

/// Files as they come: packed, without header, in part, through standard input, in GLUE's folders.
@Suite struct DataReadingTests {
  private func dataset(
    _ world: FinishedWorld, _ train: String, _ more: [String] = [], in folder: String,
    output: String = "rows.h5", input: String = ""
  ) throws -> Program.Outcome {
    try Distill.succeed(
      ["dataset", "--train", train, "--tokenizer", world.folder + "/encoder", "--output", output]
        + more, in: folder, input: input)
  }

  /// The texts of a split.
  private func texts(_ path: String, _ split: String = "train") throws -> [String] {
    let reader = try ArtifactReader(path: path)
    let bytes = try reader.bytes("\(split)/text/bytes")
    let offsets = try reader.int64s("\(split)/text/offsets").map { Int($0) }
    return zip(offsets, offsets.dropFirst()).map { String(decoding: bytes[$0..<$1], as: UTF8.self) }
  }

  @Test func `packed rows, and rows without header, are the dataset that plain ones are`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let bytes = Array(RowFiles.headed.utf8)
      try RowFiles.write(bytes, folder, "rows.tsv")
      try RowFiles.write(Packed.gzip(bytes), folder, "rows.tsv.gz")
      try RowFiles.write(Packed.zstd(bytes), folder, "rows.tsv.zst")
      try RowFiles.write(Packed.gzip(bytes), folder, "packed.tsv")
      try RowFiles.write(
        "x\t" + RowFiles.rows.replacing("\n", with: "\nx\t").dropLast(2), folder, "bare.tsv")
      var digests: Set<String> = []
      for name in ["rows.tsv", "rows.tsv.gz", "rows.tsv.zst", "packed.tsv"] {
        _ = try dataset(world, name, in: folder, output: name + ".h5")
        digests.insert(try Disk.content("\(folder)/\(name).h5"))
      }
      _ = try dataset(world, "bare.tsv", ["--columns", "_,sentence,label"], in: folder)
      digests.insert(try Disk.content("\(folder)/rows.h5"))
      #expect(digests.count == 1)

      let plain = try Distill.succeed(
        ["predict", "--model", world.artifact("student"), "--input", "rows.tsv"], in: folder)
      for more in [
        ["rows.tsv.zst"], ["bare.tsv", "--columns", "_,sentence,label"],
      ] {
        let same = try Distill.succeed(
          ["predict", "--model", world.artifact("student"), "--input"] + more, in: folder)
        #expect(same.output == plain.output && same.lines.count == 40)
      }
    }
  }

  @Test func `a packed corpus is that of the plain text`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let text = [UInt8](try Disk.bytes(world.folder + "/text.txt"))
      try RowFiles.write(Packed.zstd(text), folder, "text.txt.zst")
      try Distill.succeed(
        Command.corpus(world, text: "text.txt.zst", output: "c.h5") + ["--max-seq-length", "32"],
        in: folder)
      #expect(
        try Disk.content(folder + "/c.h5") == Disk.content(world.artifact("corpus")))
    }
  }

  @Test func `a limit draws training rows by the seed, a smaller one a part of them`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try RowFiles.write(RowFiles.headed, folder, "rows.tsv")
      let sample = { (limit: String, more: [String]) in
        let outcome = try dataset(
          world, "rows.tsv", ["--dev", "rows.tsv", "--limit", limit] + more, in: folder)
        return (try texts(folder + "/rows.h5"), outcome.errors)
      }
      let all = try sample("40", [])
      #expect(all.1.contains("rows.tsv: --limit 40: it has 40 rows, and all are taken"))
      let (twenty, told) = try sample("50%", [])
      #expect(
        told.contains(
          "rows.tsv: --limit 50%: 20 of 40 rows are taken, drawn by the seed; the other splits stay "
            + "whole"))
      #expect(twenty.count == 20 && twenty == all.0.filter(Set(twenty).contains))
      #expect(twenty != Array(all.0.prefix(20)))
      let (five, _) = try sample("5", [])
      #expect(five.count == 5 && Set(five).isSubset(of: twenty))
      #expect(try texts(folder + "/rows.h5", "dev").count == 40)
      #expect(try sample("50%", ["--seed", "7"]).0 != twenty)
      #expect(try sample("50%", []).0 == twenty)
      let shown = try Distill.object(["metrics", "show", "rows.h5", "--json"], in: folder)
      let metrics = try #require(shown["dataset"] as? [String: Double])
      #expect(metrics["train_rows"] == 20 && metrics["train_rows_read"] == 40)
    }
  }

  @Test func `labels are those of all rows, and one that no drawn row has is told`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try RowFiles.write(RowFiles.headed + "rare\t2\n", folder, "rows.tsv")
      try RowFiles.write("sentence\tlabel\nrare\t2\n", folder, "dev.tsv")
      let outcome = try dataset(
        world, "rows.tsv", ["--dev", "dev.tsv", "--limit", "1"], in: folder)
      #expect(outcome.errors.contains("none is left of the label"))
      #expect(try ArtifactReader(path: folder + "/rows.h5").int32s("dev/labels") == [2])
    }
  }

  @Test func `a limit on words keeps the tags of all sentences in one scheme`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // IOB1: an entity begins with I unless another one of its kind ends before it.
      let rows = (0..<20).map {
        "the O\nfilm I-\($0 % 3 == 0 ? "RARE" : "THING")\nis O\ncast I-CAST\n"
      }
      try RowFiles.write(rows.joined(separator: "\n"), folder, "rows.conll")
      let task = ["--task", "token-classification", "--dev", "rows.conll"]
      _ = try dataset(world, "rows.conll", task, in: folder, output: "all.h5")
      let outcome = try dataset(world, "rows.conll", task + ["--limit", "1"], in: folder)
      #expect(outcome.errors.contains("--limit 1: 1 of 20 rows are taken"))
      let labels = { (name: String) in
        let configuration = try ArtifactReader(path: folder + "/" + name).configuration
        return String(decoding: configuration, as: UTF8.self).firstMatch(of: /"labels":\[.*?\]/)
          .map { String($0.output) }
      }
      #expect(try labels("rows.h5") == labels("all.h5"))
      #expect(try labels("all.h5")?.contains("B-RARE") == true)
    }
  }

  @Test func `a limit takes the first sentences of a corpus, or the first share of each file`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try RowFiles.write((0..<30).map { "a film \($0)\n" }.joined(), folder, "a.txt")
      try RowFiles.write((0..<10).map { "the cast \($0)\n" }.joined(), folder, "b.txt")
      let corpus = { (limit: String) in
        let outcome = try Distill.succeed(
          Command.corpus(world, text: "a.txt", output: "c.h5")
            + ["--text", "b.txt", "--limit", limit], in: folder)
        let offsets = try ArtifactReader(path: folder + "/c.h5").int64s("offsets")
        return (offsets.count - 1, outcome.errors)
      }
      let (some, first) = try corpus("33")
      #expect(some == 33)
      #expect(
        first.contains(
          "2 files: --limit 33: the first 33 sentences are taken, what follows is not read"))
      let (share, told) = try corpus("10%")
      #expect(share == 4)
      #expect(told.contains("a.txt: --limit 10%: the first 3 of 30 sentences are taken"))
      #expect(told.contains("b.txt: --limit 10%: the first 1 of 10 sentences are taken"))
      let (all, whole) = try corpus("1000")
      #expect(all == 40)
      #expect(whole.contains("--limit 1000: there are 40 sentences, and all are taken"))
    }
  }

  @Test func `WikiText becomes paragraphs of articles, with the tokenizer's unknown token`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try RowFiles.write(
        " \n = Title = \n \n the <unk> film \n = = Part = = \n a song \n = Next = \n the cast \n",
        folder, "wiki.txt")
      let outcome = try Distill.succeed(
        Command.corpus(world, text: "wiki.txt", output: "c.h5")
          + ["--layout", "wikitext", "--mode", "packed"], in: folder)
      let ids = try ArtifactReader(path: folder + "/c.h5").int32s("ids")
      let id = { Int32(SmallWorld.vocabulary.firstIndex(of: $0) ?? -1) }
      #expect(
        ids == [
          2, id("the"), 1, id("film"), id("a"), id("song"), 3, 2, id("the"), id("cast"), 3,
        ])
      #expect(outcome.errors.contains("wiki.txt:2: 3 headings are no sentences"))
      #expect(outcome.errors.contains("wiki.txt:4: 1 word is <unk>"))
    }
  }

  @Test func `standard input is a file of the workspace that is called by its content`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try RowFiles.write(RowFiles.headed, folder, "rows.tsv")
      _ = try dataset(world, "rows.tsv", in: folder, output: "plain.h5")
      let piped = { (text: String) in
        try dataset(world, "-", ["--format", "tsv"], in: folder, input: text).errors
      }
      #expect(try piped(RowFiles.headed).contains("1 stage run"))
      #expect(try Disk.content(folder + "/rows.h5") == Disk.content(folder + "/plain.h5"))
      // The same text is the same input.
      #expect(try piped(RowFiles.headed).contains("nothing to do"))
      #expect(try piped(RowFiles.headed + "more\t1\n").contains("1 stage run"))
      let kept = {
        Disk.files(folder + "/rows.h5.distill").filter { $0.hasPrefix("standard-input-") }
      }
      #expect(kept().count == 2)
      let cleaned = try Distill.succeed(["clean", "rows.h5.distill"], in: folder)
      #expect((cleaned.output + cleaned.errors).contains("standard input that no stage"))
      #expect(kept().count == 1)
      #expect(try piped(RowFiles.headed + "more\t1\n").contains("nothing to do"))

      let corpus = try Distill.succeed(
        Command.corpus(world, text: "-", output: "c.h5"), in: folder, input: "a film\nthe cast\n")
      #expect(corpus.errors.contains("standard input is kept as c.h5.distill/standard-input-"))
    }
  }

  /// A header and a row of a task's training file, and of its test file, as published.
  private static let glue: [(GlueTask, train: String, test: String)] = [
    (.cola, "gj04\t1\t\tA film.\ngj04\t0\t*\tA cast.\n", "index\tsentence\n0\tA film.\n"),
    (.sst2, "sentence\tlabel\na film \t1\na cast \t0\n", "index\tsentence\n0\ta film \n"),
    (
      .mrpc,
      "\u{FEFF}Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\tA \"film.\tA cast.\n0\t3\t4\tA.\tB.\n",
      "index\t#1 ID\t#2 ID\t#1 String\t#2 String\n0\t1\t2\tA.\tB.\n"
    ),
    (
      .stsb,
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
        + "0\tg\tf\ty\t1\tn\tn\tA film.\tA cast.\t5.000\n1\tg\tf\ty\t1\tn\tn\tA.\tB.\t0.500\n",
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\n"
        + "0\tg\tf\ty\t1\tn\tn\tA.\tB.\n"
    ),
    (
      .qqp,
      "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\tA film?\tA cast?\t1\n4\t5\t6\tA?\tB?\t0\n",
      "id\tquestion1\tquestion2\n0\tA?\tB?\n"
    ),
    (
      .mnli,
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
        + "sentence2_parse\tsentence1\tsentence2\tlabel1\tgold_label\n"
        + "0\t1\t1n\tg\tb\tb\tp\tp\tA film.\tA cast.\tneutral\tneutral\n",
      "index\tpromptID\tpairID\tgenre\tsentence1_binary_parse\tsentence2_binary_parse\tsentence1_parse\t"
        + "sentence2_parse\tsentence1\tsentence2\n0\t1\t1n\tg\tb\tb\tp\tp\tA.\tB.\n"
    ),
    (
      .qnli,
      "index\tquestion\tsentence\tlabel\n0\tA film?\tA cast.\tentailment\n1\tA?\tB.\tnot_entailment\n",
      "index\tquestion\tsentence\n0\tA?\tB.\n"
    ),
    (
      .rte,
      "index\tsentence1\tsentence2\tlabel\n0\tA film.\tA cast.\tentailment\n1\tA.\tB.\tnot_entailment\n",
      "index\tsentence1\tsentence2\n0\tA.\tB.\n"
    ),
    (
      .wnli, "index\tsentence1\tsentence2\tlabel\n0\tA film.\tA cast.\t1\n1\tA.\tB.\t0\n",
      "index\tsentence1\tsentence2\n0\tA.\tB.\n"
    ),
  ]

  /// The tasks of GLUE that the dataset stage takes.
  private static let known: Set<String> = {
    let field = Kinds.all.first { $0.kind == "dataset" }?.fields.first { $0.name == "glue" }
    if case .choice(let words) = field?.type { return Set(words) }
    return []
  }()

  @Test func `all nine tasks of GLUE are taken by their folders`() throws {
    let world = try FinishedWorld.shared()
    #expect(Set(Self.glue.map(\.0)) == Set(GlueTask.allCases))
    for (task, train, test) in Self.glue where Self.known.contains(task.rawValue) {
      try withTemporaryFolder { folder in
        try RowFiles.write(Packed.gzip(Array(train.utf8)), folder, "task/train.tsv.gz")
        for (split, name) in task.files where split != "train" {
          try RowFiles.write(split.hasPrefix("test") ? test : train, folder, "task/" + name)
        }
        try RowFiles.write("not read", folder, "task/original/raw.txt")
        let outcome = try dataset(world, "task", ["--glue", task.rawValue], in: folder)
        let rows = train.split(separator: "\n").count - (task == .cola ? 0 : 1)
        for (split, _) in task.files {
          #expect(
            try texts(folder + "/rows.h5", split).count == (split.hasPrefix("test") ? 1 : rows),
            "\(task) \(split)")
        }
        let test = task == .mnli ? "test_matched.tsv" : "test.tsv"
        #expect(outcome.errors.contains("task/\(test): 1 of 1 rows have no label"), "\(task)")
      }
    }
  }

  @Test func `both development sets of MNLI are scored`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let header = "index\tsentence1\tsentence2\tgold_label\n"
      let rows = ["neutral", "entailment", "contradiction"].enumerated().map {
        "\($0.offset)\tthe film is \(["good", "bad", "dull"][$0.offset])\ta cast\t\($0.element)\n"
      }
      try RowFiles.write(header + rows.joined(), folder, "m/train.tsv")
      try RowFiles.write(header + rows[0], folder, "m/dev_matched.tsv")
      try RowFiles.write(header + rows[1] + rows[2], folder, "m/dev_mismatched.tsv")
      try RowFiles.write(header + rows[2], folder, "other.tsv")
      _ = try dataset(world, "m", ["--glue", "mnli", "--dev", "other.tsv"], in: folder)
      #expect(try texts(folder + "/rows.h5", "dev") == ["the film is dull"])
      _ = try dataset(world, "m", ["--glue", "mnli", "--max-seq-length", "32"], in: folder)
      #expect(try texts(folder + "/rows.h5", "dev") == ["the film is good"])
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows.h5", "--output",
          "model.h5", "--max-steps", "1", "--eval-strategy", "no",
        ], in: folder)
      let words = ["evaluate", "--models", "model.h5", "--dataset", "rows.h5"]
      let scores = try Distill.object(words + ["--json", "--output", "p.h5"], in: folder)
      let metrics = try #require(scores["evaluate"] as? [String: Double])
      #expect(metrics["model.dev_accuracy"] != nil)
      #expect(metrics["model.dev_mismatched_accuracy"] != nil)
      let table = try Distill.succeed(words, in: folder).lines
      #expect(table.contains { $0.hasPrefix("dev: model") && !$0.contains("mismatched") })
      #expect(table.contains { $0.hasPrefix("dev_mismatched: model") })
    }
  }

  @Test func `a signal ends the reading of a file that unpacks without end`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // Some megabytes that are as many gigabytes of blank lines.
      let blank = Packed.gzip([UInt8](repeating: 0x0A, count: 1 << 24))
      let head = Packed.gzip(Array("sentence\tlabel\na film\t1\n".utf8))
      try RowFiles.write(head + (0..<500).flatMap { _ in blank }, folder, "rows.tsv.gz")
      let start = ContinuousClock.now
      let outcome = try Distill.run(
        Command.dataset(world, train: "rows.tsv.gz"), in: folder
      ) { process in
        Thread.sleep(forTimeInterval: 3)
        kill(process, SIGINT)
      }
      #expect(outcome.status == 130, "\(outcome.errors)")
      #expect(ContinuousClock.now - start < .seconds(30))
    }
  }
}
