import Compute
import Foundation
import HDF5
import TestSupport
import Testing
import Transformer

/// One way to give a command what it cannot use, and what it must say.
struct BadInput: Sendable, CustomTestStringConvertible {
  /// What is wrong, in words.
  let name: String
  /// The exit code it must end with.
  let status: Int32
  /// A regular expression for its one error line.
  let pattern: String
  /// Writes what is needed into a folder and gives the command's words.
  let prepare: @Sendable (FinishedWorld, String) throws -> [String]

  var testDescription: String { name }

  init(
    _ name: String, _ status: Int32, _ pattern: String,
    _ prepare: @escaping @Sendable (FinishedWorld, String) throws -> [String]
  ) {
    self.name = name
    self.status = status
    self.pattern = pattern
    self.prepare = prepare
  }
}

/// Commands as the table of bad inputs needs them; their output is always below `out`.
enum Command {
  static func dataset(_ world: FinishedWorld, train: String, dev: String? = nil) -> [String] {
    let held = dev.map { ["--dev", $0] } ?? []
    return ["dataset", "--train", train, "--tokenizer", world.folder + "/encoder"] + held
      + ["--output", "out/rows.h5"]
  }

  static func finetune(_ model: String, dataset: String) -> [String] {
    [
      "finetune", "--model", model, "--dataset", dataset, "--output", "out/model.h5",
      "--max-steps", "3",
    ]
  }

  static func general(
    _ world: FinishedWorld, corpus: String? = nil, layers: Int = 1, heads: Int = 2
  )
    -> [String]
  {
    [
      "general", "--teacher", world.folder + "/encoder", "--corpus",
      corpus ?? world.artifact("corpus"), "--output", "out/student.h5", "--num-hidden-layers",
      "\(layers)", "--hidden-size", "16", "--num-attention-heads", "\(heads)", "--max-steps", "3",
    ]
  }

  static func task(_ world: FinishedWorld, teacher: String) -> [String] {
    [
      "task", "--teacher", teacher, "--student", world.artifact("general_student"), "--dataset",
      world.artifact("rows"), "--output", "out/student.h5", "--max-steps", "3",
    ]
  }

  static func corpus(_ world: FinishedWorld, text: String, output: String = "out/corpus.h5")
    -> [String]
  {
    ["corpus", "--text", text, "--tokenizer", world.folder + "/encoder", "--output", output]
  }
}

/// Files that are wrong in one respect.
enum Spoiled {
  /// Rows with a header.
  static func rows(_ text: String, _ folder: String) throws -> String {
    try Disk.write("sentence\tlabel\n" + text, to: folder + "/rows.tsv")
    return "rows.tsv"
  }

  /// A file's bytes, changed.
  static func bytes(_ path: String, _ folder: String, _ change: (inout Data) -> Void) throws
    -> String
  {
    var bytes = try Disk.bytes(path)
    change(&bytes)
    try bytes.write(to: URL(fileURLWithPath: folder + "/spoiled.h5"))
    return "spoiled.h5"
  }

  /// A corpus of the world's tokenizer with an id that the vocabulary does not have.
  static func corpusBeyondVocabulary(_ world: FinishedWorld, _ folder: String) throws -> String {
    let reader = try ArtifactReader(path: world.artifact("corpus"))
    try ArtifactWriter.write(
      to: folder + "/beyond.h5", kind: reader.kind, configuration: reader.configuration,
      inputs: reader.inputs, createdBy: reader.createdBy
    ) { body in
      for dataset in reader.datasets where dataset.name != "ids" {
        try body.copy(dataset, from: reader)
      }
      var ids = try reader.int32s("ids")
      ids[7] = 9999
      try body.int32s("ids", values: ids)
    }
    return "beyond.h5"
  }

  /// A classifier folder with the world's encoder; its classifier says nothing, so that every row
  /// gets the first class.
  static func teacher(_ labels: [String], _ folder: String) throws -> String {
    try SmallWorld.writeEncoder(
      to: folder + "/teacher", head: .classification(labels: labels.count, style: .hf),
      labels: labels
    ) { model, weights in
      for parameter in model.layout.parameters where parameter.name.hasPrefix("classifier.") {
        weights[parameter].assign([Float](repeating: 0, count: parameter.count))
      }
    }
    return "teacher"
  }

  /// Writes what a folder's logits are for into its configuration.
  static func problemType(_ type: String, of folder: String) throws {
    let path = folder + "/config.json"
    let text = String(decoding: try Disk.bytes(path), as: UTF8.self)
    try Disk.write(
      text.replacing("{\"arch", with: "{\"problem_type\":\"\(type)\",\"arch"), to: path)
  }

  /// An encoder folder whose weights were changed.
  static func encoder(_ folder: String, _ change: (BertModel, ParameterSet) -> Void) throws
    -> String
  {
    try SmallWorld.writeEncoder(to: folder + "/encoder", change: change)
    return "encoder"
  }
}

extension ParameterSet {
  /// Replaces the values of the parameters whose name ends so.
  func change(_ model: BertModel, suffix: String, _ change: (inout [Float]) -> Void) {
    for parameter in model.layout.parameters where parameter.name.hasSuffix(suffix) {
      var values = self[parameter].values()
      change(&values)
      self[parameter].assign(values)
    }
  }
}

extension ArtifactBody {
  /// Writes a dataset as another artifact has it.
  func copy(_ dataset: DatasetInfo, from reader: ArtifactReader) throws {
    let name = dataset.name
    switch dataset.element {
    case .float32: try floats(name, shape: dataset.shape, values: try reader.floats(name))
    case .int32: try int32s(name, shape: dataset.shape, values: try reader.int32s(name))
    case .int64: try int64s(name, shape: dataset.shape, values: try reader.int64s(name))
    case .uint8: try bytes(name, shape: dataset.shape, values: try reader.bytes(name))
    }
  }
}
