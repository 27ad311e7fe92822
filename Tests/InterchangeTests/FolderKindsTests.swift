import Compute
import Files
import Foundation
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Interchange

/// What a folder is by what it says of itself and by what it holds.
@Suite struct FolderKindsTests {
  private func set(_ folder: inout SmallFolder, _ architecture: String) {
    folder.set("model_type", .string(folder.model.configuration.family.name))
    folder.set("architectures", .array([.string(architecture)]))
  }

  @Test(arguments: [
    "BertForMultipleChoice", "BertForNextSentencePrediction", "RobertaForSequenceClassification",
    "XLMModel",
  ])
  func `a head that is none of ours is told by its class, and the encoder is read`(
    name: String
  ) throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      set(&folder, name)
      try folder.write()
      let file = try HuggingFaceModel(folder: path)
      #expect(file.foreignHead == "a \(name)" && file.head == .none)
      let encoder = try BertModel(folder.model.configuration, head: .none)
      let (weights, report) = try file.weights(for: encoder)
      #expect(
        weights.values.values().elementsEqual(
          folder.weights.values.values().prefix(encoder.layout.count)))
      #expect(
        report.notes == [
          "left aside 2 tensors, of parts the model does not have: classifier.bias, "
            + "classifier.weight"
        ])
    }
  }

  @Test(arguments: SmallFolder.families)
  func `a classifier without what stands below it is one of tokens, where no class is named`(
    configuration: ModelConfiguration
  ) throws {
    try withTemporaryFolder { path in
      let whole = try SmallFolder(path, of: configuration)
      try HuggingFaceModel.write(whole.model, whole.weights, to: path)
      let text = try String(contentsOfFile: "\(path)/config.json", encoding: .utf8)
      let prefix = FamilyFormat.of(configuration.family).classPrefix
      let named = "\"architectures\":[\"\(prefix)ForSequenceClassification\"],"
      #expect(text.contains(named))
      try AtomicFile.write(
        Array(text.replacing(named, with: "").utf8), to: "\(path)/config.json")
      #expect(try HuggingFaceModel(folder: path).head == whole.model.head)

      let file = try SafetensorsFile(path: "\(path)/model.safetensors")
      let below = ["pooler", "pre_classifier", "classifier.dense"]
      let kept = file.tensors.filter { tensor in !below.contains { tensor.name.contains($0) } }
      try SafetensorsWriter.write(
        to: "\(path)/model.safetensors",
        tensors: kept.map {
          ($0.name.replacing("out_proj.", with: ""), $0.shape, try file.floats($0.name))
        })
      let read = try HuggingFaceModel(folder: path)
      #expect(read.head == .tokenClassification(labels: 2) && read.foreignHead == nil)
      let model = try BertModel(configuration, head: read.head)
      #expect(try read.weights(for: model).report.newlyInitialized.isEmpty)
    }
  }

  @Test(arguments: SmallFolder.families, [true, false])
  func
    `a head that finds answers is known by its class, and by its tensors where no class is named`(
      configuration: ModelConfiguration, isNamed: Bool
    ) throws
  {
    try withTemporaryFolder { path in
      let whole = try SmallFolder(path, head: .questionAnswering, of: configuration)
      try HuggingFaceModel.write(whole.model, whole.weights, to: path)
      let text = try String(contentsOfFile: "\(path)/config.json", encoding: .utf8)
      let prefix = FamilyFormat.of(configuration.family).classPrefix
      let named = "\"architectures\":[\"\(prefix)ForQuestionAnswering\"],"
      #expect(text.contains(named) && !text.contains("id2label"))
      if !isNamed {
        try AtomicFile.write(
          Array(text.replacing(named, with: "").utf8), to: "\(path)/config.json")
      }
      let file = try HuggingFaceModel(folder: path)
      #expect(file.head == .questionAnswering && file.foreignHead == nil && file.labels.isEmpty)
      #expect(file.tensors.contains { $0.name == "qa_outputs.weight" && $0.shape == [2, 8] })
      let (weights, _) = try file.weights(for: whole.model)
      #expect(weights.values.values() == whole.weights.values.values())
    }
  }

  @Test func `a folder without model_type is of the family whose class it names`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path, of: SmallFolder.families[1])
      folder.config = JSONObject(
        folder.config.members.filter { $0.name != "model_type" }
          .filter { $0.name != "architectures" }
          + [("architectures", .array([.string("DistilBertForSequenceClassification")]))])
      try folder.write()
      let family = try HuggingFaceModel(folder: path).configuration.model.family
      #expect(family == .distilbert)
    }
  }

  @Test(arguments: [["module."], ["_orig_mod."], ["model."], ["_orig_mod.", "module."]])
  func `names that a wrapper begins are read without it, and that is told`(
    wrappers: [String]
  ) throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.rename { wrappers.joined() + $0 }
      folder.tensors["loss.weight"] = ([1], [1])
      try folder.write()
      let (weights, report) = try folder.load()
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(
        report.notes == [
          "names of tensors begin with \(wrappers.joined()), which was taken off",
          "left aside 1 tensor, of parts the model does not have: loss.weight",
        ])
      let held = try HuggingFaceModel(folder: path).tensors.map(\.name)
      #expect(held.contains(wrappers.joined() + "classifier.weight"))
    }
  }

  @Test func `names of classes that are wrong do not keep an encoder from being read`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.set("num_labels", .integer(7))
      folder.set(
        "id2label",
        .object(JSONObject((0..<3).map { (name: "\($0)", value: JSONValue.string("c\($0)")) })))
      try folder.write()
      let file = try HuggingFaceModel(folder: path)
      #expect(file.labels.isEmpty)
      #expect(file.labelFault?.description.contains("names 3 classes (id2label)") == true)
      _ = try file.weights(for: try BertModel(folder.model.configuration, head: .none))
    }
  }

  @Test func `shards of the hub's cache are read through their links`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder("\(path)/snapshots/x")
      try folder.writeConfig()
      try ensureDirectory("\(path)/blobs")
      let names = folder.tensors.keys.sorted()
      var map: [(name: String, value: JSONValue)] = []
      for (number, part) in [names.prefix(9), names.dropFirst(9)].enumerated() {
        let shard = "model-0000\(number + 1)-of-00002.safetensors"
        try folder.write(Array(part), to: "../../blobs/b\(number)")
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder.path)/\(shard)", withDestinationPath: "../../blobs/b\(number)")
        map += part.map { ($0, .string(shard)) }
      }
      let index = JSONObject([("weight_map", .object(JSONObject(map)))])
      try AtomicFile.write(
        try JSONValue.object(index).encoded(),
        to: "\(folder.path)/model.safetensors.index.json")
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test(.enabled(if: PythonOracle.isAvailable))
  func `the command that a pickled folder is told makes one that loads`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      // Transposed in memory, two that share theirs, and in two shards: as conversions leave them.
      let script = """
        import torch
        from safetensors.torch import load_file
        s = {k: v.t().contiguous().t() if v.ndim == 2 else v
             for k, v in load_file('model.safetensors').items()}
        names = sorted(s)
        s['cls.predictions.decoder.weight'] = s['bert.embeddings.word_embeddings.weight']
        torch.save({k: s[k] for k in names[:9]}, 'pytorch_model-00001-of-00002.bin')
        torch.save({k: s[k] for k in s if k not in names[:9]}, 'pytorch_model-00002-of-00002.bin')
        """
      let python = PythonOracle.interpreter ?? "python3"
      #expect(try Program.run(python, ["-c", script], in: path).status == 0)
      try removeFile("\(path)/model.safetensors")
      let told = failure { _ = try folder.load() }
      #expect(told.contains("holds only pytorch_model-00001-of-00002.bin"))
      let command = try #require(told.firstRange(of: "python3 -c \"")).upperBound
      let code = String(told[command...].dropLast())
      let outcome = try Program.run(python, ["-c", code], in: path)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }
}
