import Files
import Foundation
import Pipelines
import Stages
import TestSupport
import Testing
import Transformer

/// What names, options and headers tell is told before any work, all of it at once.
@Suite struct BeforeWorkTests {
  /// Changes of the world's pipeline file, and what `plan` and `run` must say about them.
  struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let pattern: String
    let changes: [(old: String, new: String)]

    init(_ name: String, _ pattern: String, _ changes: (String, String)...) {
      testDescription = name
      self.pattern = pattern
      self.changes = changes.map { (old: $0.0, new: $0.1) }
    }
  }

  @Test(arguments: [
    "ablation", "embedding", "general", "glue", "ner", "quickstart", "reviews", "soft_labels",
    "squad", "stsb", "tinybert", "wikitext",
  ])
  func `of a recipe whose data is missing nothing else is told`(_ name: String) throws {
    let root = Fixtures.folder(from: #filePath).replacing("/Tests/Fixtures", with: "")
    try withTemporaryFolder { folder in
      let recipe = "\(name).yaml"
      try Disk.write(try Disk.text("\(root)/pipelines/\(recipe)"), to: "\(folder)/\(recipe)")
      let outcome = try Distill.run(["plan", recipe], in: folder)
      #expect(outcome.status == 66 && !outcome.errorLines.isEmpty, "\(outcome.errors)")
      #expect(
        outcome.errorLines.allSatisfy { $0.contains(": there is no such file or folder") },
        "\(outcome.errors)")
    }
  }

  static let mistakes = [
    Mistake(
      "a corpus longer than the model's positions",
      #"stages\.general\.inputs\.corpus: corpus: rows of up to 128 .*max_seq_length: 40"#,
      ("output: corpus\n    max_seq_length: 32", "output: corpus\n    max_seq_length: 128")),
    Mistake(
      "heads that do not divide the width", #"stages\.general: .*"#,
      ("num_attention_heads: 2", "num_attention_heads: 3")),
    Mistake(
      "a student deeper than its teacher",
      #"stages\.general: .*student has 3 layers, the teacher only 2"#,
      ("num_hidden_layers: 1", "num_hidden_layers: 3")),
    Mistake(
      "a part of the loss that does not exist", #"stages\.general\.losses: there is no loss"#,
      ("output: general_student", "output: general_student\n    losses: [hiden]")),
    Mistake(
      "a model to compare that is not scored", #"stages\.evaluate: compare: no model 'third'"#,
      ("student:baseline", "student:third")),
    Mistake(
      "no classifier to score", #"stages\.evaluate\.inputs\.models: .* has no classifier"#,
      ("models: [student, baseline]", "models: [student, general_student]"),
      (#"compare: ["student:baseline"]"#, "splits: [dev]")),
    Mistake(
      "no rows to choose the best by",
      #"stages\.teacher: load_best_model_at_end: .*no development"#,
      ("dev: dev_rows, ", ""), ("  dev_rows: dev.tsv\n", ""),
      ("output: teacher\n", "output: teacher\n    load_best_model_at_end: true\n")),
    Mistake(
      "an unknown column", #"stages\.dataset\.inputs\.train: .*train\.tsv:1: has no column 'body'"#,
      ("output: rows\n", "output: rows\n    text_column: body\n")),
    Mistake(
      "candidates from a model without that head",
      #"stages\.augment\.inputs\.masked_language_model: .*no masked-language head"#,
      ("masked_language_model: masked_language_model", "masked_language_model: general_student")),
    Mistake(
      "a folder where a file is read",
      #"stages\.corpus\.inputs\.text: takes file, but .* is a folder"#,
      ("sentences: text.txt", "sentences: encoder"), ("encoder: encoder\n", "encoder: encoder/\n")),
  ]

  @Test(arguments: mistakes)
  func `what is known is checked in plan and before a run`(_ mistake: Mistake) throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Self.change(folder, mistake.changes)
      for command in ["plan", "run"] {
        let outcome = try Distill.run([command, "tiny.yaml"], in: folder)
        #expect(outcome.status != 0)
        let lines = outcome.errorLines
        #expect(
          try lines.contains { try Regex(mistake.pattern).firstMatch(in: $0) != nil },
          "\(outcome.errors)")
        #expect(lines.allSatisfy { $0.hasPrefix("distill: tiny.yaml:") })
        #expect(!FileManager.default.fileExists(atPath: folder + "/.distill"))
      }
    }
  }

  @Test func `four mistakes come in one round, a missing source among them`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Self.change(
        folder,
        [
          ("sentences: text.txt", "sentences: nowhere.txt"),
          ("num_attention_heads: 2", "num_attention_heads: 3"),
          ("output: corpus\n    max_seq_length: 32", "output: corpus\n    max_seq_length: 128"),
          ("student:baseline", "student:third"),
        ])
      let outcome = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(outcome.status == 66)
      for text in ["nowhere.txt: there is no", "stages.general: ", "128 tokens", "'third'"] {
        #expect(outcome.errors.contains(text), "\(outcome.errors)")
      }
      // One in the file's own words takes none of the others away.
      try Self.change(folder, [("temperature: 1", "temperature: cold")])
      let more = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(more.status == 78)
      for text in ["nowhere.txt: there is no", "stages.general: ", "128 tokens", "not \"cold\""] {
        #expect(more.errors.contains(text), "\(more.errors)")
      }
    }
  }

  @Test func `what a stage command would find late it finds before any work`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let finetune = [
        "finetune", "--model", world.folder + "/encoder", "--dataset", world.artifact("rows"),
      ]
      try FileManager.default.createDirectory(
        atPath: folder + "/given", withIntermediateDirectories: true)
      try Disk.write("x", to: folder + "/file")
      for (output, text) in [
        ("given", "given: is a folder, but a file is written; name a file in it"),
        ("new/", "new/: ends with /, but a file is written; name a file"),
        ("file/model.h5", "file is no folder; name another place"),
      ] {
        let outcome = try Distill.run(finetune + ["--output", output], in: folder)
        #expect(outcome.status == 73)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(text), "\(outcome.errors)")
        #expect(!outcome.errors.contains("steps"))
      }
      #expect(Disk.files(folder) == ["file"])
      // A folder that is not there yet is made.
      try Distill.succeed(finetune + ["--output", "new/model.h5", "--max-steps", "1"], in: folder)
    }
  }

  @Test func `a score that three classes do not have is refused before the first step`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = ["a", "b", "c"].map { "good film\t\($0)\n" }.joined()
      try Disk.write("sentence\tlabel\n" + rows, to: folder + "/rows.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "rows.tsv", "--dev", "rows.tsv", "--tokenizer",
          world.folder + "/encoder", "--max-seq-length", "32", "--output", "rows.h5",
        ], in: folder)
      let outcome = try Distill.run(
        [
          "finetune", "--model", world.folder + "/encoder", "--dataset", "rows.h5", "--output",
          "m.h5", "--metric-for-best-model", "f1",
        ], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("`f1` is not measured here; name one of accuracy"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/m.h5.distill"))
    }
  }

  @Test func `pairs for a model of one segment are refused before any work`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      var configuration = SmallWorld.configuration
      configuration.typeVocabularySize = 1
      try SmallWorld.writeEncoder(to: folder + "/encoder", of: configuration)
      for split in ["train", "dev", "test"] {
        try Disk.write(
          "sentence1\tsentence2\tlabel\ngood\tbad\ta\nbad\tgood\tb\n", to: "\(folder)/\(split).tsv")
      }
      let outcome = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errors.contains("knows one segment (type_vocab_size 1); give single texts"))
    }
  }

  @Test func `pairs for a teacher that learnt from single texts are refused before any work`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      for split in ["train", "dev", "test"] {
        try Disk.write(
          "sentence1\tsentence2\tlabel\ngood\tbad\tnegative\nbad\tgood\tpositive\n",
          to: "\(folder)/\(split).tsv")
      }
      try Self.change(
        folder,
        [
          ("encoder: encoder\n", "encoder: encoder\n  single: \(world.artifact("teacher"))\n"),
          ("models: [student, baseline]", "models: [student, single]"),
          (#"compare: ["student:baseline"]"#, "splits: [dev]"),
        ])
      let outcome = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(outcome.status == 65, "\(outcome.errors)")
      #expect(outcome.errors.contains("holds pairs of texts"), "\(outcome.errors)")
      #expect(outcome.errors.contains("was trained on single texts; use a model of pairs, or make"))
    }
  }

  @Test func `what several headers tell is told at once by the stage, too`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Disk.write("sentence\tlabel\ngood\ta\nbad\tb\nfine\tc\n", to: folder + "/three.tsv")
      // A tokenizer that says nothing of lengths.
      try SmallWorld.writeEncoder(to: folder + "/open")
      try Disk.write(
        #"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#,
        to: folder + "/open/tokenizer_config.json")
      try Distill.succeed(
        Command.dataset(world, train: "three.tsv", dev: "three.tsv").map {
          $0 == world.folder + "/encoder" ? "open" : $0
        } + ["--max-seq-length", "64"], in: folder)
      try SmallWorld.writeEncoder(
        to: folder + "/other", vocabulary: SmallWorld.vocabulary.dropLast() + ["w"])
      let options = try OptionValues(
        flags: [(name: "metric_for_best_model", text: "f1")], fields: PredictionStage.fields)
      let paths = [
        "dataset": folder + "/out/rows.h5", "teacher": world.artifact("teacher"),
        "student": folder + "/other",
      ]
      let context = StageContext(
        stage: "prediction",
        inputs: try paths.mapValues {
          [StageInput(name: $0, path: $0, contentDigest: try Digest.ofFileOrFolder($0))]
        },
        outputs: ["model": folder + "/model.h5"], checkpointFolder: folder + "/kept",
        cacheFolder: folder + "/cache", seed: 1, threads: 1, events: { _ in },
        isInterrupted: { false })
      let error = #expect(throws: PipelineError.self) {
        _ = try PredictionStage(options).run(context)
      }
      let wanted = [
        "64 tokens, the model has 40 positions",
        "its labels are negative, positive, the dataset's a, b, c", "`f1` is not measured here",
        "its tokenizer is another than that of",
      ]
      #expect(error?.status == .badData && error?.faults.count == wanted.count)
      for (fault, part) in zip(error?.faults ?? [], wanted) {
        #expect(fault.message.contains(part), "\(fault)")
      }
    }
  }

  @Test func `what is wrong with the graph hides no missing source`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      try Self.change(
        folder,
        [
          ("sources:\n", "sources:\n  spare: vocabulary.txt\n"),
          ("sentences: text.txt", "sentences: nowhere.txt"),
          ("num_attention_heads: 2", "num_attention_heads: 3"),
        ])
      // A source that nothing reads takes nothing away from the graph.
      let unused = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(unused.status == 78)
      for text in [
        "sources.spare: no stage reads", "nowhere.txt: there is no", "stages.general: ",
      ] {
        #expect(unused.errors.contains(text), "\(unused.errors)")
      }
      try Self.change(folder, [("model: encoder, dataset: rows", "model: encodre, dataset: rows")])
      let unknown = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(unknown.status == 78)
      for text in ["is named \"encodre\"", "sources.spare: no stage", "nowhere.txt: there is no"] {
        #expect(unknown.errors.contains(text), "\(unknown.errors)")
      }
      for lines in [unused.errorLines, unknown.errorLines] {
        #expect(Set(lines).count == lines.count)
      }
    }
  }

  @Test func `a model that cannot be read is told though an adopted stage would read it first`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let teacher = world.artifact("teacher")
      try Distill.succeed(["adopt", "tiny.yaml", "teacher", teacher], in: folder)
      try Self.change(
        folder,
        [
          ("encoder: encoder\n", "encoder: encoder\n  spoiled: spoiled\n"),
          ("model: encoder, dataset: rows", "model: spoiled, dataset: rows"),
          ("teacher: encoder, corpus: corpus", "teacher: spoiled, corpus: corpus"),
        ])
      try FileManager.default.createDirectory(
        atPath: folder + "/spoiled", withIntermediateDirectories: true)
      try Disk.write("not a model", to: folder + "/spoiled/config.json")
      let outcome = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(outcome.status == 65, "\(outcome.errors)")
      #expect(outcome.errors.contains("stages.general.inputs.teacher: "), "\(outcome.errors)")
    }
  }

  @Test func `training rows without labels are refused before any work`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      for split in ["train", "dev", "test"] {
        try Disk.write("Text\tCategory\ngood\ta\nbad\tb\n", to: "\(folder)/\(split).tsv")
      }
      try Self.change(folder, [("output: rows\n", "output: rows\n    text_column: Text\n")])
      let refused = try Distill.run(["run", "tiny.yaml"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(
        refused.errors.contains("train.tsv:2: has no label; name the column with label_column"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/.distill"))
      try Self.change(
        folder, [("text_column: Text\n", "text_column: Text\n    label_column: Category\n")])
      try Distill.succeed(["plan", "tiny.yaml"], in: folder)
    }
  }

  @Test func `what was adopted is looked at as it is, for stages that are done too`() throws {
    try FinishedWorld.shared().withCopy { folder in
      // Everything is current, to the last signature.
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      try Distill.succeed(["adopt", "tiny.yaml", "general", "encoder"], in: folder)
      let output = "output: intermediate_student\n"
      // The model has two layers, whatever its stage declares.
      try Self.change(folder, [(output, output + "    layer_map: \"1,2\"\n")])
      try Distill.succeed(["plan", "tiny.yaml"], in: folder)
      try Self.change(folder, [("layer_map: \"1,2\"", "layer_map: \"2\"")])
      let wrong = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(wrong.status == 64, "\(wrong.errors)")
      #expect(wrong.errors.contains("for 2 student layers"), "\(wrong.errors)")
    }
    try FinishedWorld.shared().withCopy { folder in
      try Distill.succeed(["run", "tiny.yaml"], in: folder)
      try Distill.succeed(["adopt", "tiny.yaml", "teacher", "encoder"], in: folder)
      let headless = try Distill.run(["plan", "tiny.yaml"], in: folder)
      #expect(headless.status == 65, "\(headless.errors)")
      #expect(headless.errors.contains("the model has no classifier"), "\(headless.errors)")
    }
  }

  private static func change(_ folder: String, _ changes: [(old: String, new: String)]) throws {
    var text = try Disk.text(folder + "/tiny.yaml")
    for (old, new) in changes {
      let range = try #require(text.firstRange(of: old), "\(old) is not there")
      text.replaceSubrange(range, with: new)
    }
    try Disk.write(text, to: folder + "/tiny.yaml")
  }
}
