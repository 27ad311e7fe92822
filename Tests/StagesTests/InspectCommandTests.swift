import Files
import HDF5
import TestSupport
import Testing
import Transformer

/// What `inspect` tells people, and what stays for programs.
struct InspectCommandTests {
  @Test func `a dataset is told in words, its arrays where they are asked for`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/encoder")
      let rows = [
        #"{"sentence": "good film", "label": "a"}"#,
        #"{"sentence": "bad film", "logits": {"a": 0, "b": 1}}"#,
        #"{"sentence": "warm film and cold film and so", "label": "b"}"#,
      ]
      try Disk.write(rows.map { $0 + "\n" }.joined(), to: folder + "/rows.jsonl")
      try Disk.write("sentence\ngood film\n", to: folder + "/test.tsv")
      try Distill.succeed(
        [
          "dataset", "--train", "rows.jsonl", "--test", "test.tsv", "--tokenizer", "encoder",
          "--max-seq-length", "8", "--output", "rows.h5",
        ], in: folder)
      let told = try Distill.succeed(["inspect", "rows.h5"], in: folder)
      for line in [
        "kind: dataset", "task: classification", "labels: a, b", "rows are: single texts",
        "limit on sequences: 8 tokens",
        "train: 3 rows, 1 row without a label, a teacher's answers for 1, 1 row as long as the limit",
        "test: 1 row, no labels",
      ] { #expect(told.lines.contains(line), "\(line)\n\(told.output)") }
      #expect(told.lines.contains { $0.hasPrefix("made from: ") && $0.contains("train ") })
      #expect(told.lines.last?.hasSuffix("listed with --tensors") == true)
      #expect(!told.output.contains("train/ids"))
      let all = try Distill.succeed(["inspect", "rows.h5", "--tensors"], in: folder)
      #expect(all.lines.contains { $0.hasPrefix("train/ids ") })
      let document = try Distill.object(["inspect", "rows.h5", "--json"], in: folder)
      #expect((document["datasets"] as? [[String: Any]])?.isEmpty == false)
      #expect((document["configuration"] as? [String: Any])?["task"] as? String == "classification")
      #expect(document["description"] == nil && document["made_from"] == nil)
    }
  }

  @Test func `the head of a model that answers with a number is told as such`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/number", head: .classification(labels: 1, style: .hf), labels: ["score"])
      let told = try Distill.succeed(["inspect", "number"], in: folder)
      #expect(told.lines.contains("head: regression (hf)"), "\(told.output)")
      // Programs read what they did.
      let document = try Distill.object(["inspect", "number", "--json"], in: folder)
      #expect((document["head"] as? String)?.hasPrefix("classification, 1 label") == true)
    }
  }

  @Test func `weights of other shapes than config.json names are told`() throws {
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(to: folder + "/m")
      let path = folder + "/m/config.json"
      let text = String(decoding: try Disk.bytes(path), as: UTF8.self)
      let wide = text.replacing(/"intermediate_size" ?: ?64/, with: #""intermediate_size":160"#)
      #expect(wide != text, "\(text)")
      try Disk.write(wide, to: path)
      let told = try Distill.run(["inspect", "m"], in: folder)
      #expect(told.status == 65 && told.lines.contains("intermediate size: 160"), "\(told.output)")
      #expect(told.errorLines.count == 1)
      #expect(
        told.errors.contains("has shape [64], expected [160]")
          && told.errors.contains("are of two models: take both from one"), "\(told.errors)")
    }
  }

  @Test func `a corpus is told by what it holds`() throws {
    let world = try FinishedWorld.shared()
    let told = try Distill.succeed(["inspect", world.artifact("corpus")], in: world.folder)
    #expect(told.lines.contains { $0.hasPrefix("sequences: ") })
    #expect(told.lines.contains { $0.hasPrefix("tokens: ") })
  }

  @Test func `an artifact whose inputs are no text is refused by its name`() throws {
    try withTemporaryFolder { folder in
      try ArtifactWriter.write(
        to: folder + "/x.h5", kind: "odd", configuration: Array("{}".utf8),
        inputs: Array(#"{"te"#.utf8) + [0xFF] + Array(#"t":"a"}"#.utf8), createdBy: "test"
      ) { _ in }
      let told = try Distill.run(["inspect", "x.h5", "--json"], in: folder)
      #expect(told.status == 65 && told.errors.contains(#""place":"x.h5""#), "\(told.errors)")
      #expect(told.errors.contains("`inputs_json`: byte "), "\(told.errors)")
      let words = try Distill.succeed(["inspect", "x.h5"], in: folder)
      #expect(words.lines.contains { $0.hasPrefix("made from: what cannot be read") })
    }
  }
}
