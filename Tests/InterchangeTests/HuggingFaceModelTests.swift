import Compute
import Files
import RandomStreams
import TestSupport
import Testing
import Transformer

@testable import Interchange

@Suite struct HuggingFaceModelTests {
  let stream = RandomStream(seed: 3, purpose: "initialization")

  @Test func `names with and without prefix and of 2018 give the same weights`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      try folder.write()
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
      folder.rename { $0.hasPrefix("bert.") ? String($0.dropFirst(5)) : $0 }
      try folder.write()
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
      folder.rename { name in
        name.replacing("LayerNorm.weight", with: "LayerNorm.gamma")
          .replacing("LayerNorm.bias", with: "LayerNorm.beta")
      }
      try folder.write()
      let (weights, report) = try folder.load()
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(report.loaded == folder.model.layout.parameters.map(\.name))
      #expect(report.newlyInitialized.isEmpty && report.notes.isEmpty)
    }
  }

  @Test func `every missing, unexpected and misshapen tensor is in one error`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.tensors["bert.embeddings.LayerNorm.bias"] = nil
      folder.tensors["bert.encoder.layer.0.output.dense.bias"] = nil
      folder.tensors["bert.encoder.layer.0.output.scale"] = (
        [8], [Float](repeating: 0, count: 8)
      )
      folder.tensors["bert.encoder.layer.0.intermediate.dense.weight"] = (
        [8, 12], [Float](repeating: 0, count: 96)
      )
      try folder.write()
      let text = failure { _ = try folder.load(newHead: stream) }
      #expect(text.contains("bert.embeddings.LayerNorm.bias is missing"))
      #expect(text.contains("bert.encoder.layer.0.output.dense.bias is missing"))
      #expect(text.contains("bert.encoder.layer.0.output.scale is of no layer"))
      #expect(text.contains("intermediate.dense.weight has shape [8, 12], expected [12, 8]"))
      #expect(text.contains(path) && !text.contains("\n"))
      #expect(text.hasSuffix("; config.json and the weights are of two models: take both from one"))
    }
  }

  @Test func `layers beyond those that config.json counts are left aside, and told`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      var deeper = SmallFolder.configuration
      deeper.layerCount = 3
      folder.tensors.merge(try SmallFolder(path, of: deeper).tensors) { own, _ in own }
      try folder.write()
      let (weights, report) = try folder.load()
      #expect(weights.values.values() == folder.weights.values.values())
      let note = try #require(report.notes.first)
      #expect(note.hasPrefix("left aside 32 tensors, of layers beyond those that config"))
    }
  }

  @Test func `an error stays readable whatever the file holds`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      for index in 0..<300 { folder.tensors["encoder.\(1000 + index)"] = ([1], [0]) }
      try folder.write()
      let text = failure { _ = try folder.load() }
      #expect(text.contains("encoder.1000 is of no layer") && text.hasSuffix(", and 288 more"))
      folder.set("model_type", .string(String(repeating: "x", count: 100_000)))
      try folder.write()
      #expect(failure { _ = try folder.load() }.utf8.count < 64 << 10)
    }
  }

  @Test func `a missing head is an error unless it may be new`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      for name in folder.tensors.keys where !name.hasPrefix("bert.e") { folder.tensors[name] = nil }
      try folder.write()
      #expect(try HuggingFaceModel(folder: path).head == .none)
      let text = failure { _ = try folder.load() }
      #expect(text.contains("bert.pooler.dense.weight is missing"))
      #expect(text.contains("classifier.bias is missing"))
      let (weights, report) = try folder.load(newHead: stream)
      #expect(
        report.newlyInitialized == [
          "bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight",
          "classifier.bias",
        ])
      let expected = ParameterSet(folder.model.layout)
      expected.initialize(stdev: 0.02, stream: stream)
      for name in report.newlyInitialized {
        let parameter = try #require(folder.model.layout[name])
        #expect(weights[parameter].values() == expected[parameter].values())
      }
    }
  }

  @Test func `a classifier for other labels is replaced when it may be new`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.tensors["classifier.weight"] = ([5, 8], [Float](repeating: 1, count: 40))
      folder.tensors["classifier.bias"] = ([5], [Float](repeating: 1, count: 5))
      try folder.write()
      #expect(try HuggingFaceModel(folder: path).head == .classification(labels: 5, style: .hf))
      #expect(failure { _ = try folder.load() }.contains("shape [5, 8], expected [2, 8]"))
      let report = try folder.load(newHead: stream).report
      #expect(report.newlyInitialized == ["classifier.weight", "classifier.bias"])
      #expect(report.notes.contains { $0.contains("classifier.weight") })
    }
  }

  @Test(
    arguments: SmallFolder.families, [Head.maskedLanguage, .classification(labels: 2, style: .hf)])
  func `a family's names map both ways, with and without the encoder's prefix`(
    configuration: ModelConfiguration, head: Head
  ) throws {
    let names = FamilyFormat.of(configuration.family).tensors
    var all: Set<String> = []
    for parameter in try BertModel(configuration, head: head).layout.parameters {
      for isBare in [false, true] {
        let tensor = names.tensor(for: parameter.name, isBare: isBare)
        #expect(names.meaning(of: tensor) == .parameter(parameter.name), "\(tensor)")
        all.insert(tensor)
      }
    }
    #expect(all.contains { $0.hasPrefix("bert.") } == (configuration.family == .bert))
  }

  @Test(arguments: [
    (["BertForSequenceClassification"], Head.classification(labels: 2, style: .hf)),
    (["BertModel"], .classification(labels: 2, style: .hf)),
    ([], .classification(labels: 2, style: .hf)),
    (["BertForTokenClassification"], .tokenClassification(labels: 2)),
    (["BertForMultipleChoice"], .none),
    (["BertForNextSentencePrediction"], .none), (["BertForQuestionAnswering"], .none),
    (["RobertaForSequenceClassification"], .none), (["MyClassifier"], .none),
    (["BertForPreTraining"], .maskedLanguage), (["BertForMaskedLM"], .maskedLanguage),
  ])
  func `the named class decides whose head the tensors are`(
    architectures: [String], head: Head
  ) throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      if head == .maskedLanguage {
        folder.tensors.merge(try SmallFolder(path, head: head).tensors) { first, _ in first }
      }
      folder.set("model_type", .string("bert"))
      folder.set("architectures", .array(architectures.map { .string($0) }))
      try folder.write()
      #expect(try HuggingFaceModel(folder: path).head == head)
    }
  }

  @Test func `a folder of another family is refused by its name`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path, of: SmallFolder.families[1])
      try HuggingFaceModel.write(folder.model, folder.weights, to: path)
      let bert = try SmallFolder(path).model
      let text = failure { _ = try HuggingFaceModel(folder: path).weights(for: bert) }
      #expect(text.contains("model_type is distilbert, the model's is bert"))
    }
  }

  @Test func `a missing tensor is named as the family's files name it`() throws {
    let folder = try HuggingFaceModel(
      folder: Fixtures.path("families/distilbert-classification"))
    var configuration = folder.configuration.model
    configuration.layerCount = 3
    let model = try BertModel(configuration, head: folder.head)
    let text = failure { _ = try folder.weights(for: model) }
    #expect(text.contains("distilbert.transformer.layer.2.ffn.lin1.weight is missing"))
  }

  @Test func `constants, projections and heads the model lacks are left aside with a note`() throws
  {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      let aside = [
        "bert.embeddings.position_ids", "cls.seq_relationship.weight", "fit_dense.weight",
        "fit_denses.0.bias", "cls.predictions.transform.dense.bias",
        "cls.predictions.decoder.weight",
      ]
      for name in aside { folder.tensors[name] = ([1], [0]) }
      try folder.write()
      let (weights, report) = try folder.load()
      #expect(weights.values.values() == folder.weights.values.values())
      #expect(
        report.notes == [
          "left aside 1 tensor, next-sentence head: cls.seq_relationship.weight",
          "left aside 2 tensors, of parts the model does not have: cls.predictions.decoder.weight, "
            + "cls.predictions.transform.dense.bias",
          "left aside 2 tensors, projection of an earlier distillation: fit_dense.weight, "
            + "fit_denses.0.bias",
        ])
    }
  }

  @Test func `a tied decoder must repeat the word embeddings, and may stand in for them`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path, head: .maskedLanguage)
      let word = "bert.embeddings.word_embeddings.weight"
      folder.tensors["cls.predictions.decoder.weight"] = folder.tensors[word]
      folder.tensors["cls.predictions.decoder.bias"] = folder.tensors["cls.predictions.bias"]
      try folder.write()
      #expect(try HuggingFaceModel(folder: path).head == .maskedLanguage)
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
      folder.tensors["cls.predictions.decoder.weight"]?.values[3] += 1
      try folder.write()
      #expect(
        failure { _ = try folder.load() }.contains("cls.predictions.decoder.weight differs from"))
      folder.tensors["cls.predictions.decoder.weight"] = folder.tensors[word]
      folder.tensors[word] = nil
      folder.tensors["cls.predictions.bias"] = nil
      try folder.write()
      #expect(try folder.load().weights.values.values() == folder.weights.values.values())
    }
  }

  @Test func `values that are not numbers are refused by tensor and count`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.tensors["classifier.weight"]?.values[3] = .nan
      folder.tensors["bert.embeddings.LayerNorm.bias"]?.values[0] = .infinity
      folder.tensors["bert.embeddings.LayerNorm.bias"]?.values[1] = -.infinity
      try folder.write()
      let text = failure { _ = try folder.load() }
      #expect(text.contains("classifier.weight has 1 NaN or infinite values of 16"))
      #expect(text.contains("bert.embeddings.LayerNorm.bias has 2 NaN or infinite values of 8"))
    }
  }

  @Test func `one parameter under two names is refused`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.tensors["embeddings.LayerNorm.gamma"] = ([8], [Float](repeating: 1, count: 8))
      try folder.write()
      #expect(failure { _ = try folder.load() }.contains("are the same parameter"))
    }
  }

  @Test func `settings that shapes do not show must agree with the model`() throws {
    try withTemporaryFolder { path in
      var folder = try SmallFolder(path)
      folder.set("num_attention_heads", .integer(4))
      folder.set("hidden_act", .string("relu"))
      try folder.write()
      let text = failure { _ = try folder.load() }
      #expect(text.contains("num_attention_heads is 4, the model's is 2"))
      #expect(text.contains("hidden_act is relu, the model's is gelu"))
    }
  }

  @Test func `a layout that extends the model's is loaded into, the rest left alone`() throws {
    try withTemporaryFolder { path in
      let folder = try SmallFolder(path)
      try folder.write()
      var layout = folder.model.layout
      let own = layout.declare(
        "distillation.x", shape: [4], decays: true, initialization: .normal)
      let (weights, _) = try HuggingFaceModel(folder: path).weights(
        for: folder.model, layout: layout)
      #expect(weights[own].values() == [0, 0, 0, 0])
      #expect(Array(weights.values.values().dropLast(4)) == folder.weights.values.values())
    }
  }
}
