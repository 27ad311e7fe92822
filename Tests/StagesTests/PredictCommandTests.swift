import Foundation
import TestSupport
import Testing

@Suite struct PredictCommandTests {
  private static let texts = ["the film was good and warm .", "the plot is so dull and cold ."]

  @Test(arguments: ["rows.txt", "rows.tsv", "rows.csv", "rows.jsonl"])
  func `every kind of file gives the same classes`(file: String) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let text =
        switch file {
        case "rows.txt": Self.texts.joined(separator: "\n") + "\n"
        case "rows.tsv": "sentence\n" + Self.texts.joined(separator: "\n") + "\n"
        case "rows.csv": "id,sentence\n" + Self.texts.map { "1,\"\($0)\"\n" }.joined()
        default: Self.texts.map { "{\"sentence\": \"\($0)\"}\n" }.joined()
        }
      try Disk.write(text, to: folder + "/" + file)
      let model = world.artifact("student")
      let rows = try Distill.succeed(["predict", "--model", model, "--input", file], in: folder)
      #expect(rows.lines == ["positive", "negative"])
      let json = try Distill.succeed(
        ["predict", "--model", model, "--input", file, "--json"], in: folder)
      let first = try #require(
        try JSONSerialization.jsonObject(with: Data(json.lines[0].utf8)) as? [String: Any])
      let named: Set<String> = file == "rows.csv" ? ["id"] : []
      #expect(Set(first.keys) == named.union(["label", "logits", "probabilities"]))
      #expect((first["probabilities"] as? [Double])?.reduce(0, +).rounded() == 1)
      #expect((first["logits"] as? [Double])?.count == 2)
    }
  }

  @Test func `a text beyond the limit is cut, and what is cut off does not count`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      // The tokenizer's limit is 32 with the two special tokens: the thirty-first word is gone.
      let words = Array(repeating: "good", count: 30)
      let text = [words, words + ["dull", "cold"], Array(repeating: "x", count: 5000)]
      try Disk.write(
        text.map { $0.joined(separator: " ") + "\n" }.joined(), to: folder + "/long.txt")
      let lines = try Distill.succeed(
        ["predict", "--model", world.artifact("student"), "--input", "long.txt", "--json"],
        in: folder
      ).lines
      try #require(lines.count == 3)
      #expect(lines[0] == lines[1])
      #expect(lines[0] != lines[2])
    }
  }

  @Test func `columns are named with --text-column and --pair-column`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("a\tb\ngood and warm\tit is so fine\n", to: folder + "/pairs.tsv")
      try Disk.write(
        "sentence1\tsentence2\ngood and warm\tit is so fine\n", to: folder + "/named.tsv")
      // A folder does not say what its model was trained on, so it may be asked for both.
      let predict = ["predict", "--model", world.artifact("student_folder"), "--json", "--input"]
      let named = try Distill.succeed(predict + ["named.tsv"], in: folder).output
      let chosen = try Distill.succeed(
        predict + ["pairs.tsv", "--text-column", "a", "--pair-column", "b"], in: folder
      ).output
      let alone = try Distill.succeed(
        predict + ["pairs.tsv", "--text-column", "a"], in: folder
      ).output
      #expect(named == chosen)
      #expect(named != alone)
    }
  }
}

