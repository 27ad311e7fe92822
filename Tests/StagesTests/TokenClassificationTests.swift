import Foundation
import HDF5
import TestSupport
import Testing

/// Words with tags, from files to an exported folder.
@Suite struct TokenClassificationTests {
  private struct Told: Decodable {
    struct Row: Decodable {
      let ids: [Int32]
      let labels: [Int32]
      let words: [[Double]?]
    }
    let faults: [String]
    let `class`: String
    let labels: [String]
    let rows: [Row]
  }

  private struct Answer: Decodable {
    struct Entity: Decodable, Equatable {
      let type: String
      let text: String
      let start: Int
      let end: Int
    }
    let words: [String]
    let tags: [String]
    let entities: [Entity]
  }

  private func answers(_ outcome: Program.Outcome) throws -> [Answer] {
    try outcome.lines.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
  }

  private func oracle(_ folder: String, _ rows: String, length: Int) throws -> Told {
    try JSONDecoder().decode(
      Told.self, from: Data(try PythonOracle.run("tag_words.py", [folder, rows, "\(length)"]).utf8))
  }

  @Test func `teacher and student find entities, and evaluate shows them by type`() throws {
    let world = try TaggedWorld.shared()
    let command = [
      "evaluate", "--teacher", "teacher.h5", "--models", "student.h5", "--dataset", "rows.h5",
      "--compare", "student:teacher",
    ]
    let metrics = try #require(
      try Distill.object(command + ["--json"], in: world.folder)["evaluate"] as? [String: Double])
    for model in ["teacher", "student"] {
      for name in ["overall_f1", "overall_precision", "overall_recall", "overall_accuracy"] {
        #expect(try #require(metrics["\(model).dev_\(name)"]) > 0.9, "\(model) \(name)")
      }
      for type in ["thing", "praise"] {
        #expect(try #require(metrics["\(model).dev_\(type)_f1"]) > 0.8)
        #expect(try #require(metrics["\(model).dev_\(type)_number"]) > 20)
      }
    }
    #expect(try #require(metrics["student.dev_agreement"]) > 0.9)
    #expect(metrics["compare.dev_difference"] != nil)
    let table = try Distill.succeed(command, in: world.folder)
    let headers = table.lines.filter { $0.hasPrefix("dev: model") }
    #expect(headers.contains { $0.contains("overall f1") })
    #expect(headers.contains { $0.contains("type") && $0.contains("precision") })
    #expect(!headers.contains { $0.contains("thing") })
    #expect(table.lines.count { $0.hasPrefix("student") && $0.contains(" praise ") } == 1)
    #expect(table.lines.count { $0.contains(" thing ") } == 2)
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `transformers loads the student and gives every word the same tag and logits`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      // Pieces, capitals, an accent, words of several pieces or none, and a row that is too long.
      let odd: [[(word: String, tag: String)]] = [
        [
          ("The", "O"), ("STORYs", "B-thing"), ("warmly,", "B-praise"), ("\u{200b}", "O"),
          ("!", "O"),
        ],
        [("\u{7}", "O")], [("sóng", "B-thing"), ("x y", "O"), ("", "O"), ("unknowable", "O")],
        (0..<40).map { _ in ("storys", "O") } + [("film", "B-thing")],
      ]
      let rows = try Disk.text(world.folder + "/dev.jsonl") + TaggedWorld.objects(odd)
      try Disk.write(rows, to: folder + "/rows.jsonl")
      let theirs = try oracle(world.folder + "/exported", folder + "/rows.jsonl", length: 32)
      #expect(theirs.faults.isEmpty && theirs.class == "BertForTokenClassification")
      #expect(theirs.labels == ["B-praise", "B-thing", "I-thing", "O"])

