import Compute
import Files
import Foundation
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite struct ExportTests {
  static let heads: [Head] = [
    .none, .classification(labels: 2, style: .hf), .classification(labels: 1, style: .hf),
    .classification(labels: 3, style: .hf), .maskedLanguage,
  ]

  @Test(arguments: heads)
  func `what is written is read back bit for bit`(head: Head) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: head)
      try HuggingFaceModel.write(folder.model, folder.weights, to: "\(path)/new/model")
      let file = try HuggingFaceModel(folder: "\(path)/new/model")
      #expect(file.head == head)
      #expect(file.hasPooler == (head != .maskedLanguage))
      #expect(file.configuration.model == SmallFolder.configuration)
      let (weights, report) = try file.weights(for: folder.model)
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(report.notes.isEmpty && report.newlyInitialized.isEmpty)
    }
  }

  @Test func `a layout's own parameters and the tied decoder are not written`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .maskedLanguage)
      var layout = folder.model.layout
      layout.declare("distillation.x", shape: [4], decays: true, initialization: .normal)
      try HuggingFaceModel.write(folder.model, ParameterSet(layout), to: path)
      let names = try SafetensorsFile(path: "\(path)/model.safetensors").tensors.map(\.name)
      #expect(Set(names) == Set(folder.model.layout.parameters.map(\.name)))
      #expect(names.count == folder.model.layout.parameters.count)
    }
  }

  @Test func `a tinybert classifier is refused with the cure, nothing written`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder("\(path)/x", head: .classification(labels: 2, style: .tinybert))
      let text = failure {
        try HuggingFaceModel.write(folder.model, folder.weights, to: folder.path)
      }
      #expect(text.contains("tinybert") && text.contains("classifier style hf"))
      #expect(!fileExists(folder.path))
    }
  }

  @Test(arguments: [["a"], ["a", "a"], ["a", "b", "c"]])
  func `class names must be as many as logits, and differ`(labels: [String]) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      let text = failure {
        try HuggingFaceModel.write(folder.model, folder.weights, labels: labels, to: path)
      }
      #expect(text.contains("class names"))
      #expect(!fileExists("\(path)/config.json"))
    }
  }
}

/// Exports read by the library they are made for.
@Suite(.enabled(if: PythonOracle.isAvailable), .serialized) struct TransformersTests {
  private struct Answer: Decodable {
    let `class`: String
    let dtype: String
    let faults: [String]
    let labels: [String]
    let problemType: String?
    let values: [Double]

    enum CodingKeys: String, CodingKey {
      case `class`
      case dtype
      case faults
      case labels
      case problemType = "problem_type"
      case values
    }
  }

  private let ids: [Int32] = [1, 9, 4, 4, 10]

  private func ask(_ path: String, _ kind: String) throws -> Answer {
    let output = try PythonOracle.run("from_pretrained.py", [path, kind] + ids.map { "\($0)" })
    return try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
  }

  private func run(_ folder: SmallFolder, _ taps: BertModel.Taps) -> Activations {
    var batch = PackedBatch([TokenSequence(ids: ids)], places: [0])
    batch.predictionRows = ids.indices.map { Int32($0) }
    return folder.model.forward(
      batch, folder.weights, taps: taps, mode: .evaluation, on: ComputeContext(threads: 1),
      in: Arena())
  }

  @Test(arguments: [1, 2, 3])
  func `a classifier loads without a word and gives the same logits`(labels: Int) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .classification(labels: labels, style: .hf))
      let names = ["sad", "so-so", "glad"].prefix(labels)
      let problem: ProblemType = labels == 1 ? .regression : .singleLabelClassification
      try HuggingFaceModel.write(
        folder.model, folder.weights, labels: Array(names), problemType: problem, to: path)
      let answer = try ask(path, "sequence")
      #expect(answer.class == "BertForSequenceClassification")
      #expect(answer.dtype == "torch.float32")
      #expect(answer.faults.isEmpty, "\(answer.faults)")
      #expect(answer.labels == Array(names))
      #expect(answer.problemType == problem.rawValue)
      let logits = try #require(run(folder, .init(logits: true)).logits)
      let comparison = Comparison(logits.values(), answer.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  @Test func `a masked-language model loads without a word and gives the same logits`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .maskedLanguage)
      try HuggingFaceModel.write(folder.model, folder.weights, to: path)
      let answer = try ask(path, "masked")
      #expect(answer.class == "BertForMaskedLM")
      #expect(answer.faults.isEmpty, "\(answer.faults)")
      let logits = try #require(run(folder, .init(logits: true)).logits)
      let comparison = Comparison(logits.values(), answer.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  @Test func `an encoder loads without a word and gives the same hidden state`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: .none)
      try HuggingFaceModel.write(folder.model, folder.weights, to: path)
      let answer = try ask(path, "base")
      #expect(answer.class == "BertModel")
      #expect(answer.faults.isEmpty, "\(answer.faults)")
      let hidden = try #require(run(folder, .init(hidden: [1])).hidden[1])
      let comparison = Comparison(hidden.values(), answer.values, within: .forward)
      #expect(comparison.isClose, "\(comparison)")
    }
  }

  @Test func `the command for pickled weights makes a folder that loads`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      let python = PythonOracle.interpreter ?? "python3"
      let pickle =
        "import torch; from safetensors.torch import load_file; "
        + "torch.save(load_file('model.safetensors'), 'pytorch_model.bin')"
      func shell(_ command: String) throws {
        let outcome = try Program.run("/bin/sh", ["-c", "cd '\(path)' && \(command)"])
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      try shell("'\(python)' -c \"\(pickle)\" && rm model.safetensors")
      let advice = failure { _ = try folder.load() }
      let command = try #require(advice.range(of: "python3 -c "))
      try shell("'\(python)' -c " + advice[command.upperBound...])
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }
}
