import Foundation
import HDF5
import TestSupport
import Testing
import Transformer

/// A model that reads less of a text than its positions: what is trained and scored is what it answers
/// for.
@Suite struct TokenLimitTests {
  private static let limit = 8

  /// A classifier in a folder whose tokenizer has a limit, or whose `sentence_bert_config.json` has.
  private func write(_ name: String, inModules: Bool, limit: Int = limit, _ folder: String) throws {
    let path = folder + "/" + name
    try SmallWorld.writeEncoder(
      to: path, head: inModules ? .none : .classification(labels: 2, style: .hf),
      labels: inModules ? [] : ["negative", "positive"])
    guard inModules else {
      try Disk.write(
        #"{"tokenizer_class": "BertTokenizer", "model_max_length": \#(limit)}"#,
        to: path + "/tokenizer_config.json")
      return
    }
    let modules = [("", "Transformer"), ("1_Pooling", "Pooling")].map {
      #"{"path": "\#($0.0)", "type": "sentence_transformers.models.\#($0.1)"}"#
    }
    try Disk.write("[\(modules.joined(separator: ", "))]", to: path + "/modules.json")
    try FileManager.default.createDirectory(
      atPath: path + "/1_Pooling", withIntermediateDirectories: true)
    try Disk.write(#"{"pooling_mode": "mean"}"#, to: path + "/1_Pooling/config.json")
    try Disk.write(#"{"max_seq_length": \#(limit)}"#, to: path + "/sentence_bert_config.json")
  }

  private func dataset(
    _ world: FinishedWorld, _ tokenizer: String, _ output: String, _ more: [String] = []
  ) -> [String] {
    [
      "dataset", "--train", world.folder + "/train.tsv", "--dev", world.folder + "/dev.tsv",
      "--tokenizer", tokenizer, "--output", output,
    ] + more
  }

  @Test func `rows are cut to what the model reads, wherever its folder says so, and it is told`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write("tokenizer", inModules: false, folder)
      try write("modules", inModules: true, folder)
      var contents: Set<String> = []
      for name in ["tokenizer", "modules"] {
        for more in [[], ["--max-seq-length", "20"]] {
          let made = try Distill.succeed(dataset(world, name, name + ".h5", more), in: folder)
          #expect(
            made.errors.contains(
              "the model reads 8 tokens at most, as its tokenizer says: rows are cut to that, not to "
                + (more.last ?? "128")), "\(made.errors)")
          contents.insert(try Disk.content("\(folder)/\(name).h5"))
        }
      }
      let short = try Distill.succeed(
        dataset(world, world.folder + "/encoder", "short.h5", ["--max-seq-length", "8"]), in: folder
      )
      #expect(!short.errors.contains("the model reads"))
      contents.insert(try Disk.content(folder + "/short.h5"))
      #expect(contents.count == 1)
      let offsets = try ArtifactReader(path: folder + "/short.h5").int64s("dev/offsets")
      #expect(zip(offsets, offsets.dropFirst()).allSatisfy { $1 - $0 <= 8 })
    }
  }

  @Test func `what evaluate scores is what predict answers`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write("model", inModules: false, folder)
      try Distill.succeed(dataset(world, "model", "rows.h5"), in: folder)
      try Distill.succeed(
        ["evaluate", "--models", "model", "--dataset", "rows.h5", "--output", "p.h5"], in: folder)
      let predicted = try Distill.succeed(
        [
          "predict", "--model", "model", "--input", world.folder + "/dev.tsv", "--json", "--logits",
        ], in: folder)
      struct Row: Decodable { let logits: [String: Double] }
      let logits = try predicted.lines.flatMap {
        let row = try JSONDecoder().decode(Row.self, from: Data($0.utf8))
        return try ["negative", "positive"].map { try #require(row.logits[$0]) }
      }
      let scored = try ArtifactReader(path: folder + "/p.h5").floats("logits/model/dev")
      let comparison = Comparison(
        scored, logits, within: Tolerance(absolute: 1e-5, relative: 0))
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  @Test func `rows longer than a model reads are refused with a cure, others are not`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try write("model", inModules: false, folder)
      try write("enough", inModules: false, limit: 10, folder)
      let encoder = world.folder + "/encoder"
      try Distill.succeed(
        dataset(world, encoder, "rows.h5", ["--max-seq-length", "32"]), in: folder)
      func commands(_ model: String) -> [[String]] {
        [
          ["evaluate", "--models", model, "--dataset", "rows.h5"],
          [
            "finetune", "--model", model, "--dataset", "rows.h5", "--output", "tuned.h5",
            "--max-steps", "1",
          ],
          [
            "prediction", "--teacher", model, "--student", encoder, "--dataset", "rows.h5",
            "--output", "student.h5", "--max-steps", "1", "--allow-weak-teacher",
          ],
        ]
      }
      for command in commands("model") {
        let refused = try Distill.run(command, in: folder)
        #expect(refused.status == 65 && refused.errorLines.count == 1)
        #expect(
          refused.errors.contains(/its longest row has 10 tokens, .*model reads 8, as/),
          "\(refused.errors)")
        #expect(refused.errors.contains("make it again with --max-seq-length 8"))
      }
      for command in commands("enough") { try Distill.succeed(command, in: folder) }
      try Distill.succeed(
        dataset(world, encoder, "rows.h5", ["--max-seq-length", "8"]), in: folder)
      for command in commands("model") { try Distill.succeed(command, in: folder) }
    }
  }
}
