import Artifacts
import Foundation
import TestSupport
import Testing
import Transformer

/// Models and places of rows that would be taken for something else.
@Suite struct OddModelTests {
  @Test func `an artifact that holds more layers than it says is refused by their names`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let source = try ModelSource(world.artifact("teacher"))
      let loaded = try source.loadWhole()
      var fewer = source.configuration
      fewer.layerCount -= 1
      let path = folder + "/cut.h5"
      try ModelArtifact.write(
        to: path,
        ModelDescription(
          model: fewer, head: source.head, labels: source.labels, tokenizer: source.tokenizer),
        tokenizer: source.tokenizer, weights: loaded.weights, inputs: [:])
      let refused = try Distill.run(
        ["predict", "--model", path, "--input", world.folder + "/test.tsv"], in: folder)
      #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errors.contains("16 of its tensors are of no layer"), "\(refused.errors)")
      #expect(refused.errors.contains("bert.encoder.layer.1."), "\(refused.errors)")
      // What distillation keeps beside the layers is no fault.
      try Distill.succeed(["inspect", world.artifact("intermediate_student")], in: folder)
      _ = try ModelSource(world.artifact("intermediate_student")).loadEncoder()
    }
  }

  @Test func `a pipe in place of a file is told with what to give instead`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let predict = "\(Distill.path) predict --model \(world.artifact("student")) --input"
      let text = "head -3 \(world.folder)/text.txt"
      for input in [
        "\(text) | \(predict) /dev/stdin", "mkfifo pipe.txt && \(predict) pipe.txt",
        "\(text) | \(predict) /dev/stdin --format txt",
      ] {
        let refused = try Program.run("/bin/sh", ["-c", input], in: folder)
        #expect(refused.status == 65, "\(refused.errors)")
        #expect(
          refused.errors.contains(
            "is a named pipe, not a file; give --input - and let standard input come from it"),
          "\(refused.errors)")
      }
      for input in ["\(text) | \(predict) -", "(\(text) > pipe.txt &) && \(predict) - < pipe.txt"] {
        let answered = try Program.run("/bin/sh", ["-c", input], in: folder)
        #expect(answered.status == 0 && answered.lines.count == 3, "\(answered.errors)")
      }
    }
  }

  @Test func `names that cannot be right may be given, and one class of one is refused`() throws {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      try SmallWorld.writeEncoder(
        to: folder + "/m", head: .classification(labels: 2, style: .hf), labels: ["a", "b"])
      let path = folder + "/m/config.json"
      let text = String(decoding: try Disk.bytes(path), as: UTF8.self)
      let alike = text.replacing(/"1": ?"b"/, with: #""1":"a""#)
      #expect(alike != text, "\(text)")
      try Disk.write(alike, to: path)
      let words = ["predict", "--model", "m", "--input", world.folder + "/test.tsv"]
      let refused = try Distill.run(words, in: folder)
      #expect(refused.status == 65)
      #expect(
        refused.errors.contains("id2label gives one name to two classes; correct it, or name the"))
      let named = try Distill.succeed(words + ["--labels", "yes,no"], in: folder)
      #expect(named.lines.allSatisfy { $0.contains("yes") || $0.contains("no") })
      #expect(
        try Distill.run(words + ["--labels", "yes,no,maybe"], in: folder).errors.contains(
          "2 outputs"))

      try Disk.write(text.replacing(/"1": ?"b"/, with: #""2":"b""#), to: path)
      let gap = try Distill.run(words, in: folder)
      #expect(gap.status == 65 && gap.errors.contains("none to 1; correct it, or name the outputs"))
      #expect(
        try Distill.succeed(words + ["--labels", "yes,no"], in: folder).output == named.output)

      try SmallWorld.writeEncoder(
        to: folder + "/one", head: .classification(labels: 1, style: .hf), labels: ["a"])
      try Spoiled.problemType("single_label_classification", of: folder + "/one")
      let one = try Distill.run(
        ["predict", "--model", "one", "--input", world.folder + "/test.tsv"], in: folder)
      #expect(one.status == 65, "\(one.output)")
      #expect(one.errors.contains("there is one output; correct it: regression"), "\(one.errors)")
      let config = String(decoding: try Disk.bytes(folder + "/one/config.json"), as: UTF8.self)
      try Disk.write(
        config.replacing("single_label_classification", with: "regression"),
        to: folder + "/one/config.json")
      try Distill.succeed(
        ["predict", "--model", "one", "--input", world.folder + "/test.tsv"], in: folder)
    }
  }

  @Test func `what a training or an adapter lays in place of a model is told with what to give`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let version = folder + "/out/checkpoint-10"
      try FileManager.default.createDirectory(atPath: version, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        atPath: folder + "/out/checkpoint-9", withIntermediateDirectories: true)
      try SmallWorld.writeEncoder(
        to: version, head: .classification(labels: 2, style: .hf), labels: ["a", "b"])
      let words = { ["predict", "--model", $0, "--input", world.folder + "/test.tsv"] }
      let refused = try Distill.run(words(folder + "/out"), in: folder)
      #expect(refused.status == 66 && refused.errorLines.count == 1, "\(refused.errors)")
      #expect(refused.errorLines.first?.hasSuffix(version) == true, "\(refused.errors)")
      try Distill.succeed(words(version), in: folder)
      // An adapter beside a model is left aside, and that is said; alone it is no model.
      try Disk.write("{}", to: version + "/adapter_config.json")
      let beside = try Distill.succeed(words(version), in: folder)
      #expect(beside.errors.contains("an adapter is not read"), "\(beside.errors)")
      try FileManager.default.removeItem(atPath: version + "/config.json")
      let alone = try Distill.run(words(version), in: folder)
      #expect(
        alone.status == 66 && alone.errors.contains("holds an adapter and no model"),
        "\(alone.errors)")
    }
  }

  @Test func `a file of a model, and the hub's cache around it, are told with the folder to give`()
    throws
  {
    let world = try FinishedWorld.shared()
    try withTemporaryFolder { folder in
      let version = folder + "/hub/snapshots/0a1b"
      try FileManager.default.createDirectory(
        atPath: version, withIntermediateDirectories: true)
      try SmallWorld.writeEncoder(
        to: version, head: .classification(labels: 2, style: .hf), labels: ["a", "b"])
      for place in [version + "/model.safetensors", version + "/config.json", folder + "/hub"] {
        let words = { ["predict", "--model", $0, "--input", world.folder + "/test.tsv"] }
        let refused = try Distill.run(words(place), in: folder)
        #expect(refused.status == 65 && refused.errorLines.count == 1, "\(refused.errors)")
        let cure = try #require(refused.errorLines.first?.split(separator: " ").last)
        #expect(cure == version)
        try Distill.succeed(words(String(cure)), in: folder)
      }
    }
  }
}
