import Files
import Foundation
import TestSupport
import Testing
import Transformer

@Suite struct ExportedFolderTests {
  /// Rows that reach every part of the tokenizer: cased, unknown, pieces, accents, pairs, too long.
  private static let rows: [(String, String?)] = [
    ("the film was good and warm .", nil), ("The FILM was Bad, dull and cold!", nil),
    ("a storys warmly told ?", nil), ("gréat söng  but\tvery unknowable", nil),
    ("", nil), ("[MASK] is a film [SEP]", nil),
    ("the plot was weak .", "it was so dull and poor ."), ("we like this", "x y z"),
    (String(repeating: "very ", count: 60) + "good", nil),
    (String(repeating: "so ", count: 40) + "bad", String(repeating: "fine ", count: 30)),
  ]

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `transformers loads an exported student without a word and agrees with predict`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let models = [world.artifact("student"), world.artifact("student_folder")]
      try expectAgreement(of: models, exported: world.artifact("student_folder"), in: folder)
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: [ModelFamily.distilbert, .electra])
  func `a model of another family is fine-tuned, distilled and exported as one of BERT is`(
    family: ModelFamily
  ) throws {
    let world = try FinishedWorld.shared()
    var configuration = SmallWorld.configuration
    configuration.family = family
    if family.hasEmbeddingProjection { configuration.embeddingSize = 16 }
    let encoder = configuration
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder", of: encoder)
      let (rows, steps) = (["--dataset", world.artifact("rows")], ["--max-steps", "12"])
      try Distill.succeed(
        ["finetune", "--model", "encoder", "--output", "teacher.h5"] + rows + steps, in: folder)
      try Distill.succeed(
        [
          "intermediate", "--teacher", "teacher.h5", "--student", "encoder", "--output",
          "student.h5",
        ]
          + ["--allow-weak-teacher"] + rows + steps, in: folder)
      try Distill.succeed(
        ["prediction", "--teacher", "teacher.h5", "--student", "student.h5", "--output", "task.h5"]
          + ["--allow-weak-teacher"] + rows + steps, in: folder)
      try Distill.succeed(["export", "--model", "task.h5", "--output", "exported"], in: folder)
      try expectAgreement(
        of: ["task.h5", "exported"], exported: folder + "/exported", segments: family.hasSegments,
        in: folder)
    }
  }

  /// Holds what `predict` says of rows and pairs to what transformers says with the exported folder.
  private func expectAgreement(
    of models: [String], exported: String, segments: Bool = true, in folder: String
  ) throws {
    for isPair in [false, true] {
      let rows = Self.rows.filter { ($0.1 != nil) == isPair }
      let file = folder + "/rows-\(isPair).jsonl"
      try write(rows, to: file)
      let theirs = try oracle(exported, file)
      #expect(theirs.faults.isEmpty, "\(theirs.faults)")
      #expect(theirs.labels == ["negative", "positive"])
      #expect(theirs.rows.allSatisfy { $0.inputs.contains("token_type_ids") == segments })
      // An artifact knows that it learnt single texts; of a folder nobody knows.
      for model in models where !isPair || !model.hasSuffix(".h5") {
        let ours = try Distill.succeed(
          ["predict", "--model", model, "--input", file, "--json"], in: folder
        ).lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        try #require(ours.count == rows.count)
        for (mine, other) in zip(ours, theirs.rows) {
          let comparison = Comparison(
            mine.logits, other.logits, within: Tolerance(absolute: 1e-4, relative: 0))
          #expect(comparison.isClose, "\(comparison)")
          let best = other.logits[0] >= other.logits[1] ? "negative" : "positive"
          #expect(mine.label == best)
        }
      }
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `the tokenizers of artifact, exported folder and transformers give the same ids`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let rows = Self.rows.filter { $0.1 == nil && !$0.0.contains("\t") }
      try write(rows, to: folder + "/rows.jsonl")
      let theirs = try oracle(world.artifact("student_folder"), folder + "/rows.jsonl").rows
      let text = rows.map { $0.0 + "\n" }.joined()
      for model in ["student", "student_folder"] {
        let ours = try Distill.succeed(
          ["tokenize", "--model", world.artifact(model), "--json"], in: folder, input: text
        ).lines.map { try JSONDecoder().decode([Int].self, from: Data($0.utf8)) }
        #expect(ours == theirs.map(\.whole))
      }
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `h5py opens every artifact of a pipeline and reads every dataset`() throws {
    let world = try FinishedWorld.shared()
    let paths = SmallWorld.artifacts.map(world.artifact)
    struct Counts: Decodable {
      let datasets: Int
      let values: Int
      let notFinite: Int
      let kind: String
    }
    let counts = try JSONDecoder().decode(
      [String: Counts].self,
      from: Data(try PythonOracle.run("read_every_dataset.py", paths).utf8))
    let kinds = ["corpus": "corpus", "rows": "dataset", "augmented": "dataset"]
    for name in SmallWorld.artifacts {
      let found = try #require(counts[world.artifact(name)])
      #expect(found.datasets >= 2)
      #expect(found.values > 0)
      #expect(found.notFinite == 0)
      #expect(
        found.kind == kinds[name] ?? (name == "predictions" ? "predictions" : "model"), "\(name)")
    }
  }

  @Test func `a student with the reference's classifier is refused, with the cure`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        [
          "finetune", "--model", world.artifact("general_student"), "--dataset",
          world.artifact("rows"), "--head", "tinybert", "--max-steps", "2", "--output", "relu.h5",
        ], in: folder)
      let outcome = try Distill.run(
        ["export", "--model", "relu.h5", "--output", "exported"], in: folder)
      #expect(outcome.status == 65)
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.errors.contains("classifier style hf"))
      #expect(!FileManager.default.fileExists(atPath: folder + "/exported"))
    }
  }

  @Test func `a folder that holds anything else is not replaced`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let command = ["export", "--model", world.artifact("student"), "--output", "mine"]
      try FileManager.default.createDirectory(
        atPath: folder + "/mine", withIntermediateDirectories: true)
      try Disk.write("years of work", to: folder + "/mine/thesis.txt")
      func expectRefused(_ words: [String]) throws {
        let refused = try Distill.run(command + words, in: folder)
        #expect(refused.status == 73)
        #expect(
          refused.errorLines == [
            "distill: mine: holds thesis.txt, which is of no export; move it away, or name another "
              + "folder"
          ])
        #expect(try Disk.text(folder + "/mine/thesis.txt") == "years of work")
      }
      try expectRefused([])
      try expectRefused(["--overwrite"])
      // Both cures.
      try Distill.succeed(Array(command.dropLast()) + ["another"], in: folder)
      try FileManager.default.removeItem(atPath: folder + "/mine/thesis.txt")
      try Distill.succeed(command, in: folder)
      try Distill.succeed(command + ["--force"], in: folder)
      #expect(Disk.files(folder + "/mine") == Disk.files(world.artifact("student_folder")))
      // In what was made here as well, before anything is read.
      try Disk.write("years of work", to: folder + "/mine/thesis.txt")
      try expectRefused([])
      try expectRefused(["--overwrite", "--force"])
      // What an export of somebody else's holds is what --overwrite is for.
      try FileManager.default.createDirectory(
        atPath: folder + "/theirs", withIntermediateDirectories: true)
      try Disk.write("{}", to: folder + "/theirs/config.json")
      let other = Array(command.dropLast()) + ["theirs"]
      let refused = try Distill.run(other, in: folder)
      #expect(refused.status == 73 && refused.errors.contains("--overwrite"), "\(refused.errors)")
      try Distill.succeed(other + ["--overwrite"], in: folder)
    }
  }

  @Test func `what lies in a pipeline's folder is found before its stages work`() throws {
    try withTemporaryFolder { folder in
      _ = try SmallWorld(in: folder)
      let exported = folder + "/.distill/tiny/artifacts/student_folder"
      try FileManager.default.createDirectory(
        atPath: exported + "/1_Pooling", withIntermediateDirectories: true)
      try Disk.write("years of work", to: exported + "/1_Pooling/thesis.txt")
      let refused = try Distill.run(["run", "tiny.yaml"], in: folder)
      #expect(refused.status == 73 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("holds 1_Pooling/thesis.txt, which is of no export"))
      #expect(!fileExists(folder + "/.distill/tiny/manifest.json"))
    }
  }

  @Test func `an exported student exports again to the same bytes`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try Distill.succeed(
        ["export", "--model", world.artifact("student_folder"), "--output", "again"], in: folder)
      let names = Disk.files(world.artifact("student_folder"))
      #expect(Disk.files(folder + "/again") == names)
      for name in names {
        #expect(
          try Disk.bytes(folder + "/again/" + name)
            == Disk.bytes(world.artifact("student_folder") + "/" + name), "\(name)")
      }
    }
  }

  private struct Row: Decodable {
    let label: String
    let logits: [Double]
  }

  private struct Answer: Decodable {
    struct Row: Decodable {
      let ids: [Int]
      let inputs: [String]
      let whole: [Int]
      let logits: [Double]
    }
    let faults: [String]
    let labels: [String]
    let rows: [Row]
  }

  private func oracle(_ folder: String, _ rows: String) throws -> Answer {
    try JSONDecoder().decode(
      Answer.self, from: Data(try PythonOracle.run("classify_rows.py", [folder, rows]).utf8))
  }

  private func write(_ rows: [(String, String?)], to path: String) throws {
    let lines = try rows.map { first, second in
      var row = ["sentence1": first]
      row["sentence2"] = second
      return String(
        decoding: try JSONSerialization.data(withJSONObject: row, options: .sortedKeys),
        as: UTF8.self) + "\n"
    }
    try Disk.write(lines.joined(), to: path)
  }
}
