import TestSupport
import Testing
import Transformer

/// Rows at which `dataset` would stop are told by `init`, and what its messages name helps.
@Suite struct DraftRehearsalTests {
  private static let words = ["init", "t.yaml", "--overwrite", "--teacher", "encoder", "--train"]

  /// Sees that a file is refused, and that with each of the cures a pipeline reads it.
  private func check(
    _ rows: String, as name: String, refused refusal: String, cures: [[String]],
    beside others: [String] = [], in folder: String
  ) throws {
    try Disk.write(rows, to: folder + "/" + name)
    let words = Self.words + (others.isEmpty ? [name] : others + ["--dev", name])
    let refused = try Distill.run(words, in: folder)
    #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
    #expect(refused.errors.contains(refusal), "\(refused.errors)")
    for cure in cures {
      try Distill.succeed(words + cure, in: folder)
      try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
    }
  }

  @Test func `labels that dataset does not take as they are`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try check(
        #"{"text": "good film", "label": [0, 1]}"# + "\n"
          + #"{"text": "bad film", "label": [1, 0]}"# + "\n",
        as: "marks.jsonl", refused: "name the labels in that order with --labels",
        cures: [["--labels", "a,b"]], in: folder)
      try check(
        "text\tlabel\ngood film\tgood\nbad film\tbad\nwarm film\tgood \n", as: "space.tsv",
        refused: #"a name with space around it stands in quotation marks: '"good ",...'"#,
        cures: [["--labels", #"good,"good ",bad"#]], in: folder)
      try check(
        #"{"text": "good film", "label": [0.1, 0.9]}"# + "\n"
          + #"{"text": "bad film", "label": [0.8, 0.2]}"# + "\n",
        as: "fractions.jsonl", refused: "if a model answered so, call them 'probabilities'",
        cures: [], in: folder)
      // A list of one label is that label.
      try Disk.write(
        #"{"text": "good film", "label": ["a"]}"# + "\n" + #"{"text": "bad film", "label": ["b"]}"#
          + "\n", to: folder + "/one.jsonl")
      let one = try Distill.succeed(Self.words + ["one.jsonl"], in: folder)
      #expect(one.errors.contains("2 classes: a, b"), "\(one.errors)")
      try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
    }
  }

  @Test func `rows without label, and what stands for none`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let rows = "text,label\ngood film,1\nbad film,0\n"
      try Disk.write(rows, to: folder + "/rows.csv")
      try check(
        rows + "warm film,\n", as: "some.csv",
        refused: "leave them out with --skip-unlabelled-rows",
        cures: [["--skip-unlabelled-rows"]], in: folder)
      try check(
        rows + "warm film,-1\n", as: "dev.csv",
        refused: "give --labels 0,1 if it stands for no label, beside --skip-unlabelled-rows",
        cures: [["--labels", "0,1", "--skip-unlabelled-rows"]], beside: ["rows.csv"], in: folder)
      let own = try Distill.succeed(Self.words + ["dev.csv"], in: folder)
      let cure = ["--labels", "0,1", "--skip-unlabelled-rows"]
      #expect(own.errors.contains("give \(cure.joined(separator: " "))"), "\(own.errors)")
      let cured = try Distill.succeed(Self.words + ["dev.csv"] + cure, in: folder)
      #expect(cured.errors.contains("2 classes: 0, 1"), "\(cured.errors)")
      let read = try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
      #expect(read.errors.contains("train_rows 2"), "\(read.errors)")
      // Rows without label teach no teacher.
      let allowed = Self.words + ["some.csv", "--allow-missing-labels"]
      let unready = try Distill.run(allowed, in: folder)
      #expect(unready.status == 64 && unready.errorLines.count == 1, "\(unready.errors)")
      #expect(
        unready.errors.contains("give --skip-unlabelled-rows in its place, or a teacher that was"),
        "\(unready.errors)")
    }
  }

  @Test func `pairs are told from questions, whole numbers from fractions, objects from lines`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let pairs =
        #"{"question": "good", "context": "film", "label": "y"},"# + "\n"
        + #"{"question": "bad", "context": "film", "label": "n"}"#
      let named = ["--text-column", "question", "--pair-column", "context"]
      try Disk.write("[\(pairs)]", to: folder + "/pairs.json")
      try Disk.write(pairs.replacing("},", with: "}") + "\n", to: folder + "/pairs.jsonl")
      for name in ["pairs.json", "pairs.jsonl"] {
        let made = try Distill.succeed(Self.words + [name] + named, in: folder)
        #expect(made.errors.contains("texts in 'question' and 'context'"), "\(made.errors)")
        let read = try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
        #expect(read.errors.contains("labels 2"), "\(read.errors)")
      }
      // Questions that nobody has answered teach no teacher.
      try Disk.write(
        #"[{"id": "1", "question": "good", "context": "film"}]"#, to: folder + "/open.json")
      let open = try Distill.run(Self.words + ["open.json"], in: folder)
      #expect(
        open.status == 64 && open.errors.contains("the rows have no labels"), "\(open.errors)")
      let idle = try Distill.run(
        Self.words + ["open.json", "--text-column", "question"], in: folder)
      #expect(
        idle.status == 64 && idle.errors.contains("a document of questions"), "\(idle.errors)")
      try Disk.write(
        "text,label\ngood film,1.0\nbad film,0.0\nwarm film,1\n", to: folder + "/whole.csv")
      try Distill.succeed(Self.words + ["whole.csv", "--labels", "0,1"], in: folder)
      try check(
        "[\n{\"text\": \"good\",\n\"label\": 1},\n{\"text\": \"bad\",\n\"label\": null},{\"text\": \"so\", \"label\": 0}]",
        as: "gap.json",
        refused: "gap.json: object 2: 1 of 3 rows have no label",
        cures: [["--skip-unlabelled-rows"]], in: folder)
      let lists = try Distill.run(
        ["dataset", "--train", "gap.json", "--tokenizer", "encoder", "--output", "x.h5"], in: folder
      )
      #expect(lists.errors.contains("gap.json: object 2: 1 of 3 rows have no label (object 2)"))
      try Disk.write("[\(pairs)]", to: folder + "/list.jsonl")
      let list = try Distill.run(Self.words + ["list.jsonl"], in: folder)
      #expect(
        list.status == 65
          && list.errors.contains("let the name of a file that is one list end in .json"),
        "\(list.errors)")
    }
  }

  @Test func `passes are of the rows that are left, and no file has other columns`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let rows = (0..<40).map { "good film \($0 % 7),\($0 % 2)\n" }.joined()
      try Disk.write("text,label\n" + rows, to: folder + "/few.csv")
      try Disk.write(
        "text,label\n" + rows + String(repeating: "warm film,\n", count: 400),
        to: folder + "/many.csv")
      let passes = try [["few.csv"], ["many.csv", "--skip-unlabelled-rows"]].map { words in
        try Distill.succeed(Self.words + words, in: folder)
        return try Disk.text(folder + "/t.yaml").split(separator: "\n")
          .filter { $0.contains("num_train_epochs") || $0.contains("rewrites") }
      }
      #expect(passes[0] == passes[1] && passes[0].count > 4, "\(passes)")
      try Disk.write("sentence,label\n" + rows, to: folder + "/one.csv")
      try check(
        "sentence1,sentence2,label\na,b,0\n", as: "pairs.csv", refused: "holds pairs of texts",
        cures: [], beside: ["one.csv"], in: folder)
      try Disk.write("text,p,q\ngood film,1,0\nbad film,0,1\n", to: folder + "/train.csv")
      try check(
        "text,p,q\ngood film,1,2\n", as: "dev.csv",
        refused: "name other columns with --label-columns",
        cures: [["--label-columns", "p"]], beside: ["train.csv"], in: folder)
    }
  }

  @Test func `rows without label serve a teacher that knows the task`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/encoder", head: .classification(labels: 2, style: .hf), labels: ["0", "1"])
      let rows = "text,label\ngood film,1\nbad film,0\n"
      try Disk.write(rows, to: folder + "/rows.csv")
      try Disk.write(rows + "warm film,\n", to: folder + "/some.csv")
      let words = Self.words + ["some.csv", "--allow-missing-labels", "--no-finetune"]
      try Distill.succeed(words + ["--dev", "rows.csv"], in: folder)
      let text = try Disk.text(folder + "/t.yaml")
      #expect(!text.contains("baseline") && text.contains("allow_missing_labels: true"), "\(text)")
      let made = try Distill.succeed(
        [
          "run", "t.yaml", "--until", "prediction", "--set", "stages.prediction.max_steps=1",
          "--set", "stages.prediction.allow_weak_teacher=true",
          "--set", "stages.intermediate.allow_weak_teacher=true",
        ], in: folder)
      #expect(made.errors.contains("train_rows 3"), "\(made.errors)")
      let held = try Distill.run(words + ["--dev", "some.csv"], in: folder)
      #expect(held.status == 65 && held.errors.contains("by which models are scored"))
    }
  }

  @Test func `labels as fastText writes them are told here too, and the command makes a table`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("__label__a good film\n__label__b bad film\n", to: folder + "/ft.txt")
      for words in [["ft.txt"], ["ft.txt", "--text", "ft.txt"]] {
        let refused = try Distill.run(Self.words + words, in: folder)
        #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
        let told = try #require(refused.errorLines.first)
        let start = try #require(told.firstRange(of: "(printf")).lowerBound
        let end = try #require(told.firstRange(of: " does")).lowerBound
        let made = try Program.run("/bin/sh", ["-c", String(told[start..<end])], in: folder)
        #expect(made.status == 0, "\(made.errors)")
      }
      try Distill.succeed(Self.words + ["ft.txt.tsv"], in: folder)
      try Distill.succeed(["run", "t.yaml", "--until", "dataset"], in: folder)
    }
  }
}
