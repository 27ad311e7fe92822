import Files
import TestSupport
import Testing

/// What people give to `dataset` at the first try, and where the messages lead them.
struct FirstTriesTests {
  private func dataset(_ arguments: [String], in folder: String) throws -> Program.Outcome {
    try Distill.run(
      ["dataset", "--tokenizer", "encoder", "--max-seq-length", "24", "--output", "rows.h5"]
        + arguments, in: folder)
  }

  @Test func `files of GLUE are read as such under their published names`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
      try Disk.write(
        "\(header)\n1\t7\t8\tgood film\twarm film\n0\t9\t10\tbad film\twarm film\n",
        to: folder + "/msr_paraphrase_train.txt")
      let read = try dataset(["--glue", "mrpc", "--train", "msr_paraphrase_train.txt"], in: folder)
      #expect(read.status == 0 && read.errors.contains("train_rows 2"), "\(read.errors)")
      #expect(!read.errors.contains("holds a tab") && !read.errors.contains("no label"))
      let shown = try Distill.object(["inspect", "rows.h5", "--json"], in: folder)
      #expect((shown["configuration"] as? [String: Any])?["has_pairs"] as? Bool == true)
    }
  }

  @Test func `scores measure vectors whether they stand in a column or under a key`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("good film\nwarm film\n", to: folder + "/text.txt")
      try Disk.write(
        #"{"sentence1": "good film", "sentence2": "warm film", "score": 3}"# + "\n",
        to: folder + "/pairs.jsonl")
      let read = try dataset(
        ["--task", "sentence-embedding", "--train", "text.txt", "--dev", "pairs.jsonl"], in: folder)
      #expect(read.status == 0, "\(read.errors)")
      #expect(read.errors.contains("pairs.jsonl:1: 'score' is the label, for there is no 'label'"))
      #expect(!read.errors.contains("pairs.jsonl: 1 of 1 rows have no label"))
    }
  }

  @Test func `a document of JSON and columns parted by semicolons are named, and the cures work`()
    throws
  {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(
        #"{"sentence": "good film", "label": "a"}"# + "\n"
          + #"{"sentence": "bad film", "label": "b"}"# + "\n", to: folder + "/rows.json")
      #expect(try dataset(["--train", "rows.json"], in: folder).status == 0)
      try Disk.write(
        #"[{"sentence": "good film", "label": "a"}, {"sentence": "bad film", "label": "b"}]"#,
        to: folder + "/list.json")
      let list = try dataset(["--train", "list.json"], in: folder)
      #expect(list.status == 0 && list.errors.contains("train_rows 2"), "\(list.errors)")
      #expect(
        list.errors.contains("list.json is one JSON list: the N of list.json:N counts its objects"))
      try Disk.write(
        #"{"data": [{"paragraphs": [{"context": "good film", "qas": [{"id": "1", "#
          + #""question": "warm film", "answers": [{"text": "good", "answer_start": 0}]}]}]}]}"#,
        to: folder + "/squad.json")
      let squad = try dataset(["--train", "squad.json"], in: folder)
      #expect(
        squad.status == 65
          && squad.errors.contains(
            "is one JSON document; write an object a line (.jsonl), or give --task question-answering"
          ), "\(squad.errors)")
      let questions = try dataset(
        ["--task", "question-answering", "--train", "squad.json"], in: folder)
      #expect(questions.status == 0, "\(questions.errors)")
      try Disk.write("sentence;label\ngood film;a\n", to: folder + "/rows.csv")
      let parted = try dataset(["--train", "rows.csv"], in: folder)
      #expect(parted.status == 65 && parted.errors.contains("as if ';' parted them"))
      try Disk.write("sentence|label\ngood film|a\n", to: folder + "/rows.csv")
      let barred = try dataset(["--train", "rows.csv", "--text-column", "sentence"], in: folder)
      #expect(barred.status == 65 && barred.errors.contains("as if '|' parted them"))
      // Tabs under another name, and the cure.
      let table = "sentence\tlabel\ngood film\ta\nbad film\tb\n"
      try Disk.write(table, to: folder + "/rows.csv")
      let tabbed = try dataset(["--train", "rows.csv"], in: folder)
      #expect(
        tabbed.status == 65
          && tabbed.errors.contains(
            "as if tabs parted them; give --format tsv, or let its name end in .tsv")
      )
      #expect(try dataset(["--train", "rows.csv", "--format", "tsv"], in: folder).status == 0)
      try Disk.write(table, to: folder + "/rows.tsv")
      #expect(try dataset(["--train", "rows.tsv"], in: folder).status == 0)
      // Separators within marks.
      try Disk.write(
        "sentence\tlabel\n\"good\tfilm\"\ta\nbad film\tb\n", to: folder + "/marked.tsv")
      let marked = try dataset(["--train", "marked.tsv"], in: folder)
      #expect(
        marked.status == 65 && marked.errors.contains("; give --quoting csv, or correct the row"))
      #expect(try dataset(["--train", "marked.tsv", "--quoting", "csv"], in: folder).status == 0)
      for name in ["rows.parquet", "rows.xlsx"] {
        try Disk.write("x", to: folder + "/" + name)
        let other = try dataset(["--train", name], in: folder)
        #expect(
          other.status == 65 && other.errors.contains("; save its rows as .csv or .jsonl"),
          "\(other.errors)")
      }
      let asQuestions = try dataset(
        ["--task", "question-answering", "--train", "rows.csv"], in: folder)
      #expect(
        asQuestions.errors.contains("else write a question a line as an object (.jsonl)"),
        "\(asQuestions.errors)")
      try Disk.write(
        #"{"question": "warm film", "context": "a good film", "id": "1", "answers": {"text": "#
          + #"["good"], "answer_start": [2.0]}}"# + "\n", to: folder + "/questions.jsonl")
      let asLines = try dataset(
        ["--task", "question-answering", "--train", "questions.jsonl"], in: folder)
      #expect(asLines.status == 0, "\(asLines.errors)")
    }
  }

  @Test func `a class -1 beside others that are numbers is told`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write("sentence\tlabel\na\t-1\nb\t0\nc\t1\nd\t-1\n", to: folder + "/rows.tsv")
      let made = try dataset(["--train", "rows.tsv"], in: folder)
      #expect(made.status == 0)
      #expect(
        made.errors.contains("-1 is taken for a class of its own (2 rows have it)"),
        "\(made.errors)")
      #expect(made.errors.contains("there is no label, give --labels 0,1 --skip-unlabelled-rows"))
      let without = try dataset(
        ["--train", "rows.tsv", "--labels", "0,1", "--skip-unlabelled-rows"], in: folder)
      #expect(without.status == 0, "\(without.errors)")
      #expect(without.errors.contains("2 rows with neither a label nor"), "\(without.errors)")
      // In held-out files too: the message leads there.
      try Disk.write("sentence\tlabel\na\t0\nb\t1\n", to: folder + "/plain.tsv")
      let heldOut = ["--train", "plain.tsv", "--dev", "rows.tsv"]
      let unknown = try dataset(heldOut, in: folder)
      #expect(
        unknown.errors.contains("give --labels 0,1 if it stands for no label"), "\(unknown.errors)")
      let fewer = try dataset(heldOut + ["--labels", "0,1", "--skip-unlabelled-rows"], in: folder)
      #expect(fewer.status == 0, "\(fewer.errors)")
      #expect(
        fewer.errors.contains("rows.tsv: 2 rows with neither a label nor"), "\(fewer.errors)")
      try Disk.write("sentence\tlabel\na\t-\nb\tno\nc\tyes\n", to: folder + "/names.tsv")
      let dashes = try dataset(["--train", "names.tsv"], in: folder)
      #expect(
        dashes.errors.contains("- is taken for a class of its own (1 rows have it)")
          && dashes.errors.contains("--labels no,yes --skip-unlabelled-rows"), "\(dashes.errors)")
      let two = try dataset(
        ["--train", "names.tsv", "--labels", "no,yes", "--skip-unlabelled-rows"], in: folder)
      #expect(two.status == 0, "\(two.errors)")
      let named = try dataset(["--train", "rows.tsv", "--labels=-1,0,1"], in: folder)
      #expect(named.status == 0 && !named.errors.contains("of its own"), "\(named.errors)")
    }
  }

  @Test func `fine-tuning on rows that carry answers leads to what learns them`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      try Disk.write(
        #"{"sentence": "good film", "logits": {"a": 1, "b": 0}}"# + "\n"
          + #"{"sentence": "bad film", "logits": {"a": 0, "b": 1}}"# + "\n",
        to: folder + "/rows.jsonl")
      #expect(try dataset(["--train", "rows.jsonl"], in: folder).status == 0)
      let tuning = try Distill.run(
        ["finetune", "--model", "encoder", "--dataset", "rows.h5", "--output", "m.h5"], in: folder)
      #expect(
        tuning.status == 65 && tuning.errors.contains("distill prediction, without a teacher"))
      try Distill.succeed(
        [
          "prediction", "--student", "encoder", "--dataset", "rows.h5", "--output", "s.h5",
          "--max-steps", "1",
        ], in: folder)
      // A model without head leads to vectors.
      try Disk.write("good film\n", to: folder + "/new.txt")
      let bare = try Distill.run(
        ["predict", "--model", "encoder", "--input", "new.txt"], in: folder)
      #expect(bare.errors.contains("or give --pooling mean for vectors"))
      try Distill.succeed(
        ["predict", "--model", "encoder", "--input", "new.txt", "--pooling", "mean"], in: folder)
    }
  }
}
