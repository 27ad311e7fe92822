import Files
import Foundation
import TestSupport
import Transformer

@testable import Interchange

extension FuzzedParser {
  /// Weights, their index, and what says how large the model is.
  static let models = [
    FuzzedParser(name: "safetensors") { bytes, scratch in
      let file = try SafetensorsFile(path: scratch.write(bytes, to: "model.safetensors"))
      try use(file, in: scratch)
    },
    // A header on the first line, without its length; the values are what follows, as many bytes as
    // the header wants. So the header is read, however long it has become.
    FuzzedParser(name: "safetensors-header") { bytes, scratch in
      let header = Array(bytes.prefix { $0 != 0x0A })
      let values = Array(bytes.dropFirst(header.count + 1))
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
      let missing = max(0, min(payloadSize(header), 1 << 16) - values.count)
      let content = length + header + values + [UInt8](repeating: 0x3F, count: missing)
      try use(SafetensorsFile(path: scratch.write(content, to: "model.safetensors")), in: scratch)
    },
    FuzzedParser(name: "weights-index") { bytes, scratch in
      try scratch.write(bytes, to: "model.safetensors.index.json")
      let shard = try Fixtures.bytes("safetensors/types.safetensors")
      for name in ["a", "b"] { try scratch.write(shard, to: name + ".safetensors") }
      let files = try WeightFiles(folder: scratch.path)
      for name in files.shapes.keys.sorted() { _ = try? files.floats(name) }
    },
    FuzzedParser(name: "torch") { bytes, scratch in
      let file = try TorchFile(path: scratch.write(bytes, to: "pytorch_model.bin"))
      for tensor in file.tensors {
        try attempt(in: scratch) { try skim(file.floats(tensor.name)) }
      }
    },
    // A line each: the modules, the pooling, the encoder's settings, the model's.
    FuzzedParser(name: "sentence-modules") { bytes, scratch in
      let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
      let files = [
        "modules.json", "1_Pooling/config.json", "sentence_bert_config.json",
        "config_sentence_transformers.json",
      ]
      for (name, line) in zip(files, lines) { try scratch.write(Array(line), to: name) }
      _ = try SentenceModules(folder: scratch.path, channels: 8)
    },
    FuzzedParser(name: "model-configuration") { bytes, scratch in
      try scratch.write(bytes, to: "config.json")
      try scratch.write(
        try Fixtures.bytes("families/electra-classification/model.safetensors"),
        to: "model.safetensors")
      let folder = try HuggingFaceModel(folder: scratch.path)
      _ = try folder.configuration.json.encoded()
      let model = try BertModel(folder.configuration.model, head: folder.head)
      _ = try folder.weights(for: model)
    },
  ]

  /// Reads every tensor in each way there is; one at least is the wrong one.
  private static func use(_ file: SafetensorsFile, in scratch: FuzzScratch) throws {
    _ = file.metadata.count
    for tensor in file.tensors {
      try attempt(in: scratch) { try skim(file.floats(tensor.name)) }
      try attempt(in: scratch) { try skim(file.integers(tensor.name)) }
      try attempt(in: scratch) { try skim(file.int64s(tensor.name, range: 0..<2)) }
    }
    try attempt(in: scratch) { try file.verifySeal() }
  }

  /// Takes values for what they are worth: that they were read.
  private static func skim<Number>(_ values: [Number]) { _ = values.last }

  /// Bytes of values that a header declares, as far as it can be read.
  private static func payloadSize(_ header: [UInt8]) -> Int {
    let members = (try? StrictJSON.parse(header, path: "header"))?.object?.members ?? []
    return members.compactMap { $0.value.object?["data_offsets"]?.array?.last?.integer }.max() ?? 0
  }
}
