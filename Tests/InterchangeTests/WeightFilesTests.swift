import Compute
import Files
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite struct WeightFilesTests {
  private func writeIndex(_ path: String, _ map: [String: String]) throws {
    let members = map.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
    let index = JSONObject([
      ("metadata", .object(JSONObject([("total_size", .integer(1))]))),
      ("weight_map", .object(JSONObject(members.map { (name: $0.0, value: $0.1) }))),
    ])
    try AtomicFile.write(
      try JSONValue.object(index).encoded(), to: "\(path)/model.safetensors.index.json")
  }

  /// Two shards and the map of their index.
  private func writeShards(_ folder: SmallFolder) throws -> [String: String] {
    let names = folder.tensors.keys.sorted()
    var map: [String: String] = [:]
    for (part, slice) in [names.prefix(9), names.dropFirst(9)].enumerated() {
      let file = "model-0000\(part + 1)-of-00002.safetensors"
      try folder.write(Array(slice), to: file)
      for name in slice { map[name] = file }
    }
    try writeIndex(folder.path, map)
    return map
  }

  @Test func `shards are read through their index`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      _ = try writeShards(folder)
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test func `an index at odds with its shards is refused`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      let map = try writeShards(folder)
      var changed = map
      changed["classifier.bias"] = nil
      try writeIndex(path, changed)
      #expect(failure { _ = try folder.load() }.contains("does not place tensor classifier.bias"))
      changed = map
      changed["classifier.scale"] = "model-00001-of-00002.safetensors"
      try writeIndex(path, changed)
      #expect(failure { _ = try folder.load() }.contains("tensor classifier.scale is not in"))
      changed = map
      changed["classifier.bias"] = "../elsewhere.safetensors"
      try writeIndex(path, changed)
      #expect(
        failure { _ = try folder.load() }.contains(
          "index.json: weight_map.classifier.bias: ../: contains `..` and may leave"))
      changed["classifier.bias"] = "weights.bin"
      try writeIndex(path, changed)
      #expect(failure { _ = try folder.load() }.contains("weight_map.classifier.bias"))
    }
  }

  @Test func `a tokenizer that Git LFS left a pointer of is told too`() {
    let pointer = Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\n".utf8)
    #expect(
      failure { _ = try StrictJSON.parse(pointer, path: "t/tokenizer.json") }
        .hasPrefix("t/tokenizer.json: is a pointer of Git LFS, not the file itself; fetch it: git"))
  }

  @Test(arguments: ["model.safetensors", "pytorch_model.bin", "config.json"])
  func `what Git LFS left in the place of a file is told with what fetches it`(name: String) throws
  {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      if name.hasPrefix("pytorch") { try removeFile("\(path)/model.safetensors") }
      let pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 133466304\n"
      try AtomicFile.write(Array(pointer.utf8), to: "\(path)/\(name)")
      #expect(
        failure { _ = try folder.load() }
          == "\(path)/\(name): is a pointer of Git LFS, not the file itself; fetch it: git lfs pull, "
          + "in its folder")
    }
  }

  @Test func `a folder without weights says what it needs`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.writeConfig()
      #expect(failure { _ = try folder.load() }.contains("neither model.safetensors nor"))
      try AtomicFile.write([0x80], to: "\(path)/pytorch_model.bin")
      let text = failure { _ = try folder.load() }
      #expect(text.contains("python3 -c \"import glob, torch;") && text.contains(path))
      try removeFile("\(path)/pytorch_model.bin")
      try AtomicFile.write([0x80], to: "\(path)/pytorch_model-00001-of-00001.bin")
      #expect(failure { _ = try folder.load() }.contains("which no index"))
    }
  }

  @Test(arguments: [
    ("tf_model.h5", "weights for TensorFlow", "transformers 4 (from_pretrained with from_tf=True"),
    ("tf_model-00001-of-00002.h5", "weights for TensorFlow", "into the folder"),
    ("bert_model.ckpt.index", "weights for TensorFlow", "into the folder"),
    (
      "flax_model.msgpack", "weights for Flax",
      "transformers 4 (from_pretrained with from_flax=True"
    ),
    ("model.onnx", "weights for ONNX", "an ONNX file is made from them"),
    ("onnx/model_quantized.onnx", "weights for ONNX", "an ONNX file is made from them"),
  ])
  func `weights of another program are told by their file, and ours beside them are read`(
    name: String, kind: String, cure: String
  ) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.writeConfig()
      try ensureDirectory("\(path)/onnx")
      try AtomicFile.write([0x80], to: "\(path)/\(name)")
      let text = failure { _ = try folder.load() }
      #expect(text.hasPrefix("\(path): holds \(name), \(kind), which are not read, and neither "))
      #expect(text.contains("; put one of these of the same model into the folder"))
      #expect(text.contains(cure) && !text.contains("\n"), "\(text)")
      try folder.write()
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test func `a folder as Google published it is told, until it has a config.json`() throws {
    try withTemporaryFolder { path in
      for name in ["bert_config.json", "bert_model.ckpt.index", "vocab.txt"] {
        try AtomicFile.write([0x80], to: "\(path)/\(name)")
      }
      let text = failure { _ = try HuggingFaceModel(folder: path) }
      #expect(
        text.hasPrefix(
          "\(path): holds bert_model.ckpt.index and bert_config.json, as Google published BERT, "))
      #expect(text.contains("; give the folder of the same model as the Hugging Face hub has it"))
      let folder = try SmallFolder(path)
      try folder.write()
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test func `a folder without config.json, or none at all, is named`() throws {
    try withTemporaryFolder { path in
      #expect(failure { _ = try HuggingFaceModel(folder: path) }.contains("config.json"))
      #expect(failure { _ = try HuggingFaceModel(folder: "\(path)/x") }.contains("config.json"))
    }
  }
}