      for model in ["student.h5", "exported"] {
        let predicted = try Distill.succeed(
          [
            "predict", "--model", world.folder + "/" + model, "--input", "rows.jsonl", "--json",
          ], in: folder)
        #expect(predicted.errors.contains("words lie beyond the limit of 32 tokens"))
        for (mine, other) in zip(try answers(predicted), theirs.rows) {
          let tags = other.words.map { logits in
            logits.map { theirs.labels[$0.indices.max { logits![$0] < logits![$1] } ?? 0] } ?? "O"
          }
          #expect(mine.tags == tags)
        }
      }

      let command = [
        "dataset", "--task", "token-classification", "--train", world.folder + "/train.conll",
        "--dev", "rows.jsonl", "--tokenizer", world.folder + "/encoder", "--max-seq-length", "32",
        "--output", "rows.h5",
      ]
      let made = try Distill.succeed(command, in: folder)
      #expect(made.errors.contains("tags are recognised as IOB2"))
      #expect(made.errors.contains("rows.jsonl: 1 rows are cut to --max-seq-length, and "))
      #expect(made.errors.contains("rows.jsonl: 3 words have no token"))
      let dataset = try ArtifactReader(path: folder + "/rows.h5")
      #expect(try dataset.int32s("dev/ids") == theirs.rows.flatMap(\.ids))
      #expect(try dataset.int32s("dev/token_labels/values") == theirs.rows.flatMap(\.labels))

