import Foundation
import HDF5
import TestSupport
import Testing

/// What `dataset` makes of files as tables, spreadsheets and benchmarks write them.
@Suite struct LabelledRowsTests {
  private func dataset(_ text: String, name: String = "rows.tsv", _ flags: [String] = []) throws
    -> (outcome: Program.Outcome, labels: [Int32]?, texts: String?)
  {
    let world = try FinishedWorld.shared()
    return try withTemporaryFolder { folder in
      try Disk.write(text, to: "\(folder)/\(name)")
      let outcome = try Distill.run(
        [
          "dataset", "--train", name, "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "32", "--output", "rows.h5",
        ] + flags, in: folder)
      guard outcome.status == 0 else { return (outcome, nil, nil) }
      let reader = try ArtifactReader(path: folder + "/rows.h5")
      return (
        outcome, try? reader.int32s("train/labels"),
        String(decoding: try reader.bytes("train/text/bytes"), as: UTF8.self)
      )
    }
  }

  @Test func `scores are no classes, unless they are named`() throws {
    let text = "sentence\tlabel\ngood\t0.1\nbad\t0.5\nfine\t0.9\n"
    let refused = try dataset(text)
    #expect(refused.outcome.status == 65)
    #expect(refused.outcome.errorLines.count == 1)
    #expect(refused.outcome.errors.contains("rows.tsv:2: 3 rows have a number, not a class"))
    #expect(try dataset(text, ["--labels", "0.1,0.5,0.9"]).labels == [0, 1, 2])
  }

  @Test func `lists as labels lead to several labels, and lists of fractions to a model's answers`()
    throws
  {
    let header = "sentence,label\n"
    let listed = header + "good,\"['a', 'b']\"\nbad,\"['b']\"\n"
    let aClass = try dataset(listed, name: "r.csv")
    #expect(aClass.outcome.status == 65)
    #expect(aClass.outcome.errors.contains("r.csv:2: 2 rows have a list, not a class"))
    let several = ["--task", "multi-label"]
    #expect(try dataset(listed, name: "r.csv", several).outcome.status == 0)

    let answered = header + "good,\"[0.1, 0.9]\"\nbad,\"[0.7, 0.2]\"\n"
    let fractions = try dataset(answered, name: "r.csv", several)
    #expect(fractions.outcome.status == 65)
    #expect(fractions.outcome.errors.contains("r.csv:2: 2 rows have lists of fractions as labels"))
    let renamed = answered.replacingOccurrences(of: "label\n", with: "probabilities\n")
    for task in [several, []] {
      let flags = task + ["--labels", "a,b"]
      #expect(try dataset(renamed, name: "r.csv", flags).outcome.status == (task.isEmpty ? 65 : 0))
    }
    let summing = renamed.replacingOccurrences(of: "0.2]", with: "0.3]")
    #expect(try dataset(summing, name: "r.csv", ["--labels", "a,b"]).outcome.status == 0)
  }