@Suite struct ReportCommandTests {
  @Test func `tokenize prints an array of ids a line`() throws {
    let world = try FinishedWorld.shared()
    let outcome = try Distill.succeed(
      ["tokenize", "--model", world.folder + "/encoder", "--json"], in: world.folder,
      input: "the film\n\nThe storys [MASK]\n")
    let id = { (word: String) in SmallWorld.vocabulary.firstIndex(of: word) ?? -1 }
    #expect(
      outcome.output == """
        [2,\(id("the")),\(id("film")),3]
        [2,3]
        [2,\(id("the")),\(id("story")),\(id("##s")),4,3]

        """)
    let split = try Distill.succeed(
      ["tokenize", "--model", world.folder + "/encoder", "--json", "--split-special-tokens"],
      in: world.folder, input: "[MASK]\n")
    #expect(!split.output.contains(",4,"))
  }

  @Test func `the cure of a folder that cuts special tokens works in every command`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      let tokenize = ["tokenize", "--model", "encoder", "--json"]
      let dataset = [
        "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", "encoder", "--output",
        "rows.h5",
      ]
      let place = folder + "/encoder/tokenizer_config.json"
      try Disk.write(#"{"do_lower_case": true, "split_special_tokens": true}"#, to: place)
      for command in [tokenize, dataset] {
        let refused = try Distill.run(command, in: folder, input: "[MASK]\n")
        #expect(refused.status == 65 && refused.errors.contains("--split-special-tokens"))
      }
      try Disk.write(#"{"do_lower_case": true, "split_special_tokens": false}"#, to: place)
      let whole = try Distill.succeed(tokenize, in: folder, input: "[MASK]\n")
      #expect(whole.output.contains(",4,"))
      let cure = ["--split-special-tokens"]
      let split = try Distill.succeed(tokenize + cure, in: folder, input: "[MASK]\n")
      #expect(!split.output.contains(",4,"))
      try Distill.succeed(dataset + cure, in: folder)
      try Distill.succeed(
        ["predict", "--model", world.artifact("student"), "--input", "-"] + cure, in: folder,
        input: "a film\n")
    }
  }

  @Test func `inspect tells what an artifact holds and what it was made from`() throws {
    let world = try FinishedWorld.shared()
    let model = try Distill.object(
      ["inspect", world.artifact("student"), "--json"], in: world.folder)
    #expect(model["kind"] as? String == "model")
    #expect(model["hidden_size"] as? Int == 16)
    #expect(model["trained_on"] as? String == "single texts")
    #expect(model["content_digest"] as? String == (try Disk.content(world.artifact("student"))))
    let inputs = try #require(model["inputs"] as? [String: String])
    #expect(inputs["teacher"] == (try Disk.content(world.artifact("teacher"))))
    let datasets = try #require(model["datasets"] as? [[String: Any]])
    #expect(datasets.contains { $0["name"] as? String == "weights/classifier.weight" })
    for name in SmallWorld.artifacts {
      let text = try Distill.succeed(["inspect", world.artifact(name)], in: world.folder)
      #expect(text.output.contains("content digest"))
    }
  }

  @Test func `inspect tells what a model folder holds`() throws {
    let world = try FinishedWorld.shared()
    let folder = try Distill.object(
      ["inspect", world.artifact("student_folder"), "--json"], in: world.folder)
    #expect(folder["layers"] as? Int == 1)
    #expect(folder["labels"] as? String == "negative, positive")
    // Embeddings of tokens, positions and segments with their norm; query, key, value and output;
    // the feed-forward products; two norms; the pooler; the classifier.
    let embeddings = (SmallWorld.vocabulary.count + 40 + 2 + 2) * 16
    let layer = 4 * (16 * 16 + 16) + (16 * 32 + 32) + (32 * 16 + 16) + 2 * 2 * 16
    let heads = (16 * 16 + 16) + (16 * 2 + 2)
    #expect(folder["parameters"] as? Int == embeddings + layer + heads)
  }

  @Test func `doctor finds the engine right`() throws {
    let report = try Distill.object(["doctor", "--json"], in: "/")
    #expect(report["healthy"] as? Bool == true)
    #expect((report["threads"] as? Int ?? 0) >= 1)
  }

  @Test func `the version and the list of commands are printed`() throws {
    #expect(try Distill.succeed(["--version"], in: "/").output.contains("."))
    let help = try Distill.succeed(["--help"], in: "/").output
    for command in ["corpus", "task", "run", "status", "predict", "inspect", "doctor"] {
      #expect(help.contains(command))
    }
  }
}
