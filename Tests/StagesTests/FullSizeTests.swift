import Foundation
import Interchange
import RandomStreams
import TestSupport
import Testing
import Transformer

@Suite struct FullSizeTests {
  static let data = ProcessInfo.processInfo.environment["DISTILL_QUICKSTART_DATA"]

  @Test(.enabled(if: data != nil))
  func `general distillation from a BERT-base-shaped folder on real text`() throws {
    let data = try #require(Self.data)
    try withTemporaryFolder { folder in
      try writeTeacher(to: folder + "/teacher", tokenizerFrom: data + "/encoder")
      try Distill.succeed(
        [
          "corpus", "--text", data + "/unlabelled.txt", "--tokenizer", folder + "/teacher",
          "--output", "corpus.h5",
        ], in: folder)
      try Distill.succeed(
        [
          "general", "--teacher", "teacher", "--corpus", "corpus.h5", "--output", "student.h5",
          "--student", "tinybert-4l-312", "--max-steps", "20", "--per-device-train-batch-size",
          "8", "--logging-steps", "5", "--initialization", "random",
        ], in: folder)

      let student = try Distill.object(["inspect", "student.h5", "--json"], in: folder)
      #expect(student["layers"] as? Int == 4)
      #expect(student["hidden_size"] as? Int == 312)
      #expect(student["vocabulary"] as? Int == 30_522)
      let reports = try steps(folder + "/student.h5.distill/metrics.jsonl")
      try #require(reports.count == 4)
      for term in ["embedding_loss", "hidden_loss", "attention_loss"] {
        let first = try #require(reports.first?[term])
        let last = try #require(reports.last?[term])
        #expect(last < first, "\(term): \(first) to \(last)")
      }
      #expect(!Disk.isFolder(folder + "/student.h5.distill/checkpoints/general"))
      let known = ["teacher/", "corpus.h5", "student.h5"]
      let records = ["lock", "manifest.json", "metrics.jsonl"]
      let left = Disk.files(folder).filter { path in
        !known.contains { path == $0 || ($0.hasSuffix("/") && path.hasPrefix($0)) }
          && !records.contains { path.hasSuffix(".distill/" + $0) }
          && !path.contains(".distill/locks/") && !path.contains(".distill/runs/")
      }
      #expect(left.isEmpty, "left behind: \(left)")
    }
  }

  /// Writes 12 layers x 768 with random weights and a real tokenizer.
  private func writeTeacher(to path: String, tokenizerFrom encoder: String) throws {
    let configuration = ModelConfiguration(
      hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072)
    let model = try BertModel(configuration, head: .none)
    let weights = ParameterSet(model.layout)
    weights.initialize(stdev: 0.02, stream: RandomStream(seed: 1, purpose: "full-size"))
    try HuggingFaceModel.write(model, weights, to: path)
    for name in ["vocab.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]
    where FileManager.default.fileExists(atPath: encoder + "/" + name) {
      try FileManager.default.copyItem(atPath: encoder + "/" + name, toPath: path + "/" + name)
    }
  }

  /// The losses of every report of a run.
  private func steps(_ record: String) throws -> [[String: Double]] {
    struct Line: Decodable {
      let event: String
      let values: [String: Double]
    }
    return try Disk.text(record).split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }.filter { $0.event == "step" }.map(\.values)
  }
}
