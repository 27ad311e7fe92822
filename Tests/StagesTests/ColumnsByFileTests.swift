import Files
import Foundation
import TestSupport
import Testing

/// Options that name columns, where a dataset's files do not have the same ones.
struct ColumnsByFileTests {
  private func dataset(_ arguments: [String], in folder: String) throws -> Program.Outcome {
    try Distill.run(
      [
        "dataset", "--tokenizer", "encoder", "--max-seq-length", "24", "--output", "rows.h5",
        "--overwrite",
      ] + arguments, in: folder)
  }

  private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      for (name, text) in files { try Disk.write(text, to: "\(folder)/\(name)") }
      try body(folder)
    }
  }

  @Test func `names of columns are for the files that have columns`() throws {
    try withFiles([
      "text.txt": "good film\nwarm film\n",
      "dev.csv": "good film,warm film,3\nbad film,cold film,1\n",
    ]) { folder in
      let embedding = ["--task", "sentence-embedding", "--train", "text.txt"]
      let made = try dataset(
        embedding + ["--dev", "dev.csv", "--columns", "sentence1,sentence2,label"], in: folder)
      #expect(made.status == 0 && made.errors.contains("dev_rows 2"), "\(made.errors)")
      let alone = try dataset(embedding + ["--columns", "sentence"], in: folder)
      #expect(alone.status == 64)
      #expect(alone.errors.contains("--columns: would do nothing beside files that end in .txt"))
      let named = try dataset(embedding + ["--text-column", "sentence"], in: folder)
      #expect(named.status == 64)
      #expect(named.errors.contains("--text-column: would do nothing beside files that end in"))
      let corpus = try Distill.run(
        [
          "corpus", "--tokenizer", "encoder", "--output", "c.h5", "--text", "text.txt", "--text",
          "dev.csv", "--columns", "sentence,_,_",
        ], in: folder)
      #expect(corpus.status == 0, "\(corpus.errors)")
    }
  }

  @Test func `both texts of pairs are sentences of a corpus, beside single texts too`()
    throws
  {
    try withFiles([
      "pairs.csv": "a,b\ngood film,warm film\nbad film,cold film\n",
      "single.csv": "a\ngood story\n",
    ]) { folder in
      let corpus = ["corpus", "--tokenizer", "encoder", "--output", "c.h5", "--text", "pairs.csv"]
      let both = corpus + ["--text-column", "a", "--pair-column", "b"]
      let made = try Distill.succeed(both, in: folder)
      #expect(made.errors.contains("sentences 4 "), "\(made.errors)")
      let mixed = try Distill.succeed(both + ["--text", "single.csv"], in: folder)
      #expect(mixed.errors.contains("sentences 5 "), "\(mixed.errors)")
      #expect(mixed.errors.contains("--pair-column names and pairs.csv has: its rows are single"))
      // A row is a document, so that its second text follows its first.
      let pairs = try Distill.succeed(
        both + ["--mode", "pairs", "--random-next-prob", "0"], in: folder)
      #expect(pairs.errors.contains("pairs 2 "), "\(pairs.errors)")
      let alone = try Distill.run(corpus + ["--pair-column", "b"], in: folder)
      #expect(alone.status == 64 && alone.errors.contains("name the first text's column too"))
    }
  }

  @Test func `a column that some files have is read there, and the usual one elsewhere`() throws {
    try withFiles([
      "train.csv": "text,gold\ngood film,a\nbad film,b\n",
      "dev.jsonl": #"{"Sentence": "warm film", "label": "a"}"# + "\n",
      "test.tsv": "sentence\ncold film\n", "other.csv": "body,gold\ncold film,b\n",
    ]) { folder in
      let train = ["--train", "train.csv", "--text-column", "text", "--label-column", "gold"]
      let made = try dataset(train + ["--dev", "dev.jsonl", "--test", "test.tsv"], in: folder)
      #expect(made.status == 0, "\(made.errors)")
      #expect(
        made.errors.contains(
          "dev.jsonl: has no column 'text', which --text-column names and train.csv has: 'Sentence' is"
        ))
      #expect(made.errors.contains("test.tsv: has no column 'gold', which --label-column names"))
      #expect(made.errors.contains("has: its rows have no labels"))
      let strange = try dataset(train + ["--dev", "other.csv"], in: folder)
      #expect(strange.status == 65 && strange.errorLines.count == 1, "\(strange.errors)")
      #expect(
        strange.errors.contains(
          "other.csv: has no column 'text', which train.csv has, and no 'sentence', only 'body', 'gold'"
        ))
      // What it says helps.
      try Disk.write("text,gold\ncold film,b\n", to: folder + "/other.csv")
      #expect(try dataset(train + ["--dev", "other.csv"], in: folder).status == 0)
      let none = try dataset(
        ["--train", "train.csv", "--dev", "train.csv", "--text-column", "x"], in: folder)
      #expect(none.status == 65 && none.errors.contains("train.csv:1: has no column 'x', only"))
    }
  }

  @Test func `rows without labels are told with the columns that there are`() throws {
    try withFiles([
      "soft.csv": "sentence,negative,positive\ngood film,0.1,0.9\n",
      "soft.jsonl": #"{"sentence": "good film", "probs": [0.1, 0.9]}"# + "\n",
    ]) { folder in
      let columns = try dataset(["--train", "soft.csv"], in: folder)
      #expect(columns.status == 65 && columns.errorLines.count == 1, "\(columns.errors)")
      #expect(
        columns.errors.contains(
          "there are 'sentence', 'negative', 'positive', and a teacher's answers are read under logits, "
            + "probabilities or, in a column a label, probabilities.NAME"))
      let keys = try dataset(["--train", "soft.jsonl"], in: folder)
      #expect(keys.status == 65 && keys.errors.contains("there are 'sentence', 'probs'"))
      // What it says helps.
      try Disk.write(
        "sentence,probabilities.negative,probabilities.positive\ngood film,0.1,0.9\n",
        to: folder + "/soft.csv")
      #expect(try dataset(["--train", "soft.csv"], in: folder).status == 0)
    }
  }

  @Test func `folders of GLUE are named, and read under the names of their authors`() throws {
    try withFiles([:]) { folder in
      let header = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
      let rows = "1\t7\t8\tgood film\twarm film\n0\t9\t10\tbad film\twarm film\n"
      try RowFiles.write(header + rows, folder, "MRPC/msr_paraphrase_train.txt")
      try RowFiles.write(header + rows, folder, "MRPC/msr_paraphrase_test.txt")
      let refused = try dataset(["--train", "MRPC"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains(
          "MRPC: is a folder; give a file of rows, or --glue mrpc --train MRPC if it is GLUE's"))
      let read = try dataset(["--glue", "mrpc", "--train", "MRPC"], in: folder)
      #expect(read.status == 0, "\(read.errors)")
      #expect(read.errors.contains("train_rows 2") && read.errors.contains("test_rows 2"))
      try FileManager.default.createDirectory(
        atPath: folder + "/glue", withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: folder + "/MRPC", toPath: folder + "/glue/MRPC")
      let whole = try dataset(["--train", "glue"], in: folder)
      #expect(whole.errors.contains("or --glue mrpc --train glue/MRPC if it is"), "\(whole.errors)")
    }
  }

  @Test func `labels at fault are told of every file, and a single class with its rows`() throws {
    try withFiles([
      "train.csv": "sentence,label\ngood film,a\nbad film,b\n",
      "dev.csv": "sentence,label\ngood film,a\nbad film,c\n",
      "test.csv": "sentence,label\ngood film,d\n",
      "one.csv": "sentence,label\ngood film,a\nbad film,a\n",
    ]) { folder in
      let files = ["--train", "train.csv", "--dev", "dev.csv", "--test", "test.csv"]
      let faults = try dataset(files, in: folder)
      #expect(faults.status == 65 && faults.errorLines.count == 1, "\(faults.errors)")
      #expect(faults.errors.contains("dev.csv:3: 1 rows have unknown labels (line 3: 'c')"))
      #expect(faults.errors.contains("there is such a fault at test.csv:2 too"))
      #expect(try dataset(files + ["--labels", "a,b,c,d"], in: folder).status == 0)
      let one = try dataset(["--train", "one.csv"], in: folder)
      #expect(one.status == 65)
      #expect(
        one.errors.contains("one.csv:2: all 2 labelled rows have the label 'a', and there must"))
      #expect(try dataset(["--train", "one.csv", "--labels", "a,b"], in: folder).status == 0)
    }
  }
}