      try Distill.succeed(
        [
          "evaluate", "--models", world.folder + "/student.h5", "--dataset", "rows.h5", "--splits",
          "dev", "--output", "p.h5",
        ], in: folder)
      let predictions = try ArtifactReader(path: folder + "/p.h5")
      let logits = try predictions.floats("logits/student/dev")
      let starts = try predictions.int64s("starts/dev").map { Int($0) }
      for (row, told) in theirs.rows.enumerated() {
        let ours = logits[starts[row] * 4..<starts[row + 1] * 4]
        let comparison = Comparison(
          Array(ours), told.words.compactMap(\.self).flatMap(\.self),
          within: Tolerance(absolute: 1e-4, relative: 0))
        #expect(comparison.isClose, "row \(row): \(comparison)")
      }
    }
  }

  @Test func `predict writes a word and its tag a line, and entities as JSON`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      let model = ["predict", "--model", world.folder + "/student.h5"]
      try Disk.write("the film dull is\n\ngood\n", to: folder + "/text.txt")
      let text = try Distill.succeed(model + ["--input", "text.txt"], in: folder)
      #expect(
        text.output
          == "the\tO\nfilm\tB-thing\ndull\tI-thing\nis\tO\n\n\ngood\tB-praise\n\n")
      // What was written is read again, the tags left aside.
      let again = try Distill.succeed(
        model + ["--input", "-", "--format", "conll"], in: folder, input: text.output)
      #expect(again.output == text.output.replacing("\n\n\n", with: "\n\n"))
      let found = try answers(
        try Distill.succeed(model + ["--input", "text.txt", "--json"], in: folder))
      #expect(found.count == 3 && found[0].words == ["the", "film", "dull", "is"])
      #expect(found[0].entities == [.init(type: "thing", text: "film dull", start: 1, end: 3)])
      #expect(found[1].words.isEmpty && found[1].tags.isEmpty)
    }
  }

  @Test func `the same tags in another scheme, or as numbers, are the same dataset`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      let iob2 = [["B-a", "I-a", "B-a", "O"], ["O", "B-b"]]
      let files = [
        "iob2.conll": iob2, "iob1.txt": [["I-a", "I-a", "B-a", "O"], ["O", "I-b"]],
        "bioes.conll": [["B-a", "E-a", "S-a", "O"], ["O", "S-b"]],
        "bilou.annotated": [["B-a", "L-a", "U-a", "O"], ["O", "U-b"]],
        "numbers.jsonl": [["0", "2", "0", "3"], ["3", "1"]],
      ]
      var digests: Set<String> = []
      for (name, tags) in files {
        let sentences = tags.map { $0.map { (word: "film", tag: $0) } }
        let text =
          try name.hasSuffix(".jsonl")
          ? TaggedWorld.objects(sentences) : TaggedWorld.conll(sentences)
        try Disk.write(text, to: folder + "/" + name)
        let outcome = try Distill.succeed(
          [
            "dataset", "--task", "token-classification", "--train", name, "--tokenizer",
            world.folder + "/encoder", "--labels", "B-a,B-b,I-a,O", "--output", name + ".h5",
          ], in: folder)
        let scheme = name.hasPrefix("numbers") ? "IOB2" : name.split(separator: ".")[0].uppercased()
        #expect(outcome.errors.contains("tags are recognised as \(scheme)"), "\(outcome.errors)")
        digests.insert(try Disk.content(folder + "/\(name).h5"))
      }
      #expect(digests.count == 1)
    }
  }

  @Test func `words with the number -100 are left out of training and scores, and counted`() throws
  {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      // The second word is of one piece, the last two have none, or two.
      try Disk.write(
        #"{"tokens": ["the", "film", "was", "\u0007", "storys"], "ner_tags": [3, -100, 3, 3, 1]}"#
          + "\n" + #"{"tokens": ["warm", "song"], "ner_tags": [-100, -100]}"# + "\n",
        to: folder + "/rows.jsonl")
      let made = try Distill.succeed(
        [
          "dataset", "--task", "token-classification", "--train", "rows.jsonl", "--dev",
          "rows.jsonl", "--tokenizer", world.folder + "/encoder", "--labels",
          "B-praise,B-thing,I-thing,O", "--output", "rows.h5",
        ], in: folder)
      #expect(
        made.errors.contains(
          "rows.jsonl: 3 words have the tag -100: they are left out of training and of every score"),
        "\(made.errors)")
      #expect(made.errors.contains("rows.jsonl: 1 words have no token"))
      let values = try ArtifactReader(path: folder + "/rows.h5").int32s("dev/token_labels/values")
      #expect(values == [-100, 3, -100, 3, 1, -100, -100, -100, -100, -100, -100])
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows.h5", "--output",
          "m.h5", "--max-steps", "2",
        ], in: folder)
      try Distill.succeed(
        [
          "evaluate", "--models", world.folder + "/student.h5", "--dataset", "rows.h5", "--output",
          "p.h5",
        ], in: folder)
      let predictions = try ArtifactReader(path: folder + "/p.h5")
      #expect(try predictions.floats("logits/student/dev").count == 3 * 4)
    }
  }

  @Test func `tags that mark no entities are learnt and scored as classes of words`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      let tags = [
        "the": "DT", "film": "NN", "song": "NN", "was": "VBD", "warm": "JJ", "dull": "JJ",
      ]
      let sentences = [
        "the film was warm", "the song was dull", "song film was dull", "the warm song",
      ]
      let rows = sentences.map { sentence in
        sentence.split(separator: " ").map { "\($0) \(tags[String($0)] ?? "")\n" }.joined() + "\n"
      }
      try Disk.write(String(repeating: rows.joined(), count: 4), to: folder + "/pos.conll")
      let made = try Distill.succeed(
        [
          "dataset", "--task", "token-classification", "--train", "pos.conll", "--dev", "pos.conll",
          "--tokenizer", world.folder + "/encoder", "--output", "rows.h5",
        ], in: folder)
      #expect(made.errors.contains("tags are classes of words, scored by accuracy and F1"))
      let training = ["--num-train-epochs", "60", "--learning-rate", "5e-3"]
      try Distill.succeed(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows.h5", "--output",
          "teacher.h5", "--metric-for-best-model", "f1_macro", "--load-best-model-at-end",
          "--eval-strategy", "epoch",
        ] + training, in: folder)
      let taught = try Distill.succeed(
        [
          "prediction", "--teacher", "teacher.h5", "--student", world.folder + "/encoder",
          "--dataset", "rows.h5", "--output", "student.h5",
        ] + training, in: folder)
      #expect(taught.errors.contains("the tag 'NN' for every word"), "\(taught.errors)")
      let command = [
        "evaluate", "--teacher", "teacher.h5", "--models", "student.h5", "--dataset", "rows.h5",
      ]
      let metrics = try #require(
        try Distill.object(command + ["--json"], in: folder)["evaluate"] as? [String: Double])
      for model in ["teacher", "student"] {
        #expect(metrics["\(model).dev_accuracy"] == 1, "\(metrics)")
        #expect(metrics["\(model).dev_f1_macro"] == 1)
      }
      #expect(!metrics.keys.contains { $0.contains("overall") })
      try Distill.succeed(["export", "--model", "student.h5", "--output", "out"], in: folder)
      try Disk.write("the film was dull\n", to: folder + "/text.txt")
      for model in ["student.h5", "out"] {
        let told = try Distill.succeed(
          ["predict", "--model", model, "--input", "text.txt", "--json"], in: folder)
        let answer = try #require(try answers(told).first)
        #expect(answer.tags == ["DT", "NN", "VBD", "JJ"] && answer.entities.isEmpty)
      }
    }
  }

  @Test func `sentences without tags are distilled from, and not fine-tuned on or scored`() throws {
    let world = try TaggedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("the\nfilm\n\nvery\nsong\n", to: folder + "/bare.conll")
      let dataset = [
        "dataset", "--task", "token-classification", "--train", "bare.conll", "--tokenizer",
        world.folder + "/encoder", "--max-seq-length", "32", "--output", "rows.h5",
      ]
      let refused = try Distill.run(dataset, in: folder)
      #expect(refused.status == 65)
      #expect(refused.errors.contains("bare.conll:1: no row has tags; name their column with"))
      let labels = ["--labels", "B-praise,B-thing,I-thing,O"]
      try Distill.succeed(dataset + labels + ["--dev", "bare.conll"], in: folder)
      let student = [
        "prediction", "--teacher", world.folder + "/teacher.h5", "--student",
        world.folder + "/encoder", "--dataset", "rows.h5", "--output", "student.h5", "--max-steps",
        "2",
      ]
      let hard = try Distill.run(student + ["--alpha", "0.5"], in: folder)
      #expect(hard.status == 65 && hard.errors.contains("2 of 2 rows of 'train' have no label"))
      let soft = try Distill.succeed(student, in: folder)
      #expect(soft.errors.contains("no labelled development rows: the teacher goes unchecked"))
      let model = ["finetune", "--model", world.folder + "/encoder", "--output", "m.h5"]
      #expect(try Distill.run(model + ["--dataset", "rows.h5"], in: folder).status == 65)
      let scored = try Distill.succeed(
        [
          "evaluate", "--teacher", world.folder + "/teacher.h5", "--models", "student.h5",
          "--dataset", "rows.h5",
        ], in: folder)
      #expect(scored.errors.contains("'dev' has no labels"))
      let header = try #require(scored.lines.first { $0.hasPrefix("dev: model") })
      #expect(header.contains("agreement") && !header.contains("overall f1"))
    }
  }

  private static let bad = [
    BadInput("a csv of words", 65, #"rows\.csv: is a csv, .*give --format conll"#) { _, folder in
      try words("a,O\n", folder, "rows.csv")
    },
    BadInput("a tag that is none", 65, #"rows\.conll:2: the tag 'NN' of word 2 is no tag"#) {
      try words("a\tO\nb\tNN\nc\tB-x\n", $1)
    },
    BadInput("numbers without names", 65, #"rows\.conll:1: the tag '3' .*with --labels"#) {
      try words("a\t3\n", $1)
    },
    BadInput("a word without a tag", 65, #"rows\.conll:2: has 1 columns, the first line"#) {
      try words("a\tO\nb\n", $1)
    },
    BadInput("one tag alone", 65, #"rows\.conll:1: every word has the tag 'O'"#) {
      try words("a\tO\nb\tO\n", $1)
    },
    BadInput("a tag that training rows lack", 65, #"dev\.conll:1: 1 words have unknown tags"#) {
      try Disk.write("a\tB-x\n", to: $1 + "/dev.conll")
      return try words("a\tO\nb\tB-a\n", $1) + ["--dev", "dev.conll"]
    },
    BadInput("no sentence", 65, #"rows\.conll: no rows in it; give at least one"#) {
      try words("\n\t\n", $1)
    },
    BadInput("two schemes", 65, "mix the letters of BIOES") {
      try words("a\tS-a\nb\tU-a\n", $1)
    },
    BadInput("another scheme than the named one", 65, "is none of IOB1") {
      try words("a\tS-a\nb\tO\n", $1) + ["--tag-scheme", "iob1"]
    },
    BadInput("a scheme for texts", 64, "--tag-scheme: given for classification") { world, _ in
      Command.dataset(world, train: world.folder + "/train.tsv") + ["--tag-scheme", "iob1"]
    },
    BadInput("words for texts", 65, "rows.conll: holds words with tags; give --task") {
      world, folder in
      try Disk.write("a\tO\n", to: folder + "/rows.conll")
      return Command.dataset(world, train: "rows.conll")
    },
    BadInput("a pair of words", 64, "--pair-column: given for token-classification") {
      try words("a\tO\nb\tB-a\n", $1) + ["--pair-column", "3"]
    },
    BadInput("names for columns of words", 64, "--columns: given for token-classification") {
      try words("a\tO\nb\tB-a\n", $1) + ["--columns", "sentence,label"]
    },
    BadInput("words that may be skipped", 64, "--skip-malformed-rows: given for token-class") {
      try words("a\tO\nb\tB-a\n", $1) + ["--skip-malformed-rows"]
    },
    BadInput(
      "a format of texts", 64, "--format: tsv holds texts, not words with tags; give conll or jsonl"
    ) {
      try words("a\tO\nb\tB-a\n", $1) + ["--format", "tsv"]
    },
    BadInput("a name that is no tag", 65, "labels: 'NOUN' is no tag of an entity") {
      try words("a\tO\nb\tB-a\n", $1) + ["--labels", "O,NOUN"]
    },
    BadInput("a column beyond", 65, #"rows\.conll:1: has 2 columns, column 4 is asked for"#) {
      try words("a\tO\nb\tB-a\n", $1) + ["--label-column", "4"]
    },
    BadInput("a model of texts", 65, "its logits are for classification, the dataset is for token-")
    { world, _ in
      let tagged = try TaggedWorld.shared()
      return [
        "evaluate", "--models", world.artifact("student"), "--dataset", tagged.folder + "/rows.h5",
      ]
    },
    BadInput("tags beside tags", 64, "--show: a line holds a word and its tag") { world, _ in
      [
        "predict", "--model", try TaggedWorld.shared().folder + "/student.h5", "--input",
        world.folder + "/text.txt", "--show", "text",
      ]
    },
  ]

  private static func words(
    _ text: String, _ folder: String, _ name: String = "rows.conll"
  ) throws -> [String] {
    try Disk.write(text, to: folder + "/" + name)
    return Command.dataset(try FinishedWorld.shared(), train: name)
      + ["--task", "token-classification"]
  }

  @Test(arguments: bad)
  func `what cannot be used is told in one line`(input: BadInput) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let outcome = try Distill.run(try input.prepare(world, folder), in: folder)
      #expect(outcome.status == input.status, "\(outcome.errors)")
      #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
      let line = try #require(outcome.errorLines.first)
      #expect(line.contains(try Regex(input.pattern)), "\(line)")
    }
  }
}
