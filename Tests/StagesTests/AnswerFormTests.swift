import Foundation
import TestSupport
import Testing

/// What `predict` reads, refuses and prints beside the label.
@Suite struct AnswerFormTests {
  private static let texts = ["the film was good and warm .", "the plot is so dull and cold ."]

  private func predict(_ flags: [String], in folder: String, input: String = "") throws
    -> Program.Outcome
  {
    let world = try FinishedWorld.shared()
    let model = flags.contains("--model") ? [] : ["--model", world.artifact("student")]
    return try Distill.run(["predict"] + model + flags, in: folder, input: input)
  }

  @Test func `standard input is read as text, or in the format that is named`() throws {
    let lines = Self.texts.map { $0 + "\n" }.joined()
    #expect(
      try predict(["--input", "-"], in: "/", input: lines).lines == ["positive", "negative"])
    let rows = Self.texts.map { "{\"sentence\": \"\($0)\", \"id\": \"r\"}\n" }.joined()
    let json = try predict(
      ["--input", "-", "--format", "jsonl", "--show", "id"], in: "/", input: rows)
    #expect(json.lines == ["r\tpositive", "r\tnegative"], "\(json.errors)")
  }

  @Test func `id, probabilities and text stand beside the label where they are asked for`() throws {
    try withTemporaryFolder { folder in
      try Disk.write(
        "name\tsentence\nx1\t\(Self.texts[0])\nx2\t\(Self.texts[1])\n", to: folder + "/rows.tsv")
      let all = ["--input", "rows.tsv", "--id-column", "name", "--show", "id,probabilities,text"]
      let lines = try predict(all, in: folder).lines
      try #require(lines.count == 2)
      let fields = lines[0].split(separator: "\t").map(String.init)
      try #require(fields.count == 5)
      #expect(fields[0] == "x1" && fields[1] == "positive" && fields[4] == Self.texts[0])
      let shares = fields[2...3].compactMap(Double.init)
      #expect(shares.count == 2 && shares[0] < shares[1] && abs(shares[0] + shares[1] - 1) < 2e-4)

      let json = try predict(all + ["--json"], in: folder).lines
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json[1].utf8)) as? [String: Any])
      #expect(object["id"] as? String == "x2" && object["text"] as? String == Self.texts[1])
      let numbered = try predict(["--input", "rows.tsv", "--show", "id"], in: folder).lines
      #expect(numbered == ["0\tpositive", "1\tnegative"])
      #expect(try predict(["--input", "rows.tsv", "--show", "nose"], in: folder).status == 64)
    }
  }

  @Test
  func `a submission has the benchmark's header, the file's index and the benchmark's labels`()
    throws
  {
    try withTemporaryFolder { folder in
      try Disk.write(
        "index\tsentence\n7\t\(Self.texts[0])\n9\t\(Self.texts[1])\n", to: folder + "/test.tsv")
      let plain = try predict(["--input", "test.tsv", "--submission"], in: folder)
      #expect(plain.output == "index\tprediction\n7\tpositive\n9\tnegative\n")
      let glue = ["--input", "test.tsv", "--submission", "--glue", "sst-2"]
      let refused = try predict(glue, in: folder)
      #expect(refused.status == 65 && refused.output.isEmpty)
      #expect(
        refused.errors.contains("those of the benchmark 0, 1; name its outputs in order with"))
      let named = try predict(glue + ["--labels", "0,1"], in: folder)
      #expect(named.output == "index\tprediction\n7\t1\n9\t0\n")
      let wrong = try predict(["--input", "test.tsv", "--labels", "a,b,c"], in: folder)
      #expect(wrong.status == 65)
      #expect(wrong.errors.contains("it has 2 outputs, 3 labels are named; name each output"))
    }
  }

  @Test func `a tab in a text file is told`() throws {
    try withTemporaryFolder { folder in
      try Disk.write("good\tbad\nfine\n", to: folder + "/rows.txt")
      let outcome = try predict(["--input", "rows.txt"], in: folder)
      #expect(outcome.status == 0 && outcome.lines.count == 2)
      #expect(outcome.errors.contains("rows.txt:1: 1 line holds a tab: the whole line is one text"))
    }
  }

  /// The folder of a model of pairs remembers it, and one that says nothing may be asked for both.
  private func checkExport(
    of model: String, single: String, pairs: String, in folder: String
  ) throws {
    try Distill.succeed(["export", "--model", model, "--output", "first"], in: folder)
    try Distill.succeed(["export", "--model", "first", "--output", "again"], in: folder)
    for exported in ["first", "again"] {
      #expect(
        try predict(["--model", exported, "--input", pairs], in: folder).output
          == predict(["--model", model, "--input", pairs], in: folder).output)
      let refused = try predict(["--model", exported, "--input", single], in: folder)
      #expect(refused.status == 65 && refused.output.isEmpty)
      #expect(
        refused.errors.contains("\(exported) was trained on pairs of texts; give a file with"),
        "\(refused.errors)")
    }
    let world = try FinishedWorld.shared()
    let scored = try Distill.run(
      [
        "evaluate", "--models", "first", "--dataset", world.artifact("rows"),
        "--model-labels", "negative,positive",
      ], in: folder)
    #expect(scored.status == 65 && scored.errors.contains("first was trained on pairs of texts"))
    let text = try String(contentsOfFile: folder + "/first/config.json", encoding: .utf8)
    let key = #""distill":{"has_pairs":true},"#
    #expect(text.contains(key))
    try Disk.write(text.replacing(key, with: ""), to: folder + "/first/config.json")
    #expect(try predict(["--model", "first", "--input", single], in: folder).status == 0)
  }

  @Test func `a model of pairs refuses single texts, one of single texts pairs`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = [("good", "warm", "yes"), ("bad", "warm", "no")]
      try Disk.write(
        "sentence1\tsentence2\tlabel\n" + rows.map { "\($0.0)\t\($0.1)\t\($0.2)\n" }.joined(),
        to: folder + "/pairs.tsv")
      try Disk.write("good\twarm\n", to: folder + "/rows.txt")
      try Distill.succeed(
        Command.dataset(world, train: "pairs.tsv", dev: "pairs.tsv") + ["--max-seq-length", "32"],
        in: folder)
      try Distill.succeed(
        Command.finetune(world.folder + "/encoder", dataset: "out/rows.h5"), in: folder)
      let pairs = ["--model", "out/model.h5", "--input"]
      #expect(try predict(pairs + ["pairs.tsv"], in: folder).status == 0)
      for file in ["rows.txt", world.folder + "/test.tsv"] {
        let single = try predict(pairs + [file], in: folder)
        #expect(single.status == 65 && single.output.isEmpty)
        #expect(
          single.errorLines.first?.contains(
            "holds single texts, out/model.h5 was trained on pairs of texts; give a file with")
            == true,
          "\(single.errors)")
      }
      let refused = try predict(["--input", "pairs.tsv"], in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("name the one text with --text-column"))
      #expect(
        try predict(["--input", "pairs.tsv", "--text-column", "sentence1"], in: folder).status == 0)

      let scored = try Distill.run(
        [
          "evaluate", "--models", "out/model.h5", "--dataset", world.artifact("rows"),
          "--model-labels", "negative,positive",
        ], in: folder)
      #expect(scored.status == 65)
      #expect(scored.errors.contains("was trained on pairs of texts"), "\(scored.errors)")
      try checkExport(of: "out/model.h5", single: "rows.txt", pairs: "pairs.tsv", in: folder)
    }
  }

  @Test func `tokenize refuses what is no UTF-8, with its line`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Data("good\n".utf8 + [0x67, 0xFF, 0x0A]).write(
        to: URL(fileURLWithPath: folder + "/bytes"))
      let outcome = try Program.run(
        "/bin/sh",
        ["-c", "\(Distill.path) tokenize --model \(world.folder)/encoder < \(folder)/bytes"])
      #expect(outcome.status == 65)
      #expect(outcome.lines.count == 1)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.hasPrefix("distill: <stdin>: line 2: byte 6 is not valid UTF-8"))
    }
  }
}
