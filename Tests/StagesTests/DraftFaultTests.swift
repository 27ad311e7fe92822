import Foundation
import TestSupport
import Testing

/// What `init` and `compress` refuse before they write anything.
@Suite struct DraftFaultTests {
  private static let rows = "sentence\tlabel\ngood film\tpositive\nbad film\tnegative\n"

  @Test func `names of tags reach the file, and what few rows without header say is understood`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("good O\nfilm B-x\n", to: folder + "/t.conll")
      let tags = try Distill.succeed(
        [
          "init", "t.yaml", "--teacher", "encoder", "--train", "t.conll", "--text", "t.conll",
          "--labels", "O,B-x,I-x",
        ], in: folder)
      #expect(tags.errors.contains("next: distill run t.yaml"))
      #expect(try Disk.text(folder + "/t.yaml").contains("labels: [O, B-x, I-x]"))
      // Of so few numbers no two are alike.
      let scores = (0..<60).map {
        "a good film was seen,a warm film was seen,\(Double($0 % 15) / 4)"
      }
      try Disk.write(scores.joined(separator: "\n") + "\n", to: folder + "/s.csv")
      try Disk.write(
        "one good film was seen,a warm film was,1.5\nthe bad film was seen,a film was seen,2.25\n",
        to: folder + "/d.csv")
      let pairs = try Distill.succeed(
        ["init", "s.yaml", "--teacher", "encoder", "--train", "s.csv", "--dev", "d.csv"],
        in: folder)
      #expect(pairs.errors.contains("from the training rows' own text"))
      #expect(try Disk.text(folder + "/s.yaml").contains("load_best_model_at_end: true"))
      // The layers are learnt from both texts of a pair.
      let corpus = try Distill.succeed(["run", "s.yaml", "--until", "corpus"], in: folder)
      #expect(corpus.errors.contains("sentences 120 "), "\(corpus.errors)")
      try Disk.write("PAR1", to: folder + "/x.parquet")
      let binary = try Distill.run(
        ["init", "p.yaml", "--teacher", "encoder", "--train", "x.parquet"], in: folder)
      #expect(binary.errors.contains("save its rows as .csv or .jsonl"), "\(binary.errors)")
    }
  }

  @Test func `how tables are read holds for raw text of every place in the list`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(Self.rows, to: folder + "/rows.tsv")
      try Disk.write("the film is good\n", to: folder + "/a.txt")
      try Disk.write("sentence\tkind\nso\tfunny\tx\nthe end\ty\n", to: folder + "/b.tsv")
      let words = [
        "init", "t.yaml", "--teacher", "encoder", "--train", "rows.tsv", "--text", "a.txt",
        "--text", "b.tsv", "--skip-malformed-rows",
      ]
      try Distill.succeed(words, in: folder)
      let made = try Distill.succeed(["run", "t.yaml", "--until", "corpus"], in: folder)
      #expect(made.errors.contains("sentences 2 "), "\(made.errors)")
    }
  }

  @Test func `what a run would stop at is told before anything is written`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(Self.rows, to: folder + "/rows.tsv")
      try Disk.write(Self.rows, to: folder + "/rows")
      try Disk.write("sentence\tlabel\n", to: folder + "/bare.tsv")
      try Disk.write("sentence;label\ngood film;positive\n", to: folder + "/parted.csv")
      let words = "Sentence #,Word,POS,Tag\nSentence: 1,Films,NNS,O\n,in,IN,O\n,Paris,NNP,B-geo\n"
      try Disk.write(words, to: folder + "/words.csv")
      try Disk.write("sentence\tlabel\ngood film\ta\n", to: folder + "/tabs.csv")
      try Disk.write(Self.rows + "odd film\tother\n", to: folder + "/dev.tsv")
      try Disk.write("", to: folder + "/empty.txt")
      try Data([0xFF, 0xFE, 0x41]).write(to: URL(fileURLWithPath: folder + "/odd.txt"))
      let before = Disk.files(folder)
      let cases: [([String], Int32, String)] = [
        (["--train", "rows"], 64, "--train: rows: the name does not end in"),
        (["--train", "-"], 64, "--train: standard input cannot be read again"),
        (["--train", "bare.tsv"], 65, "bare.tsv: has names of columns and no row"),
        (["--train", "parted.csv"], 65, "parted.csv:1: has one column, 'sentence;label'"),
        (
          ["--train", "words.csv"], 65,
          "has a word in each row, by its columns 'Word' and 'Sentence #'"
        ),
        (["--train", "tabs.csv"], 65, "as if tabs parted them; let its name end in .tsv"),
        (["--train", "rows.tsv", "--labels", ""], 64, "--labels: a name is empty"),
        (["--train", "rows.tsv", "--labels", "a,b"], 64, "rows.tsv has the label 'negative'"),
        (["--train", "rows.tsv", "--dev", "dev.tsv"], 65, "dev.tsv: has the label 'other'"),
        (["--train", "rows.tsv", "--text", "none.txt"], 66, "none.txt: cannot open"),
        (["--train", "rows.tsv", "--text", "empty.txt"], 65, "empty.txt: is empty"),
        (["--train", "rows.tsv", "--text", "odd.txt"], 65, "odd.txt: line 1: byte 0"),
        (["--train", "a\nb.tsv"], 64, #"--train: a\u{a}b.tsv: a path with a control"#),
      ]
      for (words, status, pattern) in cases {
        let outcome = try Distill.run(["init", "--teacher", "encoder"] + words, in: folder)
        #expect(outcome.status == status, "\(words) \(outcome.errors)")
        #expect(
          outcome.errorLines.count == 1 && outcome.errors.contains(pattern), "\(outcome.errors)")
        #expect(!outcome.errors.contains("--format"))
      }
      let missing = try Distill.run(
        ["init", "--teacher", "encoder", "--train", "a.tsv", "--dev", "b.tsv", "--text", "c.txt"],
        in: folder)
      #expect(missing.status == 66 && missing.errorLines.count == 3, "\(missing.errors)")
      #expect(missing.errors.contains("--dev b.tsv: no such file or folder"), "\(missing.errors)")
      #expect(Disk.files(folder) == before)
      // The cures.
      for words in [
        ["--train", "rows.tsv", "--labels", "negative,positive"],
        ["--train", "rows.tsv", "--dev", "dev.tsv", "--labels", "negative,positive,other"],
      ] {
        try Distill.succeed(["init", "--teacher", "encoder", "--overwrite"] + words, in: folder)
      }
    }
  }

  @Test func `rows of one class alone are refused, and named classes take them`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("sentence,label\nthe movie,pos\nbad,pos\n", to: folder + "/one.csv")
      let words = ["init", "one.yaml", "--teacher", "encoder", "--train", "one.csv"]
      let refused = try Distill.run(words, in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "one.csv: all 2 labelled rows have the label 'pos', and there must be two classes; give "
            + "rows of another one too, or name all classes with --labels"))
      #expect(!Disk.files(folder).contains("one.yaml"))
      // The cures.
      let cured = try Distill.succeed(words + ["--labels", "neg,pos"], in: folder)
      #expect(cured.errors.contains("2 classes: neg, pos"), "\(cured.errors)")
      #expect(try Disk.text(folder + "/one.yaml").contains("labels: [neg, pos]"))
      try Distill.succeed(["run", "one.yaml", "--until", "dataset"], in: folder)
      try Disk.write("sentence,label\nthe movie,pos\nbad,neg\n", to: folder + "/one.csv")
      try Distill.succeed(words + ["--overwrite"], in: folder)
    }
  }

  @Test func `how tables are read is told here too, and reaches corpus and dataset`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("sentence,label\n\"good film,pos\nbad film,neg\n", to: folder + "/open.csv")
      try Disk.write(
        "sentence,label\ngood film,pos\nbad film,neg\nodd,film,pos\n", to: folder + "/wide.csv")
      let words = ["init", "t.yaml", "--overwrite", "--teacher", "encoder", "--train"]
      let refused = try Distill.run(words + ["open.csv"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("close it, or give --quoting none"), "\(refused.errors)")
      // The cures.
      let cures: [([String], String)] = [
        (["open.csv", "--quoting", "none"], "quoting: none"),
        (["wide.csv", "--skip-malformed-rows"], "skip_malformed_rows: true"),
      ]
      for (cure, line) in cures {
        let made = try Distill.succeed(words + cure, in: folder)
        #expect(made.errors.contains("2 classes: neg, pos"), "\(made.errors)")
        #expect(try Disk.text(folder + "/t.yaml").components(separatedBy: line).count == 3)
        for stage in ["corpus", "dataset"] {
          try Distill.succeed(["run", "t.yaml", "--until", stage], in: folder)
        }
      }
      let wide = try Distill.run(words + ["wide.csv"], in: folder)
      #expect(
        wide.status == 65 && wide.errors.contains("or give --skip-malformed-rows"), "\(wide.errors)"
      )
      try Disk.write(
        #"{"sentence": "a b", "label": "x"}"# + "\n" + #"{"sentence": "c d", "label": "y"}"# + "\n",
        to: folder + "/rows.jsonl")
      for option in [["--quoting", "csv"], ["--skip-malformed-rows"]] {
        let idle = try Distill.run(words + ["rows.jsonl"] + option, in: folder)
        #expect(idle.status == 64 && idle.errorLines.count == 1, "\(idle.errors)")
        #expect(
          idle.errors.contains("would do nothing beside files that are neither tsv nor csv"),
          "\(idle.errors)")
      }
      try Distill.succeed(words + ["rows.jsonl"], in: folder)
    }
  }

  @Test func `rows named json are lines or a list, and another document of them is refused`() throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let rows = [#"{"sentence": "a b", "label": "x"}"#, #"{"sentence": "c d", "label": "y"}"#]
      let lines = rows.joined(separator: "\n") + "\n"
      try Disk.write(lines, to: folder + "/rows.json")
      try Disk.write(lines, to: folder + "/dev.jsonl")
      try Disk.write("sentence\tlabel\na b\tx\n", to: folder + "/dev.tsv")
      let words = ["init", "t.yaml", "--overwrite", "--teacher", "encoder", "--train"]
      try Distill.succeed(words + ["rows.json", "--dev", "dev.jsonl"], in: folder)
      let text = try Disk.text(folder + "/t.yaml")
      #expect(!text.contains("format:"), "\(text)")
      for stage in ["corpus", "dataset"] {
        try Distill.succeed(["run", "t.yaml", "--until", stage], in: folder)
      }
      // Beside files of other formats too.
      try Disk.write("a warm film\n", to: folder + "/text.txt")
      try Distill.succeed(
        words + [
          "rows.json", "--dev", "dev.tsv", "--text", "text.txt", "--text", "rows.json",
        ], in: folder)
      for stage in ["corpus", "dataset"] {
        try Distill.succeed(["run", "t.yaml", "--until", stage], in: folder)
      }
      try Disk.write("[\(rows.joined(separator: ",\n"))]", to: folder + "/list.json")
      try Distill.succeed(words + ["list.json", "--dev", "rows.json"], in: folder)
      for stage in ["corpus", "dataset"] {
        try Distill.succeed(["run", "t.yaml", "--until", stage], in: folder)
      }
      try Disk.write(#"{"columns": ["sentence"], "data": [["a"]]}"#, to: folder + "/split.json")
      let split = try Distill.run(words + ["split.json"], in: folder)
      #expect(
        split.errors.contains("; write an object a line (.jsonl), as pandas does with orient"))
      for (name, document) in [
        ("columns it's", #"{"sentence": {"0": "a b", "1": "c d"}, "label": {"0": "x", "1": "y"}}"#),
        ("named", "{\"0\": \(rows[0]), \"1\": \(rows[1])}"),
      ] {
        try Disk.write(document, to: folder + "/\(name).json")
        let refused = try Distill.run(words + ["\(name).json"], in: folder)
        #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
        let told = try #require(refused.errorLines.first)
        let start = try #require(told.firstRange(of: "python3 -c ")).lowerBound
        let end = try #require(told.firstRange(of: " does")).lowerBound
        let command = String(told[start..<end])
        let made = try Program.run("/bin/sh", ["-c", command], in: folder)
        #expect(made.status == 0, "\(command) \(made.errors)")
        #expect(try Disk.text(folder + "/\(name).jsonl") == lines)
        try Distill.succeed(words + ["\(name).jsonl"], in: folder)
      }
    }
  }

  @Test func `columns with space around their names, texts that are passed over, tables named txt`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let words = ["init", "t.yaml", "--overwrite", "--teacher", "encoder", "--train"]
      try Disk.write("premise, hypothesis,label\na,b,x\nc,d,y\n", to: folder + "/pairs.csv")
      let pairs = try Distill.succeed(words + ["pairs.csv"], in: folder)
      #expect((pairs.output + pairs.errors).contains("' hypothesis'"), "\(pairs)")
      try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
      try Disk.write("sentence,sentence2,label\na,b,x\nc,d,y\n", to: folder + "/half.csv")
      let half = try Distill.succeed(words + ["half.csv"], in: folder)
      #expect(
        (half.output + half.errors).contains(
          "'sentence2' may be a text too and is not read; --text-column and"),
        "\(half)")
      try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
      try Disk.write("text,label\na,x\nb,y\n", to: folder + "/t.csv.txt")
      let table = try Distill.run(words + ["t.csv.txt"], in: folder)
      #expect(
        table.status == 64
          && table.errors.contains("; rename the file so that it ends as what it is"),
        "\(table.errors)")
    }
  }

  @Test func `a document of rows that is no JSON is told so`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(#"[{"text": "a", "label": 0},"# + "\n]\n", to: folder + "/rows.json")
      let refused = try Distill.run(
        ["init", "t.yaml", "--teacher", "encoder", "--train", "rows.json"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(!refused.errors.contains("python3"), "\(refused.errors)")
    }
  }

  @Test func `tags that held-out rows alone have are told before anything is written`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("good S-x\nfilm O\n", to: folder + "/train.conll")
      try Disk.write("good B-x\nfilm B-y\n", to: folder + "/dev.conll")
      try Disk.write(#"{"tokens": ["a"], "tags": ["B-x"]}"#, to: folder + "/test.jsonl")
      let words = [
        "init", "t.yaml", "--teacher", "encoder", "--train", "train.conll", "--text", "train.conll",
      ]
      let refused = try Distill.run(
        words + ["--dev", "dev.conll", "--test", "test.jsonl"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains("dev.conll:2: 1 words have unknown tags (line 2: 'B-y'); allowed"))
      #expect(!Disk.files(folder).contains("t.yaml"))
      // The cures.
      try Distill.succeed(words + ["--test", "test.jsonl"], in: folder)
      try Distill.succeed(
        words + ["--dev", "dev.conll", "--labels", "O,B-x,B-y", "--overwrite"], in: folder)
    }
  }

  @Test func `columns of words and tags that are named reach the file, and the checks`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("1\tgood\tx\tB-x\n2\tfilm\ty\tO\n", to: folder + "/train.conll")
      try Disk.write("1\tgood\tz\tO\n2\tfilm\tu\tB-x\n", to: folder + "/dev.conll")
      let words = [
        "init", "t.yaml", "--teacher", "encoder", "--train", "train.conll", "--dev", "dev.conll",
        "--text-column", "2", "--overwrite",
      ]
      try Distill.succeed(words + ["--label-column", "4"], in: folder)
      let text = try Disk.text(folder + "/t.yaml")
      #expect(text.matches(of: try Regex(#"text_column: "2""#)).count == 2, "\(text)")
      #expect(text.contains(#"label_column: "4""#))
      let refused = try Distill.run(words + ["--label-column", "3"], in: folder)
      #expect(refused.status == 65 && refused.errors.contains("dev.conll:1: 2 words have unknown"))
    }
  }

  @Test func `the place of the file is looked at first, and its folder is made`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try FileManager.default.createDirectory(
        atPath: folder + "/~", withIntermediateDirectories: false)
      try Disk.write(Self.rows, to: folder + "/~/rows.tsv")
      let rest = ["--teacher", "encoder", "--train", "~/rows.tsv"]
      let refused = try Distill.run(["init", "~/rows.tsv/y.yaml"] + rest, in: folder)
      #expect(refused.status == 73 && refused.errors.split(separator: "\n").count == 1)
      try Distill.succeed(["init", "a/b/c.yaml"] + rest, in: folder)
      try Distill.succeed(["init"] + rest, in: folder)
      #expect(try Disk.text(folder + "/distill.yaml").contains("./~/rows.tsv"))
      for file in ["a/b/c.yaml", "distill.yaml"] {
        try Distill.succeed(["plan", file], in: folder)
      }
    }
  }

  @Test func `compress writes over nothing that it reads or works in, and says so first`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(Self.rows, to: folder + "/rows.tsv")
      try Disk.write(Self.rows, to: folder + "/dev.tsv")
      let before = Disk.files(folder)
      let cases: [([String], String)] = [
        (["rows.tsv"], "--output: rows.tsv would overwrite or lie in source"),
        (["./dev.tsv"], "--output: ./dev.tsv would overwrite or lie in source"),
        (["encoder"], "--output: encoder would overwrite or lie in source"),
        (["encoder/small"], "--output: encoder/small.distill lies in source"),
        (["."], "--output: . is or holds the folder that this runs in"),
        ([".."], "--output: .. is or holds the folder that this runs in"),
        (["small", "--workspace", "./small"], "--workspace: ./small is or lies in the output"),
        (["small", "--workspace", "small/work"], "--workspace: small/work is or lies in the out"),
      ]
      for (words, start) in cases {
        let outcome = try Distill.run(
          [
            "compress", "--teacher", "encoder", "--train", "rows.tsv", "--dev", "dev.tsv",
            "--output",
          ] + words, in: folder)
        #expect(outcome.status == 64, "\(words) \(outcome.errors)")
        #expect(
          outcome.errorLines.count == 1 && outcome.errors.contains("distill: \(start)"),
          "\(outcome.errors)")
        #expect(!outcome.errors.contains("pipeline.yaml"))
      }
      #expect(Disk.files(folder) == before)
    }
  }

  @Test func `compress does not replace a pipeline file of the user's`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(Self.rows, to: folder + "/rows.tsv")
      try Disk.write("pipeline: mine\n", to: folder + "/pipeline.yaml")
      let outcome = try Distill.run(
        [
          "compress", "--teacher", "encoder", "--train", "rows.tsv", "--output", "small",
          "--workspace", ".",
        ], in: folder)
      #expect(outcome.status == 73 && outcome.errorLines.count == 1, "\(outcome.errors)")
      #expect(
        outcome.errors.contains("./pipeline.yaml: was written or changed by somebody; replace it"))
      #expect(try Disk.text(folder + "/pipeline.yaml") == "pipeline: mine\n")
    }
  }
}
