import Foundation
import Pipelines
import Stages
import TestSupport
import Testing

/// What messages advise: that it exists, and that it helps.
@Suite struct CuresTests {
  /// A command that fails, what its message advises, and the commands that do so.
  struct Cure: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// In the message.
    let advice: String
    /// Writes what is needed into a folder and gives the command.
    let provoke: @Sendable (FinishedWorld, String) throws -> [String]
    /// The commands that the advice makes of it; the last one takes the place of the one that failed.
    let cure: @Sendable (FinishedWorld, [String]) -> [[String]]

    init(
      _ name: String, _ advice: String,
      _ provoke: @escaping @Sendable (FinishedWorld, String) throws -> [String],
      cure: @escaping @Sendable (FinishedWorld, [String]) -> [[String]]
    ) {
      testDescription = name
      self.advice = advice
      self.provoke = provoke
      self.cure = cure
    }
  }

  static let cures = [
    Cure("an option that is misspelt", #"did you mean "--learning-rate"?"#) { world, _ in
      general(world) + ["--learning-rat", "1e-3"]
    } cure: { _, words in
      [words.map { $0 == "--learning-rat" ? "--learning-rate" : $0 }]
    },
    Cure("the name that other tools have", #"did you mean "--num-train-epochs"?"#) { world, _ in
      general(world) + ["--epochs", "1"]
    } cure: { _, words in
      [words.map { $0 == "--epochs" ? "--num-train-epochs" : $0 }]
    },
    Cure("a port that is missing", "give --corpus PATH") { world, _ in
      general(world).filter { $0 != "--corpus" && $0 != world.artifact("corpus") }
    } cure: { world, words in
      [words + ["--corpus", world.artifact("corpus")]]
    },
    Cure("a corpus of pairs without room for two texts", "give at least 5, or --mode packed") {
      world, _ in
      corpus(world).filter { !["--max-seq-length", "40"].contains($0) }
        + ["--max-seq-length", "4", "--mode", "pairs"]
    } cure: { _, words in
      [words.map { $0 == "4" ? "5" : $0 }, words.map { $0 == "pairs" ? "packed" : $0 }]
    },
    Cure("a corpus of sequences too long", "make it again with --max-seq-length 40") {
      world, folder in
      try Distill.succeed(corpus(world), in: folder)
      return general(world, corpus: "long.h5")
    } cure: { world, words in
      [corpus(world) + ["--max-seq-length", "40"], words]
    },
    Cure("rows of another tokenizer", "make it again with --tokenizer encoder") {
      world, folder in
      try SmallWorld.writeEncoder(
        to: folder + "/encoder", vocabulary: SmallWorld.vocabulary.dropLast() + ["w"])
      return [
        "finetune", "--model", "encoder", "--dataset", world.artifact("rows"), "--output", "m.h5",
        "--max-steps", "1",
      ]
    } cure: { world, words in
      [
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer", "encoder", "--output",
          "own.h5", "--max-seq-length", "32",
        ], words.map { $0 == world.artifact("rows") ? "own.h5" : $0 },
      ]
    },
    Cure("a part of the loss that does not exist", "take some of embedding, hidden, attention") {
      world, _ in
      general(world) + ["--losses", "hiden"]
    } cure: { _, words in
      [words.map { $0 == "hiden" ? "embedding,hidden,attention" : $0 }]
    },
    Cure("widths that differ without projection", "use --projection shared") { world, _ in
      general(world) + ["--projection", "none"]
    } cure: { _, words in
      [words.map { $0 == "none" ? "shared" : $0 }]
    },
    Cure("a teacher that knows nothing", "or give --allow-weak-teacher") { world, folder in
      Command.task(world, teacher: try Spoiled.teacher(["negative", "positive"], folder))
    } cure: { _, words in
      [words + ["--allow-weak-teacher"]]
    },
    Cure("a teacher with other labels", "--teacher-labels") { world, folder in
      Command.task(world, teacher: try Spoiled.teacher(["no", "yes"], folder))
        + ["--allow-weak-teacher"]
    } cure: { _, words in
      [words + ["--teacher-labels", "negative,positive"]]
    },
    Cure("a dataset without a class of the teacher's", "with --labels positive,other,negative") {
      world, folder in
      try Distill.succeed(rows(world), in: folder)
      return Command.task(
        world, teacher: try Spoiled.teacher(["positive", "other", "negative"], folder)
      ).map { $0 == world.artifact("rows") ? "rows.h5" : $0 } + ["--allow-weak-teacher"]
    } cure: { world, words in
      [rows(world) + ["--labels", "positive,other,negative"], words]
    },
    Cure("a teacher without classifier", "fine-tune it first: distill finetune") { world, _ in
      Command.task(world, teacher: world.folder + "/encoder")
        + ["--allow-weak-teacher"]
    } cure: { world, words in
      [
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
          "--output", "tuned.h5", "--max-steps", "1",
        ], words.map { $0 == world.folder + "/encoder" ? "tuned.h5" : $0 },
      ]
    },
    Cure("hard rows in one pass", "give --num-train-epochs 2 or more") { world, _ in
      [
        "prediction", "--teacher", world.artifact("teacher"), "--student",
        world.artifact("intermediate_student"), "--dataset", world.artifact("rows"), "--output",
        "m.h5", "--row-sampling", "hard", "--num-train-epochs", "1",
      ]
    } cure: { _, words in
      [words.dropLast() + ["2"]]
    },
    Cure("a teacher of the wrong rows", "leave the teacher out") { world, folder in
      try "sentence\tscore\na good film\t1.5\na bad film\t2.5\n".write(
        toFile: folder + "/numbers.tsv", atomically: true, encoding: .utf8)
      try Distill.succeed(
        [
          "dataset", "--task", "regression", "--train", "numbers.tsv", "--tokenizer",
          world.folder + "/encoder", "--max-seq-length", "32", "--output", "numbers.h5",
        ], in: folder)
      return [
        "augment", "--dataset", "numbers.h5", "--embedding-model", world.folder + "/encoder",
        "--output", "more.h5", "--rewrites", "1", "--teacher", world.artifact("teacher"),
      ]
    } cure: { _, words in
      [words.dropLast(2)]
    },
    Cure("no candidates", "--embedding-model") { world, _ in
      [
        "augment", "--dataset", world.artifact("rows"), "--output", "more.h5", "--rewrites", "1",
      ]
    } cure: { world, words in
      [words + ["--embedding-model", world.folder + "/encoder"]]
    },
    Cure(
      "candidates from a model without that head",
      "train one: distill finetune --objective masked-language"
    ) { world, _ in
      [
        "augment", "--dataset", world.artifact("rows"), "--output", "more.h5", "--rewrites", "1",
        "--masked-language-model", world.artifact("general_student"),
      ]
    } cure: { world, words in
      [
        [
          "finetune", "--objective", "masked-language", "--model", world.folder + "/encoder",
          "--corpus", world.artifact("corpus"), "--output", "mlm.h5", "--max-steps", "1",
        ], words.map { $0 == world.artifact("general_student") ? "mlm.h5" : $0 },
      ]
    },
    Cure("no split to score", "or name the split with --splits train") { world, folder in
      try Distill.succeed(
        [
          "dataset", "--train", world.folder + "/train.tsv", "--tokenizer",
          world.folder + "/encoder", "--max-seq-length", "32", "--output", "rows.h5",
        ], in: folder)
      return [
        "evaluate", "--models", world.artifact("student"), "--dataset", "rows.h5", "--output",
        "p.h5",
      ]
    } cure: { _, words in
      [words + ["--splits", "train"]]
    },
    Cure("a score of the best without scores", "needs --eval-strategy steps or epoch") {
      world, _ in
      [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
        "--output", "m.h5", "--max-steps", "1", "--load-best-model-at-end", "--eval-strategy", "no",
      ]
    } cure: { _, words in
      [words.map { $0 == "no" ? "epoch" : $0 }]
    },
    Cure("an output that is a folder", "name a file in it") { world, folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/given", withIntermediateDirectories: true)
      return general(world).map { $0 == "g.h5" ? "given" : $0 }
    } cure: { _, words in
      [words.map { $0 == "given" ? "given/g.h5" : $0 }]
    },
    Cure("a workspace inside an input", "work elsewhere") { world, folder in
      try FileManager.default.copyItem(
        atPath: world.folder + "/encoder", toPath: folder + "/encoder")
      return general(world, teacher: "encoder") + ["--workspace", "encoder/work"]
    } cure: { _, words in
      [words.map { $0 == "encoder/work" ? "work" : $0 }]
    },
    Cure("an empty path", "such as . for this folder") { world, _ in
      general(world) + ["--workspace", ""]
    } cure: { _, words in
      [words.map { $0.isEmpty ? "." : $0 }]
    },
    Cure("a stage that is misspelt", #"did you mean "evaluate"?"#) { world, _ in
      ["metrics", world.folder + "/tiny.yaml", "--stage", "evalute"]
    } cure: { _, words in
      [words.map { $0 == "evalute" ? "evaluate" : $0 }]
    },
    Cure("rows with the model's own label", "predict with --logits for rows to learn from") {
      world, folder in
      let said = try Distill.succeed(
        [
          "predict", "--model", world.artifact("teacher"), "--input", world.folder + "/train.tsv",
          "--json", "--show", "text",
        ], in: folder)
      try Disk.write(said.output, to: folder + "/said.jsonl")
      return [
        "dataset", "--train", "said.jsonl", "--text-column", "text", "--tokenizer",
        world.folder + "/encoder", "--output", "rows.h5",
      ]
    } cure: { _, words in
      [words + ["--label-column", "label"]]
    },
    Cure("a teacher and answers", "give --answers-from teacher or --answers-from dataset") {
      world, folder in
      let said = try Distill.succeed(
        [
          "predict", "--model", world.artifact("teacher"), "--input", world.folder + "/train.tsv",
          "--json", "--logits",
        ], in: folder)
      try Disk.write(said.output, to: folder + "/answered.jsonl")
      try Distill.succeed(
        [
          "dataset", "--train", "answered.jsonl", "--tokenizer", world.folder + "/encoder",
          "--max-seq-length", "32", "--output", "rows.h5",
        ], in: folder)
      return [
        "prediction", "--student", world.artifact("intermediate_student"), "--dataset", "rows.h5",
        "--teacher", world.artifact("teacher"), "--output", "m.h5", "--max-steps", "1",
      ]
    } cure: { _, words in
      [
        words + ["--answers-from", "teacher"],
        words.map { $0 == "m.h5" ? "n.h5" : $0 } + ["--answers-from", "dataset"],
      ]
    },
    Cure("no teacher and no answers", "give --teacher, or make it of rows with answers") {
      world, _ in
      [
        "prediction", "--student", world.artifact("intermediate_student"), "--dataset",
        world.artifact("rows"), "--output", "m.h5", "--max-steps", "1",
      ]
    } cure: { world, words in
      [words + ["--teacher", world.artifact("teacher")]]
    },
    Cure("a second text without a first", "--pair-column needs --text-column") { world, folder in
      try Disk.write("a\tb\ngood\tbad\n", to: folder + "/pairs.tsv")
      return [
        "predict", "--model", world.artifact("student"), "--input", "pairs.tsv", "--pair-column",
        "b",
      ]
    } cure: { world, words in
      [words.filter { !["--pair-column", "b"].contains($0) } + ["--text-column", "a"]]
    },
  ]

  @Test(arguments: cures)
  func `what a message advises helps`(_ cure: Cure) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let words = try cure.provoke(world, folder)
      let outcome = try Distill.run(words, in: folder)
      #expect(outcome.status != 0)
      #expect(outcome.errors.contains(cure.advice), "\(outcome.errors)")
      for command in cure.cure(world, words) { try Distill.succeed(command, in: folder) }
    }
  }

  @Test func `every option that a message names exists`() throws {
    // Those of other programs, `hf download`, `cp`, `zstd` and `mlflow server`, are theirs.
    var known: Set<String> = [
      "--include", "--local-dir", "--sparse", "--long", "--allowed-hosts", "--serve-artifacts",
      "--artifacts-destination", "--backend-store-uri",
    ]
    let option = try Regex("--[a-z][a-z0-9-]*[a-z0-9]")
    let commands =
      Kinds.all.map { [$0.kind] }
      + [
        "task", "run", "plan", "status", "watch", "metrics show", "metrics diff", "verify", "clean",
        "adopt", "predict", "tokenize", "inspect", "doctor", "runs list", "runs show",
        "runs compare", "runs best", "runs diff", "report", "dag", "track sync", "init", "compress",
        "completion", "man",
      ].map { $0.split(separator: " ").map(String.init) }
      + (try Self.benchmarks()).map { ["bench", $0] }
    for command in commands {
      let help = try Distill.succeed(command + ["--help-all"], in: "/").output
      known.formUnion(help.matches(of: option).map { String($0.output[0].substring ?? "") })
    }
    // The parser's own word for `--help-all`.
    known.insert("--help-hidden")
    let sources = Fixtures.folder(from: #filePath).replacing("/Tests/Fixtures", with: "/Sources")
    // Variables of a style sheet are written like options.
    for file in Disk.files(sources)
    where file.hasSuffix(".swift") && !file.hasPrefix("Report/Page/") {
      for line in try Disk.text(sources + "/" + file).split(separator: "\n") {
        // Words of a program, not of a comment.
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//") else { continue }
        for match in code.matches(of: option) {
          let name = String(match.output[0].substring ?? "")
          #expect(known.contains(name), "\(file): \(name)")
        }
      }
    }
  }

  /// The names of the benchmarks.
  private static func benchmarks() throws -> [String] {
    let help = try Distill.succeed(["bench", "--help"], in: "/").output
    let listed = help.split(separator: "SUBCOMMANDS:", maxSplits: 1).last ?? ""
    return listed.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
      return line.split(separator: " ").first.map(String.init)
    }.filter { $0 != "See" }
  }

  /// Rows of two classes.
  private static func rows(_ world: FinishedWorld) -> [String] {
    [
      "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
      "--tokenizer", world.folder + "/encoder", "--output", "rows.h5", "--max-seq-length", "32",
    ]
  }

  private static func corpus(_ world: FinishedWorld) -> [String] {
    [
      "corpus", "--text", world.folder + "/text.txt", "--tokenizer", world.folder + "/encoder",
      "--output", "long.h5",
    ]
  }

  private static func general(
    _ world: FinishedWorld, teacher: String? = nil, corpus: String? = nil, heads: Int = 2
  ) -> [String] {
    [
      "general", "--teacher", teacher ?? world.folder + "/encoder", "--corpus",
      corpus ?? world.artifact("corpus"), "--output", "g.h5", "--num-hidden-layers", "1",
      "--hidden-size", "16", "--num-attention-heads", "\(heads)", "--intermediate-size", "32",
      "--max-steps", "1",
    ]
  }
}
