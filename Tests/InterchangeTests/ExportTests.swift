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

  @Test(arguments: heads, SmallFolder.families)
  func `what is written is read back bit for bit`(
    head: Head, configuration: ModelConfiguration
  ) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, head: head, of: configuration)
      try HuggingFaceModel.write(folder.model, folder.weights, to: "\(path)/new/model")
      let file = try HuggingFaceModel(folder: "\(path)/new/model")
      #expect(file.head == head)
      #expect(file.configuration.model == configuration)
      let (weights, report) = try file.weights(for: folder.model)
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(report.notes.isEmpty && report.newlyInitialized.isEmpty)
    }
  }

  @Test(arguments: [
    "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh",
    "gelu_python_tanh", "relu", "silu", "swish",
  ])
  func `the word for the function inside a block is read, and written as it was`(
    word: String
  ) throws {
    try withTemporaryFolder { path in
      for var configuration in SmallFolder.families {
        let name = configuration.family.name
        configuration.hiddenActivation = word
        let folder = try SmallFolder("\(path)/\(name)", of: configuration)
        try HuggingFaceModel.write(folder.model, folder.weights, to: folder.path)
        let read = try HuggingFaceModel(folder: folder.path)
        #expect(read.configuration.model.hiddenActivation == word)
        _ = try read.weights(for: BertModel(read.configuration.model, head: read.head))
        let text = try String(contentsOfFile: "\(folder.path)/config.json", encoding: .utf8)
        #expect(text.contains(":\"\(word)\""), "\(name)")
      }
    }
  }

  @Test(arguments: [nil, true, false])
  func `a folder remembers whether its model learnt from pairs of texts`(hasPairs: Bool?) throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try HuggingFaceModel.write(folder.model, folder.weights, hasPairs: hasPairs, to: path)
      let text = try String(contentsOfFile: "\(path)/config.json", encoding: .utf8)
      #expect(text.contains("\"distill\"") == (hasPairs != nil))
      #expect(try HuggingFaceModel(folder: path).configuration.hasPairs == hasPairs)
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

  @Test func `a value that the family's file cannot say is refused, nothing written`() throws {
    try withTemporaryFolder { path in
      var configuration = SmallFolder.families[1]
      configuration.layerNormEpsilon = 1e-5
      let folder = try SmallFolder("\(path)/x", of: configuration)
      let text = failure {
        try HuggingFaceModel.write(folder.model, folder.weights, to: folder.path)
      }
      #expect(text.contains("layer_norm_eps is not distilbert's"))
      #expect(!fileExists(folder.path))
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

  /// An export and what transformers must say of it.
  private struct Export {
    let kind: String
    let `class`: String
    let head: Head
    let labels: [String]
    let problemType: ProblemType?
    var configuration = SmallFolder.configuration

    /// Every class of the other families.
    static let others = SmallFolder.families.dropFirst().flatMap { configuration in
      let prefix = configuration.family == .electra ? "Electra" : "DistilBert"
      let heads: [(kind: String, suffix: String, head: Head)] = [
        ("sequence", "ForSequenceClassification", .classification(labels: 2, style: .hf)),
        ("tokens", "ForTokenClassification", .tokenClassification(labels: 2)),
        ("masked", "ForMaskedLM", .maskedLanguage), ("base", "Model", .none),
      ]
      return heads.map {
        Export(
          kind: $0.kind, class: prefix + $0.suffix, head: $0.head,
          labels: $0.head.labelCount == 2 ? ["sad", "glad"] : [], problemType: nil,
          configuration: configuration)
      }
    }

    static let all =
      others + [
        Export(
          kind: "sequence", class: "BertForSequenceClassification",
          head: .classification(labels: 1, style: .hf), labels: ["stars"], problemType: .regression),
        Export(
          kind: "sequence", class: "BertForSequenceClassification",
          head: .classification(labels: 2, style: .hf), labels: ["sad", "glad"],
          problemType: .singleLabelClassification),
        Export(
          kind: "sequence", class: "BertForSequenceClassification",
          head: .classification(labels: 3, style: .hf), labels: ["sad", "so-so", "glad"],
          problemType: nil),
        Export(
          kind: "tokens", class: "BertForTokenClassification",
          head: .tokenClassification(labels: 3), labels: ["O", "B", "I"], problemType: nil),
        Export(
          kind: "masked", class: "BertForMaskedLM", head: .maskedLanguage, labels: [],
          problemType: nil),
        Export(kind: "base", class: "BertModel", head: .none, labels: [], problemType: nil),
      ]
  }

  @Test func `every kind of model loads without a word and computes the same`() throws {
    let ids: [Int32] = [1, 9, 4, 4, 10]
    var batch = PackedBatch([TokenSequence(ids: ids)], places: [0])
    batch.predictionRows = ids.indices.map { Int32($0) }
    try withTemporaryFolder { path in
      var specifications: [String] = []
      var expected: [[Float]] = []
      for (index, export) in Export.all.enumerated() {
        let folder = try SmallFolder(
          "\(path)/\(index)", head: export.head, of: export.configuration)
        try HuggingFaceModel.write(
          folder.model, folder.weights, labels: export.labels, problemType: export.problemType,
          hasPairs: export.labels.isEmpty ? nil : true, to: folder.path)
        specifications.append("\(export.kind)=\(folder.path)")
        let made = folder.model.forward(
          batch, folder.weights, taps: .init(hidden: [1], logits: export.head != .none),
          mode: .evaluation, on: ComputeContext(threads: 1), in: Arena())
        expected.append(try #require(made.logits ?? made.taps.hidden[1]).values())
      }
      let text = ids.map { "\($0)" }.joined(separator: ",")
      let output = try PythonOracle.run("from_pretrained.py", [text] + specifications)
      let answers = try JSONDecoder().decode([Answer].self, from: Data(output.utf8))
      try #require(answers.count == Export.all.count)
      for (index, (export, answer)) in zip(Export.all, answers).enumerated() {
        #expect(answer.class == export.class)
        #expect(answer.dtype == "torch.float32")
        #expect(answer.faults.isEmpty, "\(export.class): \(answer.faults)")
        #expect(export.labels.isEmpty || answer.labels == export.labels)
        #expect(answer.problemType == export.problemType?.rawValue)
        let comparison = Comparison(expected[index], answer.values, within: .forward)
        #expect(comparison.isClose, "\(export.class): \(comparison)")
      }
    }
  }
}
