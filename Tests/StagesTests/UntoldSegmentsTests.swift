import Foundation
import TestSupport
import Testing
import Transformer

/// Models whose tokenizer names no `token_type_ids`: transformers then gives them none, and all tokens of a
/// pair are of the first segment.
@Suite struct UntoldSegmentsTests {
  private static let configurations = [
    #"{"tokenizer_class": "DistilBertTokenizer", "do_lower_case": true, "model_max_length": 32}"#,
    #"""
    {"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 32,
     "model_input_names": ["input_ids", "attention_mask"]}
    """#,
  ]

  private struct Answer: Decodable {
    struct Row: Decodable {
      let inputs: [String]
      let logits: [Double]
    }
    let rows: [Row]
  }

  private struct Row: Decodable { let logits: [Double] }

  @Test(.enabled(if: PythonOracle.isAvailable), arguments: [0, 1])
  func `pairs are read as transformers reads them, also through an artifact and an export`(
    number: Int
  ) throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/model", head: .classification(labels: 2, style: .hf),
        labels: ["negative", "positive"])
      try Disk.write(
        Self.configurations[number], to: folder + "/model/tokenizer_config.json")
      try Distill.succeed(["export", "--model", "model", "--output", "exported"], in: folder)
      try Distill.succeed(
        [
          "finetune", "--model", "model", "--dataset", world.artifact("rows"), "--max-steps", "2",
          "--output", "tuned.h5",
        ], in: folder)
      try Distill.succeed(["export", "--model", "tuned.h5", "--output", "tuned"], in: folder)
      let rows = [
        #"{"sentence1": "the film was good", "sentence2": "it is so dull ."}"#,
        #"{"sentence1": "very warm", "sentence2": "a song and a story"}"#,
      ]
      let file = folder + "/pairs.jsonl"
      try Disk.write(rows.joined(separator: "\n") + "\n", to: file)
      for model in ["model", "exported", "tuned"] {
        let theirs = try JSONDecoder().decode(
          Answer.self,
          from: Data(
            try PythonOracle.run("classify_rows.py", ["\(folder)/\(model)", file]).utf8)
        ).rows
        #expect(theirs.allSatisfy { !$0.inputs.contains("token_type_ids") }, "\(model)")
        let ours = try Distill.succeed(
          ["predict", "--model", model, "--input", file, "--json"], in: folder
        ).lines.map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
        try #require(ours.count == rows.count && theirs.count == rows.count)
        for (mine, other) in zip(ours, theirs) {
          let comparison = Comparison(
            mine.logits, other.logits, within: Tolerance(absolute: 1e-4, relative: 0))
          #expect(comparison.isClose, "\(model): \(comparison)")
        }
      }
    }
  }
}