  @Test func `labels that a table turned into fractions are the whole numbers, and it is said`()
    throws
  {
    let made = try dataset("sentence\tlabel\ngood\t1.0\nbad\t0.0\nfine\t1\n")
    #expect(made.labels == [1, 0, 1])
    #expect(
      made.outcome.errors.contains("rows.tsv:2: 2 labels are whole numbers written as fractions"))
  }

  @Test func `texts without labels are told apart from tables without them`() throws {
    let refused = try dataset("good\nbad\n", name: "r.txt")
    #expect(refused.outcome.status == 65 && refused.outcome.errorLines.count == 1)
    #expect(
      refused.outcome.errors.contains(
        "r.txt:1: holds a text a line, without labels; give a table or JSON lines with them, or the "
          + "names of all outputs with --labels"), "\(refused.outcome.errors)")
    #expect(!refused.outcome.errors.contains("--label-column"))
    #expect(try dataset("good\nbad\n", name: "r.txt", ["--labels", "a,b"]).outcome.status == 0)
  }

  @Test func `a column of labels by another name is named with --label-column`() throws {
    let text = "sentence\tkind\ngood\tb\nbad\ta\n"
    let refused = try dataset(text)
    #expect(refused.outcome.status == 65)
    #expect(refused.outcome.errors.contains("name the column with --label-column"))
    #expect(try dataset(text, ["--label-column", "kind"]).labels == [1, 0])
  }

  @Test func `a byte order mark, CR LF, capitals in the header and blank lines are no faults`()
    throws
  {
    let made = try dataset("\u{FEFF}Sentence,Label\r\ngood,1\r\n\r\nbad,0\r\n\r\n", name: "r.csv")
    #expect(made.labels == [1, 0])
    #expect(made.texts == "goodbad")
  }

  @Test func `JSON lines have numbers, truth values and texts for labels`() throws {
    let object = { (label: String) in "{\"sentence\": \"good\", \"label\": \(label)}\n" }
    let numbers = try dataset(object("1") + object("0"), name: "r.jsonl")
    #expect(numbers.labels == [1, 0])
    #expect(try dataset(object("true") + object("false"), name: "r.jsonl").labels == [1, 0])
    #expect(try dataset(object("1.0") + object("0"), name: "r.jsonl").labels == [1, 0])
    let missing = try dataset(object("1") + object("0") + object("null"), name: "r.jsonl")
    #expect(missing.outcome.errors.contains("r.jsonl:3: 1 of 3 rows have no label (line 3)"))
  }

  @Test func `texts quoted as in CSV are told, and --quoting csv takes the marks off`() throws {
    let text = "sentence\tlabel\n\"he said \"\"no\"\"\"\t0\ngood\t1\n\"\"\t1\n"
    let plain = try dataset(text)
    #expect(plain.texts == "\"he said \"\"no\"\"\"good\"\"")
    #expect(plain.outcome.errors.contains("2 rows stand in quotation marks as in CSV"))
    let csv = try dataset(text, ["--quoting", "csv"])
    #expect(csv.texts == "he said \"no\"good")
    #expect(csv.outcome.errors.contains("1 row has an empty text"))
  }

  @Test func `--skip-malformed-rows makes no row of half a sentence`() throws {
    let text = "sentence\tlabel\n\"the film\nis bad\"\t0\ngood film\t1\n"
    let refused = try dataset(text, ["--skip-malformed-rows"])
    #expect(refused.outcome.status == 65)
    #expect(refused.outcome.errorLines.count == 1)
    let made = try dataset(text, ["--skip-malformed-rows", "--quoting", "csv"])
    #expect(made.texts == "the film\nis badgood film")
  }

  @Test func `files of pairs and of single texts do not become one dataset`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "sentence1\tsentence2\tlabel\na\tb\tpositive\nb\ta\tnegative\n", to: folder + "/pairs.tsv")
      let outcome = try Distill.run(
        Command.dataset(world, train: "pairs.tsv", dev: world.folder + "/dev.tsv"), in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("dev.tsv: holds single texts, "), "\(outcome.errors)")
    }
  }

  @Test func `the metric that chooses the model must be one of so many labels, before any work`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "sentence\tlabel\ngood\ta\nbad\tb\nfine\tc\n", to: folder + "/three.tsv")
      try Distill.succeed(
        Command.dataset(world, train: "three.tsv", dev: "three.tsv") + ["--max-seq-length", "32"],
        in: folder)
      let outcome = try Distill.run(
        Command.finetune(world.folder + "/encoder", dataset: "out/rows.h5")
          + ["--metric-for-best-model", "f1"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errorLines.count == 1)
      #expect(
        outcome.errors.contains(
          "`f1` is not measured here; name one of accuracy, f1_macro, f1_micro, f1_weighted, matthews"
        ))
      #expect(!outcome.errors.contains("drawn afresh"))
    }
  }
}
