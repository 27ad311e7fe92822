import Foundation
import TestSupport
import Testing

/// Input that is ordinary somewhere else, and was taken for something that it is not.
@Suite struct OddInputTests {
  @Test(arguments: ["tokenize --model M < T", "predict --model S --input T", "inspect M --json"])
  func `data that cannot be printed is told and ends with 74`(words: String) throws {
    let world = try FinishedWorld.shared()
    let command = words.replacing("M", with: world.folder + "/encoder")
      .replacing("S", with: world.artifact("student"))
      .replacing("T", with: world.folder + "/text.txt")
    let outcome = try Program.run("/bin/sh", ["-c", "\(Distill.path) \(command) > /dev/full"])
    #expect(outcome.status == 74)
    #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    let isObject = words.hasSuffix("--json")
    #expect(
      isObject
        ? outcome.errors.contains(
          #""place":"standard output","message":"cannot be written: No space"#)
        : outcome.errors.hasPrefix("distill: standard output: cannot be written: No space left"),
      "\(outcome.errors)")
  }

  @Test func `the name of a folder to make may end with a slash`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        ["export", "--model", world.artifact("student"), "--output", "made/"], in: folder)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == ["made", "made.distill"])
    }
  }

  @Test func `columns of one text and of a pair in one file are not guessed at`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "question\tsentence\tlabel\ngood ?\tbad\tnegative\nbad ?\tgood\tpositive\n",
        to: folder + "/q.tsv")
      let command = Command.dataset(world, train: "q.tsv", dev: "q.tsv")
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 65)
      let cure = "--text-column question --pair-column sentence"
      #expect(refused.errors.contains("a pair or a text alone; give \(cure)"), "\(refused.errors)")
      try Distill.succeed(command + cure.split(separator: " ").map(String.init), in: folder)
      // So is one that any other pair has.
      try Disk.write("sentence\ttext_a\tlabel\na\tb\tx\nc\td\ty\n", to: folder + "/q.tsv")
      let other = try Distill.run(command + ["--overwrite"], in: folder)
      #expect(
        other.status == 65
          && other.errors.contains(
            "give --text-column text_a --pair-column sentence, or --text-column sentence"),
        "\(other.errors)")
      // Two that are known as a pair are one.
      try Disk.write(
        "question\tsentence\tsentence1\tsentence2\tlabel\ngood ?\ta\tb\tc\tnegative\n"
          + "bad ?\td\te\tf\tpositive\n", to: folder + "/q.tsv")
      let both = try Distill.run(command, in: folder)
      let pair = "--text-column sentence1 --pair-column sentence2"
      #expect(
        both.status == 65
          && both.errors.contains(
            "has the columns 'question', 'sentence', 'sentence1', 'sentence2', a pair or a text alone; "
              + "give \(pair), or --text-column question --pair-column sentence, or --text-column "
              + "sentence"),
        "\(both.errors)")
      for cure in [pair, "--text-column sentence"] {
        try Distill.succeed(
          command + ["--overwrite"] + cure.split(separator: " ").map(String.init), in: folder)
      }
    }
  }

  @Test(arguments: ["NA", "null", "None", "<NA>", "n/a", "-inf"])
  func `words that tables write for no value are no class beside numbers`(word: String) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write(
        "sentence\tlabel\ngood\t1\nbad\t0\nso\t\(word)\n", to: folder + "/gap.tsv")
      let command = Command.dataset(world, train: "gap.tsv", dev: "gap.tsv")
      let refused = try Distill.run(command, in: folder)
      #expect(refused.status == 65 && refused.errors.contains("gap.tsv:4: 1 rows have what tables"))
      try Distill.succeed(command + ["--labels", "0,1,\(word)"], in: folder)
    }
  }

  @Test func `a text file has no columns to name`() throws {
    let world = try FinishedWorld.shared()
    for input in ["-", world.folder + "/text.txt"] {
      let outcome = try Distill.run(
        [
          "predict", "--model", world.artifact("student"), "--input", input, "--text-column", "x",
        ], in: world.folder)
      #expect(outcome.status == 64 && outcome.errors.contains("a txt has no columns"))
    }
  }

  @Test(arguments: [
    ("tokenizer_config.json", "{", #"{"truncation_side": "left", "#, "truncation_side is left"),
    (
      "tokenizer.json", #""truncation":null"#,
      #""truncation":{"direction":"Left","max_length":8,"strategy":"LongestFirst","stride":0}"#,
      "truncation.direction is left"
    ),
    (
      "tokenizer.json", #""lowercase":true"#, #""lowercase":false"#,
      "do_lower_case contradicts the normalizer"
    ),
  ])
  func `habits of a tokenizer that change its ids are refused by their name`(
    file: String, was: String, becomes: String, told: String
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let model = folder + "/m"
      try FileManager.default.copyItem(atPath: world.artifact("student_folder"), toPath: model)
      var text = try Disk.text("\(model)/\(file)")
      if file == "tokenizer.json" { text = text.replacing(/\s*:\s*/, with: ":") }
      let range = try #require(text.firstRange(of: was), "\(text.prefix(600))")
      text.replaceSubrange(range, with: becomes)
      try Disk.write(text, to: "\(model)/\(file)")
      let outcome = try Distill.run(
        ["predict", "--model", model, "--input", world.folder + "/text.txt"], in: folder)
      #expect(outcome.status == 65 && outcome.errors.contains(told), "\(outcome.errors)")
    }
  }
}
