import Compute
import Files
import Foundation
import HDF5
import TestSupport
import Testing
import Transformer

/// What the commands do with model folders as people have them.
@Suite struct FolderCommandTests {
  /// A classifier's folder with the world's encoder, its `config.json` changed.
  private func classifier(
    _ folder: String, labels: [String] = ["negative", "positive"],
    of configuration: ModelConfiguration = SmallWorld.configuration,
    config change: (String) -> String = { $0 }
  ) throws -> String {
    try SmallWorld.writeEncoder(
      to: folder + "/m", head: .classification(labels: labels.count, style: .hf), labels: labels,
      of: configuration)
    let path = folder + "/m/config.json"
    try Disk.write(change(String(decoding: try Disk.bytes(path), as: UTF8.self)), to: path)
    return folder + "/m"
  }

  private func named(_ name: String) -> (String) -> String {
    { $0.replacing("BertForSequenceClassification", with: name) }
  }

  @Test(arguments: ["BertForNextSentencePrediction", "BertForMultipleChoice"])
  func `every command names a head that it does not do, or leaves it out and says so`(
    name: String
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let model = try classifier(folder, config: named(name))
      let refusal =
        "distill: \(model): it is a \(name), of which this version reads the encoder alone; "
      let rows = world.artifact("rows")
      let student = ["--student", world.artifact("general_student"), "--dataset", rows]
      let commands = [
        ["predict", "--model", model, "--input", world.folder + "/text.txt"],
        ["export", "--model", model, "--output", "e"],
        ["evaluate", "--models", model, "--dataset", rows, "--output", "e.h5"],
        ["intermediate", "--teacher", model, "--output", "i.h5"] + student,
        ["prediction", "--teacher", model, "--output", "p.h5"] + student,
        ["augment", "--dataset", rows, "--masked-language-model", model, "--output", "a.h5"],
      ]
      for command in commands {
        let outcome = try Distill.run(command, in: folder)
        #expect(outcome.status == 65, "\(command)")
        #expect(
          outcome.errorLines.contains { $0.contains(refusal.dropFirst(9)) }, "\(outcome.errors)")
      }
      let taught = try Distill.succeed(
        [
          "general", "--teacher", model, "--corpus", world.artifact("corpus"), "--output", "g.h5",
          "--num-hidden-layers", "1", "--hidden-size", "16", "--num-attention-heads", "4",
          "--max-steps", "2",
        ], in: folder)
      #expect(taught.errors.contains("it is a \(name): its encoder alone is read"))
      #expect(taught.errors.contains("left aside 2 tensors, of parts the model does not have"))
      #expect(
        taught.errors.contains(
          "the student has 4 attention heads, the teacher 2: the mean of their scores is compared"))
    }
  }

  @Test func `inspect shows what a folder says and holds, heeded or not`() throws {
    try withTemporaryFolder { folder in
      let model = try classifier(
        folder,
        config: {
          named("BertForMultipleChoice")($0).replacing(
            "{\"arch", with: "{\"problem_type\":\"regression\",\"arch")
        })
      let told = try Distill.object(["inspect", model, "--json"], in: folder)
      #expect(told["classes"] as? String == "BertForMultipleChoice")
      #expect(told["problem_type"] as? String == "regression")
      #expect(told["tokenizer_class"] as? String == "BertTokenizer")
      #expect(told["head"] as? String == "a BertForMultipleChoice")
      let names = try #require(told["datasets"] as? [[String: Any]]).compactMap {
        $0["name"] as? String
      }
      #expect(names.contains("classifier.weight") && names.contains("bert.pooler.dense.bias"))
    }
  }

  @Test func `inspect shows what a folder holds whose tokenizer is refused, and why`() throws {
    try withTemporaryFolder { folder in
      let model = try classifier(folder)
      let whole = try Distill.object(["inspect", model, "--json"], in: folder)
      #expect(whole["refusal"] == nil)
      func check(_ status: Int32, _ refusal: String, tokenizerClass: String) throws {
        let text = try Distill.run(["inspect", model, "--tensors"], in: folder)
        #expect(text.status == status)
        #expect(text.errorLines.count == 1)
        #expect(text.errors.contains(refusal), "\(text.errors)")
        #expect(text.lines.contains("labels: negative, positive"))
        #expect(text.lines.contains("tokenizer class: \(tokenizerClass)"))
        #expect(text.lines.contains { $0.hasPrefix("classifier.weight ") })
        let outcome = try Distill.run(["inspect", model, "--json"], in: folder)
        #expect(outcome.status == status)
        let told = try #require(
          try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect((told["refusal"] as? String)?.contains(refusal) == true)
        for name in ["head", "parameters", "datasets", "configuration"] {
          #expect(told[name] as? NSObject == whole[name] as? NSObject, "\(name)")
        }
      }
      let own = try Disk.text(model + "/tokenizer_config.json")
      try Disk.write(
        "{\"tokenizer_class\": \"BertJapaneseTokenizer\"}", to: model + "/tokenizer_config.json")
      try check(
        65, "tokenizer_class is 'BertJapaneseTokenizer', which cuts text in another way",
        tokenizerClass: "BertJapaneseTokenizer")
      try Disk.write("{", to: model + "/tokenizer_config.json")
      try check(65, "tokenizer_config.json:", tokenizerClass: "none")
      try Disk.write(own, to: model + "/tokenizer_config.json")
      try Disk.write("[PAD]\n[UNK]\n", to: model + "/vocab.txt")
      try check(65, "vocab", tokenizerClass: "BertTokenizer")
      for name in ["vocab.txt", "tokenizer.json"] {
        try? FileManager.default.removeItem(atPath: model + "/" + name)
      }
      try check(
        66, "holds neither tokenizer.json nor vocab.txt", tokenizerClass: "BertTokenizer")
    }
  }

  @Test func `pairs for a model of one segment are refused before the run, with both files`() throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      var configuration = SmallWorld.configuration
      configuration.typeVocabularySize = 1
      let model = try classifier(folder, of: configuration)
      let pairs =
        "sentence1\tsentence2\tlabel\ngood film\tit is fine\tpositive\nbad\tso dull\tnegative\n"
      try Disk.write(pairs, to: folder + "/pairs.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "pairs.tsv", "--dev", "pairs.tsv", "--tokenizer", model,
          "--max-seq-length", "32", "--output", "rows.h5",
        ], in: folder)
      let student = world.folder + "/encoder"
      let commands = [
        ["predict", "--model", model, "--input", "pairs.tsv"],
        ["finetune", "--model", model, "--dataset", "rows.h5", "--output", "f.h5"],
        ["evaluate", "--models", model, "--dataset", "rows.h5", "--output", "e.h5"],
        [
          "intermediate", "--teacher", model, "--student", student, "--dataset", "rows.h5",
          "--output", "i.h5",
        ],
      ]
      for command in commands {
        let outcome = try Distill.run(command, in: folder)
        #expect(outcome.status == 65 && outcome.output.isEmpty, "\(command)")
        #expect(
          outcome.errors.contains(
            "holds pairs of texts, \(model) knows one segment (type_vocab_size 1)"),
          "\(outcome.errors)")
      }
    }
  }

  @Test func `a student whose tokenizer is another is named with its teacher`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/other", vocabulary: SmallWorld.vocabulary.dropLast() + ["zz"])
      let outcome = try Distill.run(
        [
          "intermediate", "--teacher", world.artifact("teacher"), "--student", "other", "--dataset",
          world.artifact("rows"), "--output", "i.h5",
        ], in: folder)
      #expect(outcome.status == 65)
      #expect(
        outcome.errors.contains(
          "--student: other: its tokenizer is another than that of \(world.artifact("teacher")); use two "
            + "models of one vocabulary"))
    }
  }

  @Test func `a folder is adopted as the model of a stage`() throws {
    try FinishedWorld.shared().withCopy { folder in
      let model = try classifier(folder)
      let artifact = folder + "/.distill/tiny/artifacts/teacher.h5"
      let trained = try Disk.bytes(artifact)
      let adopt = ["adopt", "tiny.yaml", "teacher", model]
      let adopted = try Distill.succeed(adopt, in: folder)
      for text in [
        "teacher: replaced the model that the stage had made\n", "teacher: frozen, ",
        "distill run tiny.yaml --force teacher\n", "next: distill plan tiny.yaml\n",
      ] {
        #expect(adopted.errors.contains(text), "\(adopted.errors)")
      }
      // The same once more takes nothing away.
      #expect(try !Distill.succeed(adopt, in: folder).errors.contains("replaced"))
      let answers = try [model, artifact].map {
        try Distill.succeed(
          ["predict", "--model", $0, "--input", "text.txt", "--json"], in: folder
        )
        .output
      }
      #expect(answers[0] == answers[1] && !answers[0].isEmpty)
      let wrong = try classifier(folder + "/w", config: named("BertForMultipleChoice"))
      let refused = try Distill.run(["adopt", "tiny.yaml", "teacher", wrong], in: folder)
      #expect(refused.status == 65 && refused.errors.contains("it is a BertForMultipleChoice"))
      try Distill.succeed(["run", "tiny.yaml", "--force", "teacher"], in: folder)
      #expect(try Disk.bytes(artifact) == trained)
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `a name of the hub is told the command that fetches its folder, which works`() throws {
    try withTemporaryFolder { folder in
      let model = try classifier(folder + "/hub")
      try Disk.write("the film is good\n", to: folder + "/text.txt")
      for command in [
        ["predict", "--model", "small-bert", "--input", "text.txt"],
        ["export", "--model", "small-bert", "--output", "e"],
      ] {
        let refused = try Distill.run(command, in: folder)
        #expect(refused.status == 66, "\(refused.errors)")
        let told = try #require(refused.errorLines.first)
        let start = try #require(told.firstRange(of: "hf download ")).lowerBound
        let end = try #require(told.firstRange(of: " (hf is a command")).lowerBound
        let python = PythonOracle.interpreter ?? "python3"
        let script = Fixtures.folder(from: #filePath)
          .replacingOccurrences(of: "/Fixtures", with: "/Oracles/hub_stand_in.py")
        let fetched = try Program.run(
          python, [script, model, "small-bert", String(told[start..<end])], in: folder)
        #expect(fetched.status == 0, "\(fetched.output)\(fetched.errors)")
        try Distill.succeed(command, in: folder)
        try FileManager.default.removeItem(atPath: folder + "/small-bert")
      }
      let path = try Distill.run(
        ["predict", "--model", "./no-model", "--input", "text.txt"], in: folder)
      #expect(path.status == 66 && !path.errors.contains("hf download"))
      // A size that `general` knows is no model yet.
      let size = try Distill.run(
        ["predict", "--model", "tinybert-3l-312", "--input", "text.txt"], in: folder)
      #expect(size.status == 66 && !size.errors.contains("hf download"))
      #expect(size.errors.contains("distill general --student tinybert-3l-312"), "\(size.errors)")
    }
  }

  @Test func `sizes beyond memory end with one line before any is asked for`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let general = [
        "general", "--teacher", world.folder + "/encoder", "--corpus", world.artifact("corpus"),
        "--output", "g.h5", "--num-attention-heads", "2", "--max-steps", "1",
      ]
      let wide = try Distill.run(general + ["--hidden-size", "20000"], in: folder)
      #expect(wide.status == 64 && wide.errors.contains("memory: training a student of "))
      let odd = try Distill.run(
        general.dropLast(4) + ["--num-attention-heads", "12", "--hidden-size", "256"], in: folder)
      #expect(odd.status == 64)
      #expect(
        odd.errors.contains(
          "--num-attention-heads: 256 channels are no multiple of 12 heads; take "
            + "--num-attention-heads 8"))
      let model = try classifier(
        folder,
        config: { $0.replacing("\"hidden_size\":32", with: "\"hidden_size\":8192") })
      let outcome = try Distill.run(
        ["predict", "--model", model, "--input", world.folder + "/text.txt"], in: folder)
      #expect(outcome.status == 65 && outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("has shape [32], expected [8192]"))
    }
  }

  @Test(arguments: [190_000, 250_000, 350_000, 450_000, 550_000, 650_000, 900_000])
  func `under a limit of memory a command works, or ends with one line`(kilobytes: Int) throws {
    let world = try FinishedWorld.shared()
    let command =
      "ulimit -v \(kilobytes); exec \(Distill.path) predict --model "
      + "\(world.artifact("student")) --input text.txt"
    let outcome = try Program.run("/bin/sh", ["-c", command], in: world.folder)
    #expect([0, 65, 69].contains(outcome.status), "\(outcome.status) \(outcome.errors)")
    if outcome.status != 0 {
      #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
    }
  }
}
